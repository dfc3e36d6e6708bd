namespace Nn.Graphs;

/// <summary>
/// Checks what a pass has made, where the program that runs wishes so (the switch <c>Nn.VerifyPasses</c> of its runtime configuration): tests do. It costs
/// nothing elsewhere.
/// </summary>
internal static class Verification
{
    /// <summary>Whether passes are checked.</summary>
    public static bool On { get; } = AppContext.TryGetSwitch("Nn.VerifyPasses", out bool on) && on;

    /// <summary>Refuses what a pass has made of which anything is wrong.</summary>
    /// <exception cref="InvalidOperationException">Something is.</exception>
    public static void Demand(string pass, Func<IEnumerable<string>> mistakes)
    {
        if (!On) return;
        string[] found = [.. mistakes().Take(10)];
        if (found.Length > 0) throw new InvalidOperationException($"{pass} made what cannot be: {string.Join("; ", found)}");
    }
}
