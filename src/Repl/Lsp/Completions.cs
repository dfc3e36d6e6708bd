using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>What may be written at the cursor.</summary>
internal static partial class Completions
{
    // Of the protocol.
    private const int Function = 3, Variable = 6, Class = 7, Property = 10, Keyword = 14, File = 17, Folder = 19, Constant = 21;

    // Gradients take their time; more than so many nobody reads.
    private const int MaxDescribed = 100;

    /// <summary>All of it; the editor picks those that begin with what is typed.</summary>
    public static CompletionList At(Document d, int offset)
    {
        CursorContext c = CursorContext.At(d, offset);
        if (c.InComment) return new CompletionList(false, []);
        var range = new Range(d.Lines.Position(c.WordStart), d.Lines.Position(offset));
        if (c.InText) return new CompletionList(false, [.. Files(d, c, offset)]);
        // After a number there is none of our words, but 28x… may become a shape.
        if (offset > c.WordStart && char.IsAsciiDigit(d.Text[c.WordStart])) return new CompletionList(false, []);
        Choice[] all = [.. Choices(d, c).DistinctBy(x => x.Label)];
        return new CompletionList(false, [.. all.Select((x, i) => new CompletionItem(
            x.Label, x.Kind, x.Detail, x.Text is null ? null : new Markup(x.Text), $"{x.Rank}{i:D4}", new TextEdit(range, x.Insert ?? x.Label), x.Label))]);
    }

    private static IEnumerable<Choice> Choices(Document d, CursorContext c)
    {
        if (c.Line.Count > 0 && c.Line[^1].Is(".")) return SizeName.All.Select(s => new Choice(s.Name, Property, s.Meaning, null));
        if (c.Statement is null) return WordReference.In("statement").Select(w => new Choice(w.Name, Keyword, null, Descriptions.Word(w)));
        if (c.Body is null) return Heads(d, c);
        if (LanguageReference.HoldsLayers(c.Body)) return c.Head is null ? Layers(d) : LayerArguments(d, c);
        return c.Body switch
        {
            "data" => c.Head is null ? Settings("data", c) : DataArguments(d, c),
            "train" or "step" => c.Head is null ? Settings(c.Body, c) : TrainArguments(d, c),
            "search" => c.Head is null ? Own(d, SymbolKind.Let) : [.. Options("range", "in", c), .. Values(d)],
            _ => Formulas(d, c),
        };
    }

    // Statements before their bodies.
    private static IEnumerable<Choice> Heads(Document d, CursorContext c) => c.Statement switch
    {
        "let" when c.Line.Any(t => t.Is("=")) => Values(d),
        "fn" when c.Line.Any(t => t.Is("=")) => Calculated(d).Concat(Parameters(c)),
        "train" when c.Line[^1].IsWord("on") => Own(d, SymbolKind.Data),
        "train" => Own(d, SymbolKind.Model).Append(new Choice("on", Keyword, "DATA", null)),
        "search" when c.Option is "minimize" or "maximize" => Metrics("val_").Concat(Metrics()),
        "search" when c.Option == "prune" => Words("prune"),
        "search" when c.Argument == 0 => Words("search"),
        "search" => Options("search", "statement", c),
        _ => [],
    };

    private static IEnumerable<Choice> Layers(Document d) =>
        Own(d, SymbolKind.Layer, SymbolKind.Block, SymbolKind.Model, SymbolKind.Function)
            .Concat(Entries(Class, "layer")).Concat(WordReference.In("model").Select(w => new Choice(w.Name, Keyword, null, Descriptions.Word(w))))
            .Concat(Activations(2)).Concat(Entries(Function, "function", 3));

    private static IEnumerable<Choice> LayerArguments(Document d, CursorContext c)
    {
        string head = c.Head!;
        if (LanguageReference.TakesNames(head)) return Labels(d);
        if (head == "repeat") return Values(d);
        if (c.Call is null && c.Option is { } option)
        {
            if (option == "init") return Words("init");
            if (option == "activation") return Own(d, SymbolKind.Function).Concat(Activations());
            if (LanguageReference.Words(head, option) is { Count: > 0 } words) return words.Select(w => Word(option, w));
            return Locals(d, c).Concat(Values(d));
        }

        if (c.Call is { } call) return Parameters(d, call.Text, c).Concat(Options(call.Text, "", c)).Concat(Locals(d, c)).Concat(Values(d));
        // A flag stands for itself: last, causal.
        IEnumerable<Choice> flags =
            from o in OptionReference.Of(head, "")
            from w in LanguageReference.Words(head, o.Name)
            where w != "false"
            select w == "true" ? new Choice(o.Name, Property, $"option of {head}", o.Meaning, 1) : Word(o.Name, w);
        IEnumerable<Choice> activations = LanguageReference.TakesActivation(head) ? Own(d, SymbolKind.Function).Concat(Activations(0)) : [];
        return Parameters(d, head, c).Concat(Options(head, "", c)).Concat(flags).Concat(Locals(d, c)).Concat(activations).Concat(Own(d, SymbolKind.Let))
            .Concat(Known());
    }

    private static IEnumerable<Choice> Settings(string where, CursorContext c)
    {
        IEnumerable<string> names = LanguageReference.LineStarts(where);
        return names.Select(
            n =>
                WordReference.Find(where, n) is { } w ? new Choice(n, Property, w.Example.Length > 0 ? w.Example : null, Descriptions.Word(w)) : new Choice(n,
                    Property, null, null));
    }

    private static IEnumerable<Choice> DataArguments(Document d, CursorContext c)
    {
        string head = c.Head!;
        // The option names of `types` are columns.
        OptionRow? given = Given(head, c);
        if (given?.Kind == OptionKind.Column || head == "types" && c.Option is null)
            return Columns(d, c.WordStart).Select(n => new Choice(n, Variable, "column", null, 0, head == "types" ? n + ": " : null));
        IEnumerable<Choice> words = c.Option switch
        {
            not null when head == "types" => Words("types"),
            not null when given is { Words: ["true", "false"] } => given.Words.Select(w => new Choice(w, Choice.Word, null, null)),
            not null => Words(c.Option).Concat(Own(d, SymbolKind.Let)),
            _ => Words(head),
        };
        return c.Option is null ? words.Concat(Options(head, "data", c)) : words;
    }

    // The option that is being given: that of its name, or the one that a value without a name is.
    private static OptionRow? Given(string head, CursorContext c) => WordReference.Find("data", head) is not { } row ? null
        : c.Option is { } name ? row.Options.FirstOrDefault(o => o.Name == name)
        : row.Arguments.FirstOrDefault(o => o is { Positional: true, Many: true });

    private static IEnumerable<Choice> TrainArguments(Document d, CursorContext c)
    {
        string head = c.Head!;
        if (c.Call is { } call && head is "optimizer" or "schedule" && c.Item.Count > 1 && ReferenceEquals(c.Call, c.Item[1]))
        {
            if (c.Option is not null) return Own(d, SymbolKind.Let);
            return Parameters(d, call.Text, c).Concat(Options(call.Text, head, c)).Concat(head == "schedule" ? Metrics() : []);
        }

        return head switch
        {
            "optimizer" when !c.Begun => Own(d, SymbolKind.Optimizer).Concat(Entries(Function, "optimizer")),
            "schedule" when !c.Begun => Words("schedule").Concat(Options("schedule", "train", c)),
            "metrics" => Metrics(),
            "early_stop" => c.Option is null ? Metrics("val_").Concat(Options("early_stop", "train", c)) : [],
            "loss" => Loss(d, c),
            "batch" => Words("batch").Concat(Own(d, SymbolKind.Let)),
            "step" => Own(d, SymbolKind.Model),
            _ => Options(head, "train", c).Concat(Own(d, SymbolKind.Let)),
        };
    }

    private static IEnumerable<Choice> Loss(Document d, CursorContext c) =>
        (c.Call is { } call ? Parameters(d, call.Text, c).Concat(Options(call.Text, "loss", c)) : [])
            .Concat(Own(d, SymbolKind.Model, SymbolKind.Function, SymbolKind.Let)).Concat(Entries(Function, "loss")).Concat(Words("loss")).Append(Training())
            .Concat(Given("loss"))
            .Concat(Entries(Function, "activation", 2)).Concat(Entries(Function, "function", 2)).Concat(Callable());

    // Lines of fn, layer and optimizer.
    private static IEnumerable<Choice> Formulas(Document d, CursorContext c)
    {
        IEnumerable<Choice> given = Given(c.Body!).Concat(Stored(c.Body!));
        if (c.Option == "init") return Words("init");
        if (c.Option == "over") return Words("over");
        IEnumerable<Choice> init = c.Line.Any(t => t.IsWord("param"))
            ? [new Choice("init:", Property, "how it starts", OptionReference.Find("param", "formula", "init")?.Meaning, 1, "init: ")]
            : [];
        return given.Concat(Locals(d, c)).Concat(init).Concat(Calculated(d));
    }

    private sealed record Choice(string Label, int Kind, string? Detail, string? Text, int Rank = 0, string? Insert = null)
    {
        public const int Word = 20;
    }
}
