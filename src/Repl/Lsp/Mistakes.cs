using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>The mistakes of a script as an editor shows them.</summary>
internal static class Mistakes
{
    private const int Error = 1, Warning = 2;

    /// <summary>All of a document; the help stands in a line of its own. Data that cannot be read are a warning: the script may be right.</summary>
    public static IEnumerable<Diagnostic> Of(Document d)
    {
        foreach (Dsl.Diagnostic m in d.Analysis.Diagnostics) yield return Shown(d, m);
        if (d.DataProblem is { } problem && Source(d) is { } place) yield return new Diagnostic(d.Lines.Range(place), Warning, "nn", problem);
    }

    /// <summary>One of them.</summary>
    public static Diagnostic Shown(Document d, Dsl.Diagnostic m) => new(d.Lines.Range(m.Span), Error, "nn", m.Help is null ? m.Message : $"{m.Message}\nhelp: {m.Help}");

    // Where the file is named.
    private static TextSpan? Source(Document d)
    {
        DataStatement? data = d.Analysis.Script.Statements.OfType<DataStatement>().FirstOrDefault(s => s.Name.Name == d.Analysis.Data?.Name);
        if (data is null) return null;
        Item? source = data.Settings.FirstOrDefault(i => i.Arguments is [{ Value: StringExpr }, ..]);
        return source?.Arguments[0].Value.Span ?? data.Name.Span;
    }
}
