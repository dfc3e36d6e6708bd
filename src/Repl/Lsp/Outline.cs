using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>The statements of a script as a tree, and what of it can be folded.</summary>
internal static class Outline
{
    // Of the protocol.
    private const int Class = 5, Method = 6, Property = 7, Function = 12, Variable = 13, Constant = 14, Object = 19, Event = 24;

    // Deeper than any tree that is looked at; readers of JSON have limits.
    private const int MaxDepth = 16;

    /// <summary>The statements, with the layers, formulas and settings in them.</summary>
    public static IReadOnlyList<DocumentSymbol> Symbols(Document d) => [.. d.Analysis.Script.Statements.OrderBy(s => s.Span.Start).Select(s => Symbol(d, s))];

    /// <summary>Bodies and runs of comments that take more than a line.</summary>
    public static IReadOnlyList<FoldingRange> Folds(Document d)
    {
        var folds = new List<FoldingRange>();
        var open = new Stack<int>();
        foreach (Token t in Lexer.Tokenize(d.Source, new Diagnostics(d.Source)).Where(t => t.Kind == TokenKind.Symbol))
        {
            if (t.Text == "{") open.Push(d.Lines.Position(t.Span.Start).Line);
            if (t.Text != "}" || !open.TryPop(out int start)) continue;
            // The closing brace stays in sight.
            int end = d.Lines.Position(t.Span.Start).Line - 1;
            if (end > start) folds.Add(new FoldingRange(start, end));
        }

        string[] lines = d.Text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            int first = i;
            while (i < lines.Length && lines[i].TrimStart().StartsWith('#')) i++;
            if (i - first > 1) folds.Add(new FoldingRange(first, i - 1, "comment"));
        }

        return folds;
    }

    private static DocumentSymbol Symbol(Document d, Statement s) => s switch
    {
        LetStatement l => Make(d, l, l.Name.Name, d.Analysis.Values.GetValueOrDefault(l.Name.Name), Constant, l.Name.Span, []),
        DefinitionStatement f => Make(
            d, f, f.Name.Name, $"{f.Kind}({string.Join(", ", f.Parameters.Select(p => p.Name))})", f.Kind == "fn" ? Function : Class, f.Name.Span,
            [.. f.Lines.Where(l => l.Kind != FormulaKind.Value)
                .Select(l => Make(d, l, l.Name!, l.Kind == FormulaKind.Param ? "param" : "state", Property, l.Span, []))]),
        ModelStatement m => Make(d, m, m.Name.Name, m.Kind, Class, m.Name.Span, [.. m.Items.Select(i => Line(d, i, 0))]),
        DataStatement data => Make(d, data, data.Name.Name, "data", Object, data.Name.Span, [.. data.Settings.Select(i => Setting(d, i))]),
        TrainStatement t => Make(d, t, $"train {t.Model?.Name}".TrimEnd(), t.Data is null ? null : $"on {t.Data.Name}", Event, t.Name.Span,
            [.. t.Settings.Select(i => Setting(d, i))]),
        SearchStatement s2 => Make(d, s2, "search", null, Event, s2.Name.Span,
            [.. s2.Ranges.Select(r => Make(d, r, r.Name.Name, SyntaxText.Of(r.Values), Variable, r.Name.Span, []))]),
        _ => Make(d, s, s.Name.Name, null, Object, s.Name.Span, []),
    };

    private static DocumentSymbol Line(Document d, Item i, int depth) => Make(
        d, i, i.Label is null ? i.Head.Name : $"{i.Label} = {i.Head.Name}", Words(i), Method, i.Head.Span,
        depth < MaxDepth ? [.. i.Blocks.SelectMany(b => b).Select(x => Line(d, x, depth + 1))] : []);

    private static DocumentSymbol Setting(Document d, Item i) =>
        Make(d, i, i.Head.Name, Words(i), Property, i.Head.Span, [.. i.Blocks.SelectMany(b => b).Select(x => Setting(d, x))]);

    private static string? Words(Item i) => i.Arguments.Count == 0 ? null : string.Join(", ", i.Arguments.Select(SyntaxText.Of));

    private static DocumentSymbol Make(Document d, Syntax s, string name, string? detail, int kind, TextSpan selected,
        IReadOnlyList<DocumentSymbol> children) =>
        new(name, detail, kind, d.Lines.Range(s.Span), d.Lines.Range(selected), children);
}
