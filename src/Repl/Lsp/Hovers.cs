using System.Text;
using Nn.Dsl;
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
            string? made = Line(d, use.Span.Start) is { } line && line.Head.Span == use.Span ? Made(d, line)
                : use.Symbol is { Kind: SymbolKind.Keyword, Name: "train" }
                    || use.Symbol is { Kind: SymbolKind.Setting, Within: "train", Name: "epochs" or "batch" } ? TrainingSteps.Text(d) : null;
            return new Hover(new Markup(made is null ? text : $"{made}\n\n{text}"), d.Lines.Range(use.Span));
        }

        return Value(d, offset);
    }

    // The line of a model that begins, or goes on, at a place.
    private static Item? Line(Document d, int offset) => Around(d.Analysis.Script.Statements.OfType<ModelStatement>().SelectMany(m => m.Items), offset)
        .LastOrDefault();

    // The lines around a place, outermost first.
    private static IEnumerable<Item> Around(IEnumerable<Item> items, int offset) =>
        items.Where(i => Covers(i, offset)).SelectMany(i => i.Blocks.SelectMany(b => Around(b, offset)).Prepend(i));

    /// <summary>Lines with those in their bodies.</summary>
    public static IEnumerable<Item> Flat(IEnumerable<Item> items) => items.SelectMany(i => i.Blocks.SelectMany(Flat).Prepend(i));

    private static bool Covers(Syntax s, int offset) => s.Span.Start <= offset && offset < s.Span.End;

    // Shapes before and after, and where the parameters are.
    private static string? Made(Document d, Item line)
    {
        LayerUse[] uses = [.. d.Analysis.Layers.Where(l => l.Span == line.Span)];
        if (uses.Length == 0) return null;
        var s = new StringBuilder($"**{Hints.Shapes(uses.Select(u => u.Input))} → {Hints.Shapes(uses.Select(u => u.Output))}**");
        if (uses.Length > 1) s.Append($", {uses.Length} times");
        Parameter[] own = [.. uses[0].Parameters.Distinct()];
        if (uses.All(u => u.Parameters.Count == 0)) return s.ToString();
        s.Append("  \n");
        // Uses of a block may differ.
        bool alike = uses.All(u => u.Parameters.Select(p => p.Shape).SequenceEqual(uses[0].Parameters.Select(p => p.Shape)));
        if (!alike) return s.Append($"{Hints.Parameters(uses.SelectMany(u => u.Parameters))} in all").ToString();
        if (own.Length <= 6) s.AppendJoin(" + ", own.Select(p => $"{p.Name[(p.Name.LastIndexOf('.') + 1)..]} {p.Shape}")).Append(" = ");
        s.Append(Hints.Parameters(own));
        if (uses.Length > 1) s.Append($"; {Hints.Parameters(uses.SelectMany(u => u.Parameters))} in all");
        return s.ToString();
    }

    // A number, shape or text: what it is there.
    private static Hover? Value(Document d, int offset) => d.Analysis.Script.Statements.FirstOrDefault(s => Covers(s, offset)) switch
    {
        LetStatement let when Covers(let.Value, offset) && d.Analysis.Values.TryGetValue(let.Name.Name, out string? value) => Told(d, let.Value,
            $"`{let.Name.Name}` = {value}"),
        ModelStatement model => InLine(d, [.. Around(model.Items, offset)], offset, "model"),
        DataStatement data => InLine(d, [.. Around(data.Settings, offset)], offset, "data"),
        TrainStatement train => InLine(d, [.. Around(train.Settings, offset)], offset, "train"),
        SearchStatement search => InArguments(d, search.Options, new Symbol(SymbolKind.Keyword, "search", ""), "statement", offset),
        _ => null,
    };

    private static Hover? InLine(Document d, Item[] around, int offset, string where)
    {
        if (around.Length == 0) return null;
        Item item = around[^1];
        if (around.Length > 1 && where == "train") where = "step";
        if (item.Arguments.FirstOrDefault(a => Covers(a, offset)) is not { } argument) return null;
        if (where == "data" && argument.Value is StringExpr
            && d.Analysis.Names.Uses.LastOrDefault(u => u.Symbol.Kind == SymbolKind.Data && u.Defines && u.Span.Start < offset) is { } data)
            return Told(d, argument, Descriptions.Of(d, data.Symbol));
        Symbol? head = d.Analysis.Names.Uses.FirstOrDefault(u => u.Span == item.Head.Span)?.Symbol;
        if (head is null) return null;
        return InArguments(d, item.Arguments, head, where, offset)
            ?? (where == "model" ? null : Told(d, argument, WordReference.Find(where, item.Head.Name) is { } word ? Descriptions.Word(word) : null))
            ?? (LayerArguments.Of(d, item).FirstOrDefault(p => p.Argument == argument) is { Parameter: { } parameter } ? Told(d, argument,
                Parameter(d, head, parameter, argument)) : null)
            ?? (head.Kind == SymbolKind.Keyword ? Told(d, argument, Descriptions.Of(d, head)) : null);
    }

    // Of a call within, else of the option that has a name.
    private static Hover? InArguments(Document d, IReadOnlyList<Argument> arguments, Symbol of, string where, int offset)
    {
        if (arguments.FirstOrDefault(a => Covers(a, offset)) is not { } argument) return null;
        if (argument.Value is CallExpr call && d.Analysis.Names.Uses.FirstOrDefault(u => u.Span == call.Function.Span) is { } callee)
        {
            if (InArguments(d, call.Arguments, callee.Symbol, of.Name, offset) is { } inner) return inner;
            Argument? positional = call.Arguments.FirstOrDefault(a => Covers(a, offset));
            string[] names = LayerArguments.Parameters(callee.Symbol);
            // Where the first is left out, it is the value that flows.
            int at = positional is null ? -1
                : call.Arguments.TakeWhile(a => a != positional).Count() + (where == "model" && call.Arguments.Count < names.Length ? 1 : 0);
            if (at >= 0 && at < names.Length) return Told(d, positional!, Parameter(d, callee.Symbol, names[at], positional!));
        }

        if (argument.Name is null) return null;
        Symbol option = d.Analysis.Names.Uses.FirstOrDefault(u => u.Span == argument.NameSpan)?.Symbol ?? new Symbol(SymbolKind.Option, argument.Name, of.Name);
        return Told(d, argument,
            option.Kind == SymbolKind.Option ? Descriptions.Option(option.Name, of.Name, where, SyntaxText.Of(argument.Value)) : Descriptions.Of(d, option));
    }

    private static string? Parameter(Document d, Symbol of, string name, Argument argument) =>
        of.Definition is null ? Descriptions.Option(name, of.Name, "model", SyntaxText.Of(argument.Value))
            : $"**{name}** of `{of.Name}`: {SyntaxText.Of(argument.Value)}";

    private static Hover? Told(Document d, Syntax place, string? text) => text is null ? null : new Hover(new Markup(text), d.Lines.Range(place.Span));
}
