namespace Nn.Dsl;

/// <summary>What the grammar would have accepted, in few words: a dozen operators are one to the reader.</summary>
internal static class ExpectedTokens
{
    private static readonly string[] Operators = ["'.'", "'['", "'('", "'^'", "'*'", "'+'", "'<'", "'..'", "'->'"];

    // Rarely meant where something more common fits too.
    private static readonly string[] Asides = ["'for'", "'as'", "'then'"];

    /// <summary>What was looked for at the token that did not fit, as shown.</summary>
    public static string[] Describe(IReadOnlyList<string> labels)
    {
        IEnumerable<string> all = labels;
        if (labels.Contains("a value")) all = labels.Where(l => l is not ("'-'" or "a name" or "'..'" or "'('"));
        string[] shown = [.. all.Select(l => Operators.Any(o => l.StartsWith(o, StringComparison.Ordinal)) ? "an operator" : l).Distinct()];
        string[] common = [.. shown.Except(Asides)];
        return common.Length > 0 ? common : shown;
    }
}
