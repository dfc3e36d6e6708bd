using Nn.Data;
using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>What may be written at the cursor.</summary>
internal static class Completions
{
    // Of the protocol.
    private const int Function = 3, Variable = 6, Class = 7, Property = 10, Keyword = 14, File = 17, Folder = 19, Constant = 21;

    // Gradients take their time; more than so many nobody reads.
    private const int MaxDescribed = 100;

    private static readonly string[] LayerBodies = ["model", "block", "repeat", "residual", "add", "concat"];

    private static readonly string[] Sizes = ["features", "channels", "height", "width", "length"];

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
        if (c.Line.Count > 0 && c.Line[^1].Is(".")) return Sizes.Select(s => new Choice(s, Property, null, null));
        if (c.Statement is null) return WordReference.In("statement").Select(w => new Choice(w.Name, Keyword, null, Descriptions.Word(w)));
        if (c.Body is null) return Heads(d, c);
        if (LayerBodies.Contains(c.Body)) return c.Head is null ? Layers(d) : LayerArguments(d, c);
        return c.Body switch
        {
            "data" => c.Head is null ? Settings("data", c) : DataArguments(d, c),
            "train" or "step" => c.Head is null ? Settings(c.Body, c) : TrainArguments(d, c),
            "search" => c.Head is null ? Own(d, SymbolKind.Let) : Options("in", "in", c),
            _ => Formulas(d, c),
        };
    }

    // Statements before their bodies.
    private static IEnumerable<Choice> Heads(Document d, CursorContext c) => c.Statement switch
    {
        "let" when c.Line.Any(t => t.Is("=")) => Values(d),
        "fn" when c.Line.Any(t => t.Is("=")) => Values(d).Concat(Parameters(c)),
        "train" when c.Line[^1].IsWord("on") => Own(d, SymbolKind.Data),
        "train" => Own(d, SymbolKind.Model).Append(new Choice("on", Keyword, "DATA", null)),
        "search" when c.Option is "minimize" or "maximize" => Metrics(),
        "search" when c.Option == "prune" => Words("prune"),
        "search" when c.Argument == 0 => Words("search"),
        "search" => Options("search", "statement", c),
        _ => [],
    };

    private static IEnumerable<Choice> Layers(Document d) =>
        Own(d, SymbolKind.Layer, SymbolKind.Block, SymbolKind.Model, SymbolKind.Function)
            .Concat(Entries(Class, "layer")).Concat(WordReference.In("model").Select(w => new Choice(w.Name, Keyword, null, Descriptions.Word(w)))).Concat(Entries(Function, "activation", 2));

    private static IEnumerable<Choice> LayerArguments(Document d, CursorContext c)
    {
        string head = c.Head!;
        if (head is "from" or "add" or "concat") return Labels(d);
        if (head == "repeat") return Values(d);
        if (c.Call is null && c.Option is { } option)
        {
            if (option == "init") return Words("init");
            if (option == "activation") return Own(d, SymbolKind.Function).Concat(Entries(Function, "activation"));
            if (LanguageReference.Words(head, option) is { Count: > 0 } words) return words.Select(w => Word(option, w));
            return Values(d);
        }

        if (c.Call is { } call) return Options(call.Text, "", c).Concat(Values(d));
        IEnumerable<Choice> flags = OptionReference.Of(head, "").SelectMany(o => LanguageReference.Words(head, o.Name).Select(w => w == "true" ? new Choice(o.Name, Property, $"option of {head}", OptionReference.Meaning(head, o.Name), 1) : w == "false" ? null : Word(o.Name, w))).OfType<Choice>();
        IEnumerable<Choice> activations = LanguageReference.TakesActivation(head) ? Own(d, SymbolKind.Function).Concat(Entries(Function, "activation")) : [];
        return Options(head, "", c).Concat(flags).Concat(activations).Concat(Own(d, SymbolKind.Let)).Concat(Known());
    }

    private static IEnumerable<Choice> Settings(string where, CursorContext c)
    {
        IEnumerable<string> names = LanguageReference.LineStarts(where);
        return names.Select(n => WordReference.Find(where, n) is { } w ? new Choice(n, Property, w.Example.Length > 0 ? w.Example : null, Descriptions.Word(w)) : new Choice(n, Property, null, null));
    }

    private static IEnumerable<Choice> DataArguments(Document d, CursorContext c)
    {
        string head = c.Head!;
        if (head is "target" or "inputs" or "types" && c.Option is null || c.Option == "stratify")
            return d.Data is { } data ? data.Columns.Select(n => new Choice(n, Variable, "column", null, 0, head == "types" ? n + ": " : null)) : [];
        IEnumerable<Choice> words = c.Option switch
        {
            "shuffle" or "symbols" => [new Choice("true", Choice.Word, null, null), new Choice("false", Choice.Word, null, null)],
            not null => Words(c.Option).Concat(Own(d, SymbolKind.Let)),
            _ when head == "types" => [new Choice("number", Choice.Word, null, null), new Choice("word", Choice.Word, null, null)],
            _ => Words(head),
        };
        return c.Option is null ? words.Concat(Options(head, "data", c)) : words;
    }

    private static IEnumerable<Choice> TrainArguments(Document d, CursorContext c)
    {
        string head = c.Head!;
        if (c.Call is { } call && head is "optimizer" or "schedule" && c.Item.Count > 1 && ReferenceEquals(c.Call, c.Item[1])) return c.Option is null ? Options(call.Text, head, c).Concat(head == "schedule" ? Metrics() : []) : Own(d, SymbolKind.Let);
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
        (c.Call is { } call ? Options(call.Text, "loss", c) : [])
            .Concat(Own(d, SymbolKind.Model, SymbolKind.Function, SymbolKind.Let)).Concat(Entries(Function, "loss")).Concat(Words("loss"))
            .Concat([new Choice("x", Variable, "the inputs of the batch", null), new Choice("y", Variable, "the targets of the batch", null)]).Concat(Entries(Function, "activation", 2)).Concat(Entries(Function, "function", 2));

    // Lines of fn, layer and optimizer.
    private static IEnumerable<Choice> Formulas(Document d, CursorContext c)
    {
        IEnumerable<Choice> given = c.Body switch
        {
            "layer" => [new Choice("it", Variable, "the value before this layer", null), new Choice("param", Keyword, "[shape], a trained tensor", null), new Choice("state", Keyword, "[shape], a kept tensor", null)],
            "optimizer" => [
                new Choice("w", Variable, "the weight", null), new Choice("g", Variable, "its gradient", null), new Choice("t", Variable, "the number of the step", null),
                new Choice("lr", Variable, "the learning rate", null), new Choice("state", Keyword, "NAME = first value", null)],
            _ => [],
        };
        if (c.Option == "init") return Words("init");
        if (c.Option == "over") return Words("over");
        return given.Concat(Locals(d, c)).Concat(c.Line.Any(t => t.IsWord("param")) ? [new Choice("init", Property, "how it starts", OptionReference.Meaning("param", "init"), 1, "init: ")] : []).Concat(Values(d));
    }

    // What may be a value: lets, functions, what the data say.
    private static IEnumerable<Choice> Values(Document d) =>
        Own(d, SymbolKind.Let, SymbolKind.Function).Concat(Known()).Concat(Entries(Function, "function", 2)).Concat(Entries(Function, "activation", 2));

    private static Choice[] Known() => [new Choice("classes", Constant, "number of classes of the data", null, 1), new Choice("features", Constant, "size of the data's last axis", null, 1)];

    private static IEnumerable<Choice> Own(Document d, params SymbolKind[] kinds) =>
        d.Analysis.Names.Uses.Where(u => u.Defines && kinds.Contains(u.Symbol.Kind)).Select((u, i) => new Choice(
            u.Symbol.Name,
            u.Symbol.Kind switch { SymbolKind.Let => Constant, SymbolKind.Function or SymbolKind.Optimizer => Function, _ => Class },
            u.Symbol.Kind == SymbolKind.Let ? d.Analysis.Values.GetValueOrDefault(u.Symbol.Name) : u.Symbol.Kind.ToString().ToLowerInvariant(),
            i < MaxDescribed ? Descriptions.Of(d, u.Symbol) : null));

    private static IEnumerable<Choice> Labels(Document d) =>
        d.Analysis.Names.Uses.Where(u => u is { Defines: true, Symbol: { Kind: SymbolKind.Local, Syntax: Item } }).Select(u => new Choice(u.Symbol.Name, Variable, "a named value", Descriptions.Of(d, u.Symbol)));

    private static IEnumerable<Choice> Locals(Document d, CursorContext c)
    {
        if (c.Line.Count == 0 && c.Bodies.Count == 0) return [];
        Statement? around = d.Analysis.Script.Statements.LastOrDefault(s => s.Span.Start < c.WordStart);
        return d.Analysis.Names.Uses.Where(u => u.Defines && u.Symbol.Kind is SymbolKind.Local or SymbolKind.Parameter && u.Symbol.Within == around?.Name.Name)
            .Select(u => new Choice(u.Symbol.Name, Variable, u.Symbol.Kind == SymbolKind.Parameter ? "parameter" : null, null));
    }

    // The parameters of a function of one line, which cannot be parsed while it is being written.
    private static IEnumerable<Choice> Parameters(CursorContext c) =>
        c.Line.Skip(2).TakeWhile(t => !t.Is(")")).Where(t => t.Kind == TokenKind.Name).Select(t => new Choice(t.Text, Variable, "parameter", null));

    private static IEnumerable<Choice> Entries(int item, string kind, int rank = 1) =>
        LanguageReference.Entries.Values.Where(e => e.Kind == kind).Select(e => new Choice(e.Name, item, e.Example ?? kind, Descriptions.Entry(e), rank));

    private static IEnumerable<Choice> Words(string where) => WordReference.In(where).Select(w => new Choice(w.Name, Choice.Word, w.Example.Length > 0 ? w.Example : null, Descriptions.Word(w)));

    private static Choice Word(string where, string name) => new(name, Choice.Word, where, WordReference.Find(where, name) is { } w ? Descriptions.Word(w) : null, 1);

    private static IEnumerable<Choice> Metrics(string prefix = "") =>
        WordReference.In("metrics").Select(w => WordReference.Find("metrics", prefix + w.Name)!).Select(w => new Choice(w.Name, Choice.Word, w.Summary, Descriptions.Word(w)));

    // Options that are not given yet, ready for their value.
    private static IEnumerable<Choice> Options(string of, string place, CursorContext c)
    {
        if (c.Option is not null || c.Begun) return [];
        var given = c.Item.Where((t, i) => i + 1 < c.Item.Count && c.Item[i + 1].Is(":")).Select(t => t.Text).ToHashSet();
        return from o in OptionReference.Of(of, place)
               where !given.Contains(o.Name)
               select new Choice(o.Name + ":", Property, o.Default switch { null => "must be given", "" => null, _ => $"default {o.Default}" }, Descriptions.Option(o.Name, of, place), 0, o.Name + ": ");
    }

    private static IEnumerable<CompletionItem> Files(Document d, CursorContext c, int offset)
    {
        string typed = d.Text[c.WordStart..offset];
        string[] endings = c.Head switch { "csv" => [".csv", ".tsv"], "npz" => [".npz"], "text" => [".txt"], "checkpoint" => [".safetensors"], _ => [] };
        if (c.Head is not ("csv" or "npz" or "text" or "idx" or "images" or "checkpoint")) yield break;
        int slash = typed.LastIndexOf('/') + 1;
        var range = new Range(d.Lines.Position(c.WordStart + slash), d.Lines.Position(offset));
        var seen = new HashSet<string>();
        foreach (string folder in DataLoader.Directories(d.Path))
        {
            foreach ((string name, bool isFolder) in Listed(Path.Combine(folder, typed[..slash])))
            {
                if (!isFolder && (c.Head is "idx" or "images" || endings.Length > 0 && !endings.Contains(Path.GetExtension(name))) || !seen.Add(name)) continue;
                string insert = isFolder && c.Head is not ("idx" or "images") ? name + "/" : name;
                yield return new CompletionItem(insert, isFolder ? Folder : File, folder, null, null, new TextEdit(range, insert), insert);
            }
        }
    }

    private static IEnumerable<(string Name, bool Folder)> Listed(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(f => !f.Name.StartsWith('.')).Take(500).Select(f => (f.Name, f is DirectoryInfo)).Order()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }

    private sealed record Choice(string Label, int Kind, string? Detail, string? Text, int Rank = 0, string? Insert = null)
    {
        public const int Word = 20;
    }
}
