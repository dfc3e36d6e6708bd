using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Repl.Lsp;

/// <summary>What each layer makes, written behind its line: shape and number of parameters.</summary>
internal static class Hints
{
    private const int MaxShapes = 3;

    /// <summary>Those of the lines in a range.</summary>
    public static IReadOnlyList<InlayHint> In(Document d, Range range)
    {
        var hints = new List<InlayHint>();
        foreach (ModelStatement m in d.Analysis.Script.Statements.OfType<ModelStatement>())
        {
            if (d.Analysis.Models.FirstOrDefault(b => b.Name == m.Name.Name) is { } model && m.Kind == "model")
                hints.Add(
                    Hint(d, m.Name.Span.End, $"{NamedShape.Text(model.Inputs)} → {NamedShape.Text(model.Outputs)} · {Parameters(model.Parameters)}", null));
        }

        foreach (IGrouping<TextSpan, LayerUse> uses in d.Analysis.Layers.GroupBy(l => l.Span))
        {
            if (Text([.. uses]) is { } text)
                hints.Add(Hint(d, uses.Key.End, text,
                    string.Join("\n", uses.SelectMany(u => u.Parameters).Distinct().Take(20).Select(p => $"- `{p.Name}` {p.Shape}"))));
        }

        foreach (IGrouping<TextSpan, FormulaUse> uses in d.Analysis.Formulas.GroupBy(f => f.Span))
            hints.Add(Hint(d, uses.Key.End, $"→ {Shapes(uses.Select(u => u.Shape))}", null));
        if (TrainingSteps.Text(d) is { } steps && d.Analysis.Script.Statements.OfType<TrainStatement>().FirstOrDefault() is { } train)
            hints.Add(Hint(d, (train.Data ?? train.Model ?? train.Name).Span.End, steps, null));
        return [.. hints.Where(h => h.Position.Line >= range.Start.Line && h.Position.Line <= range.End.Line).OrderBy(h => h.Position.Line)
            .ThenBy(h => h.Position.Character)];
    }

    /// <summary>The shape after a line that is run through several times, or the shapes.</summary>
    public static string Shapes(IEnumerable<Shape> shapes) => Shapes(shapes.Select(s => s.ToString()));

    /// <summary>As the other.</summary>
    public static string Shapes(IEnumerable<string> shapes)
    {
        string[] all = [.. shapes.Distinct()];
        return all.Length <= MaxShapes ? string.Join(", ", all) : $"{all[0]}, …, {all[^1]}";
    }

    /// <summary>How many numbers are trained, and how many kept.</summary>
    public static string Parameters(IEnumerable<Parameter> parameters)
    {
        Parameter[] all = [.. parameters.Distinct()];
        long trained = all.Where(p => p.Trained).Sum(p => p.Shape.Count), kept = all.Where(p => !p.Trained).Sum(p => p.Shape.Count);
        string text = trained == 1 ? "1 parameter" : $"{trained:N0} parameters";
        return kept == 0 ? text : $"{text}, {kept:N0} kept";
    }

    // What changes neither shape nor has weights, as an activation, has nothing to tell.
    private static string? Text(LayerUse[] uses)
    {
        bool weights = uses.Any(u => u.Parameters.Count > 0);
        if (!weights && uses.All(u => u.Input == u.Output)) return null;
        string shapes = $"→ {Shapes(uses.Select(u => u.Output))}";
        if (!weights) return shapes;
        string[] each = [.. uses.Select(u => Parameters(u.Parameters)).Distinct()];
        return uses.Length > 1 && each.Length == 1 ? $"{shapes} · {uses.Length} × {each[0]}" : $"{shapes} · {Parameters(uses.SelectMany(u => u.Parameters))}";
    }

    private static InlayHint Hint(Document d, int offset, string label, string? tooltip) =>
        new(d.Lines.Position(offset), label, true, string.IsNullOrEmpty(tooltip) ? null : new Markup(tooltip));
}
