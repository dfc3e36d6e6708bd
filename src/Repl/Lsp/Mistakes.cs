using Nn.Data;
using Nn.Dsl;
using Nn.Training;

namespace Nn.Repl.Lsp;

/// <summary>The mistakes of a script as an editor shows them.</summary>
internal static class Mistakes
{
    private const int Error = 1, Warning = 2;

    /// <summary>All of a document. Data that are not there are a warning: the script may be right.</summary>
    public static IEnumerable<Diagnostic> Of(Document d)
    {
        Dsl.Diagnostic[] own = [.. InScript(d)];
        // A column that is not there is told at its name.
        Diagnostic[] data = d.DataProblem is { } problem && Source(d) is { } place && own.Length == d.Analysis.Diagnostics.Count
            ? [new Diagnostic(d.Lines.Range(place), problem.Wrong ? Error : Warning, "nn", problem.Message)]
            : [];
        return [.. own.Select(m => Shown(d, m)), .. d.Analysis.Warnings.Select(m => Shown(d, m)), .. data];
    }

    /// <summary>Those that have a place in the script.</summary>
    public static IEnumerable<Dsl.Diagnostic> InScript(Document d) => d.Analysis.Diagnostics.Count > 0 ? [.. d.Analysis.Diagnostics, .. Columns(d)]
        : [.. Columns(d), .. Metrics(d)];

    /// <summary>One of them; the help stands in a line of its own.</summary>
    public static Diagnostic Shown(Document d, Dsl.Diagnostic m) =>
        new(d.Lines.Range(m.Span), m.IsWarning ? Warning : Error, "nn", m.Help is null ? m.Message : $"{m.Message}\nhelp: {m.Help}");

    // Columns that a table does not have.
    private static IEnumerable<Dsl.Diagnostic> Columns(Document d)
    {
        foreach (DataStatement data in d.Analysis.Script.Statements.OfType<DataStatement>())
        {
            if (data.Settings.FirstOrDefault(i => i.Head.Name == "csv") is not { Arguments: [{ Value: StringExpr file }, ..] }) continue;
            IReadOnlyList<string> columns = DataLoader.Columns(file.Value, DataLoader.Directories(d.Path));
            if (columns.Count == 0) continue;
            foreach (NameUse u in d.Analysis.Names.Uses.Where(
                u => u.Symbol.Kind == SymbolKind.Column && u.Span.Start > data.Span.Start && u.Span.End < data.Span.End && !columns.Contains(u.Symbol.Name)))
                yield return new Dsl.Diagnostic(d.Source, u.Span, $"{file.Value} has no column '{u.Symbol.Name}'",
                    Suggest.Help(u.Symbol.Name, columns) ?? $"it has {string.Join(", ", columns.Take(30))}");
        }
    }

    // Metrics that mean nothing for the model and its target, and rules that watch what is not there.
    private static IEnumerable<Dsl.Diagnostic> Metrics(Document d)
    {
        if (d.Analysis is not { Training: { } training, Data: { } spec } || d.Data is not { } data) yield break;
        string? wrong = null;
        try
        {
            // How many there are makes no difference here, only whether there are any.
            int validation = spec.Split.Count > 1 || data.Apart > 0 ? 1 : 0;
            MetricRules.Check(training, new TrainingSizes(Math.Max(1, data.Samples), validation, data.Schema));
        }
        catch (NnException e)
        {
            wrong = e.Message;
        }

        if (wrong is null) yield break;
        NameUse? place = d.Analysis.Names.Uses.FirstOrDefault(
            u => u.Symbol is { Kind: SymbolKind.Word, Within: "metrics" } && wrong.Contains($" {u.Symbol.Name} ", StringComparison.Ordinal))
            ?? d.Analysis.Names.Uses.FirstOrDefault(
                u => u.Symbol.Kind is SymbolKind.Setting or SymbolKind.Word && wrong.StartsWith(u.Symbol.Name + " ", StringComparison.Ordinal))
            ?? d.Analysis.Names.Uses.First(u => u.Symbol is { Kind: SymbolKind.Keyword, Name: "train" });
        yield return new Dsl.Diagnostic(d.Source, place.Span, wrong, null);
    }

    // Where the file is named.
    private static TextSpan? Source(Document d)
    {
        DataStatement? data = d.Analysis.Script.Statements.OfType<DataStatement>().FirstOrDefault(s => s.Name.Name == d.Analysis.Data?.Name);
        return data?.SourcePlace();
    }
}
