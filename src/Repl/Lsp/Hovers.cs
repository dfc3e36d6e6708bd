using System.Text;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Repl.Lsp;

/// <summary>What is told about the place under the mouse.</summary>
internal static class Hovers
{
    /// <summary>About a place; null where there is nothing to tell.</summary>
    public static Hover? At(Document d, int offset)
    {
        if (d.Analysis.Names.At(offset) is { } use && Descriptions.Of(d, use.Symbol) is { } text)
        {
            if (Line(d, use.Span.Start) is { } line && line.Head.Span == use.Span && Made(d, line) is { } made) text = $"{made}\n\n{text}";
            return new Hover(new Markup(text), d.Lines.Range(use.Span));
        }

        return Argument(d, offset) ?? Setting(d, offset) ?? Value(d, offset);
    }

    // The line of a model that begins, or goes on, at a place.
    private static Item? Line(Document d, int offset) => d.Analysis.Script.Statements.OfType<ModelStatement>().SelectMany(m => Flat(m.Items)).LastOrDefault(i => i.Span.Start <= offset && offset < i.Span.End);

    private static IEnumerable<Item> Flat(IEnumerable<Item> items) => items.SelectMany(i => i.Blocks.SelectMany(Flat).Prepend(i));

    // Shapes before and after, and where the parameters are.
    private static string? Made(Document d, Item line)
    {
        LayerUse[] uses = [.. d.Analysis.Layers.Where(l => l.Span == line.Span)];
        if (uses.Length == 0) return null;
        var s = new StringBuilder($"**{Hints.Shapes(uses.Select(u => u.Input))} → {Hints.Shapes(uses.Select(u => u.Output))}**");
        if (uses.Length > 1) s.Append($", {uses.Length} times");
        Parameter[] own = [.. uses[0].Parameters.Distinct()];
        if (own.Length == 0) return s.ToString();
        string sum = own.Length is > 1 and <= 6
            ? string.Join(" + ", own.Select(p => $"{Short(p)} {p.Shape}")) + $" = {Hints.Parameters(own)}"
            : own.Length == 1 ? $"{Short(own[0])} {own[0].Shape} = {Hints.Parameters(own)}" : Hints.Parameters(own);
        s.Append($"  \n{sum}");
        if (uses.Length > 1) s.Append($"; {Hints.Parameters(uses.SelectMany(u => u.Parameters))} in all");
        return s.ToString();
    }

    private static string Short(Parameter p) => p.Name[(p.Name.LastIndexOf('.') + 1)..];

    // A number or shape of a layer: what it is there.
    private static Hover? Argument(Document d, int offset)
    {
        if (Line(d, offset) is not { } line || line.Arguments.FirstOrDefault(a => a.Span.Start <= offset && offset < a.Span.End) is not { Name: null } argument) return null;
        if (LayerArguments.Of(line).FirstOrDefault(p => p.Argument == argument).Parameter is not { } option) return null;
        return new Hover(new Markup(Descriptions.Option(option, line.Head.Name, "model", SyntaxText.Of(argument.Value))), d.Lines.Range(argument.Span));
    }

    // A value of a setting or option: what is set.
    private static Hover? Setting(Document d, int offset)
    {
        Statement? statement = d.Analysis.Script.Statements.FirstOrDefault(s => s is DataStatement or TrainStatement && s.Span.Start <= offset && offset < s.Span.End);
        IReadOnlyList<Item> settings = statement switch { DataStatement data => data.Settings, TrainStatement train => train.Settings, _ => [] };
        Item[] around = [.. Flat(settings).Where(i => i.Span.Start <= offset && offset < i.Span.End)];
        if (around.Length == 0) return null;
        Item item = around[^1];
        Argument? argument = item.Arguments.FirstOrDefault(a => a.Span.Start <= offset && offset < a.Span.End);
        if (argument is null) return null;
        if (argument.Value is StringExpr && statement is DataStatement named && d.Analysis.Names.Uses.FirstOrDefault(u => u.Span == named.Name.Span) is { } use)
            return new Hover(new Markup(Descriptions.Of(d, use.Symbol) ?? ""), d.Lines.Range(argument.Span));
        (string? option, string of) = Called(argument, offset) ?? (argument.Name, item.Head.Name);
        string where = statement is DataStatement ? "data" : around.Length > 1 ? "step" : "train";
        string? text = option is not null ? Descriptions.Option(option, of, where) : WordReference.Find(where, item.Head.Name) is { } word ? Descriptions.Word(word) : null;
        return text is null ? null : new Hover(new Markup(text), d.Lines.Range(argument.Span));
    }

    // adam(lr: 1e-3): the option of the call.
    private static (string? Option, string Of)? Called(Argument argument, int offset) =>
        argument.Value is CallExpr call && call.Arguments.FirstOrDefault(a => a.Span.Start <= offset && offset < a.Span.End) is { Name: { } name } ? (name, call.Function.Name) : null;

    // Within a let: what it comes to.
    private static Hover? Value(Document d, int offset)
    {
        LetStatement? let = d.Analysis.Script.Statements.OfType<LetStatement>().FirstOrDefault(l => l.Value.Span.Start <= offset && offset < l.Value.Span.End);
        return let is not null && d.Analysis.Values.TryGetValue(let.Name.Name, out string? value) ? new Hover(new Markup($"`{let.Name.Name}` = {value}"), d.Lines.Range(let.Value.Span)) : null;
    }
}
