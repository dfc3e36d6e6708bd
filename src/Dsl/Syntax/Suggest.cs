namespace Nn.Dsl;

/// <summary>Finds the name that was probably meant.</summary>
public static class Suggest
{
    private const string Before = "did you mean '", After = "'?";

    /// <summary>What words are made of.</summary>
    internal static System.Buffers.SearchValues<char> Letters { get; } = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    /// <summary>The help for a name that is not known; null where none is near.</summary>
    public static string? Help(string name, IEnumerable<string> candidates) => Nearest(name, candidates) is { } near ? Before + near + After : null;

    /// <summary>The text in quotes that a help suggests.</summary>
    internal static string? Quoted(string? help) => help is not null && help.StartsWith("write: \"", StringComparison.Ordinal) && help.EndsWith('"')
        && help.Length > "write: \"\"".Length ? help["write: ".Length..] : null;

    /// <summary>The name that a help suggests.</summary>
    internal static string? Meant(string? help) =>
        help is not null && help.StartsWith(Before, StringComparison.Ordinal) && help.EndsWith(After, StringComparison.Ordinal)
            ? help[Before.Length..^After.Length]
            : null;

    /// <summary>The nearest of the candidates if it is near enough: at most a third of the letters differ.</summary>
    public static string? Nearest(string name, IEnumerable<string> candidates) => candidates
        // Whoever wrote a name that means nothing there is not helped by reading it again.
        .Where(c => c != name)
        .Select(c => (Name: c, Distance: Distance(name.ToLowerInvariant(), c.ToLowerInvariant())))
        .Where(c => c.Distance <= Math.Max(1, (Math.Max(name.Length, c.Name.Length) + 1) / 3))
        .OrderBy(c => c.Distance).ThenBy(c => c.Name, StringComparer.Ordinal)
        .Select(c => c.Name).FirstOrDefault();

    /// <summary>
    /// Insertions, deletions, substitutions and swaps of neighbours between two words (optimal string alignment).
    /// </summary>
    public static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
