using Nn.Data;
using Nn.Dsl;

namespace Nn.Repl.Lsp;

internal static partial class Completions
{
    // What may be a value: lets, functions, what the data say.
    private static IEnumerable<Choice> Values(Document d) =>
        Own(d, SymbolKind.Let, SymbolKind.Function).Concat(Known()).Concat(Entries(Function, "function", 2)).Concat(Entries(Function, "activation", 2))
            .Concat(Callable());

    // Layers without weights, such as flatten(x).
    private static IEnumerable<Choice> Callable() =>
        LanguageReference.Callable.Select(n => new Choice(n, Function, "layer", Descriptions.Entry(LanguageReference.Entries[n]), 2));

    // Functions of one number are activations, too.
    private static IEnumerable<Choice> Activations(int rank = 1) => Entries(Function, "activation", rank).Concat(
        from name in LanguageReference.Elementwise
        let usual = name is "tanh" or "sigmoid" or "softplus"
        select new Choice(name, Function, usual ? "activation" : "function", Descriptions.Entry(LanguageReference.Entries[name]), usual ? rank : rank + 1));

    // Named arguments of what the script defines.
    private static IEnumerable<Choice> Parameters(Document d, string name, CursorContext c)
    {
        if (c.Option is not null || c.Begun) return [];
        var given = c.Item.Where((t, i) => i + 1 < c.Item.Count && c.Item[i + 1].Is(":")).Select(t => t.Text).ToHashSet();
        IReadOnlyList<ParameterSyntax> all = d.Analysis.Script.Statements.LastOrDefault(
            s => s.Name.Name == name && s is DefinitionStatement or ModelStatement) switch
        {
            DefinitionStatement f => f.Parameters,
            ModelStatement m => m.Parameters,
            _ => [],
        };
        return all.Where(p => !given.Contains(p.Name)).Select(
            p => new Choice(p.Name + ":", Property, p.Default is null ? "must be given" : $"default {SyntaxText.Of(p.Default)}", null, 0, p.Name + ": "));
    }

    // Those of the table that the nearest line before, or after, the cursor names.
    private static IReadOnlyList<string> Columns(Document d, int offset)
    {
        Token[] tokens = [.. Lexer.Tokenize(d.Source, new Diagnostics(d.Source))];
        Token[] files = [.. tokens.Where((t, i) => i > 0 && t.Kind == TokenKind.String && tokens[i - 1].IsWord("csv"))];
        Token? file = files.LastOrDefault(t => t.Span.Start < offset) ?? files.FirstOrDefault();
        return file is null ? [] : DataLoader.Columns(file.Text, DataLoader.Directories(d.Path));
    }

    private static IEnumerable<Choice> Known() => Given("data").Select(c => c with { Kind = Constant, Rank = 1 });

    // What the language gives to a body.
    private static IEnumerable<Choice> Given(string where) => GivenName.In(where).Select(n => new Choice(n.Name, Variable, n.Meaning, null));

    // The words of tensors that the uses of a definition keep.
    private static IEnumerable<Choice> Stored(string body)
    {
        string[] words = body switch { "layer" => ["param", "state"], "optimizer" => ["state"], _ => [] };
        return words.Select(w => Word("formula", w) with { Kind = Keyword, Detail = WordReference.Find("formula", w)?.Example, Rank = 0 });
    }

    // What formulas over tensors may be made of.
    private static IEnumerable<Choice> Calculated(Document d) => Values(d).Append(Training());

    private static Choice Training() => Word("formula", "training") with { Kind = Keyword, Detail = "1 while training, 0 in prediction" };

    private static IEnumerable<Choice> Own(Document d, params SymbolKind[] kinds) =>
        d.Analysis.Names.Uses.Where(u => u.Defines && kinds.Contains(u.Symbol.Kind)).Select((u, i) => new Choice(
            u.Symbol.Name,
            u.Symbol.Kind switch { SymbolKind.Let => Constant, SymbolKind.Function or SymbolKind.Optimizer => Function, _ => Class },
            u.Symbol.Kind == SymbolKind.Let ? d.Analysis.Values.GetValueOrDefault(u.Symbol.Name) : u.Symbol.Kind.ToString().ToLowerInvariant(),
            i < MaxDescribed ? Descriptions.Of(d, u.Symbol) : null));

    private static IEnumerable<Choice> Labels(Document d) =>
        d.Analysis.Names.Uses.Where(u => u is { Defines: true, Symbol: { Kind: SymbolKind.Local, Syntax: Item } })
            .Select(u => new Choice(u.Symbol.Name, Variable, "a named value", Descriptions.Of(d, u.Symbol)));

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

    private static IEnumerable<Choice> Words(string where) =>
        WordReference.In(where).Select(w => new Choice(w.Name, Choice.Word, w.Example.Length > 0 ? w.Example : null, Descriptions.Word(w)));

    private static Choice Word(string where, string name) =>
        new(name, Choice.Word, where, WordReference.Find(where, name) is { } w ? Descriptions.Word(w) : null, 1);

    private static IEnumerable<Choice> Metrics(string prefix = "") =>
        WordReference.In("metrics").Select(w => WordReference.Find("metrics", prefix + w.Name)!)
            .Select(w => new Choice(w.Name, Choice.Word, w.Summary, Descriptions.Word(w)));

    // Options that are not given yet, ready for their value.
    private static IEnumerable<Choice> Options(string of, string place, CursorContext c)
    {
        if (c.Option is not null || c.Begun) return [];
        var given = c.Item.Where((t, i) => i + 1 < c.Item.Count && c.Item[i + 1].Is(":")).Select(t => t.Text).ToHashSet();
        return from o in OptionReference.Of(of, place)
               where !given.Contains(o.Name)
               select new Choice(o.Name + ":", Property, o.Default switch { null => "must be given", "" => null, _ => $"default {o.Default}" },
                   Descriptions.Option(o.Name, of, place), 0, o.Name + ": ");
    }

    private static IEnumerable<CompletionItem> Files(Document d, CursorContext c, int offset)
    {
        string typed = d.Text[c.WordStart..offset];
        string[] endings = c.Head switch
        {
            "csv" => [".csv", ".tsv"],
            "npz" => [".npz"],
            "text" => [".txt"],
            "tags" => [".conll", ".txt", ".tsv"],
            "pairs" => [".tsv", ".txt"],
            "checkpoint" => [".safetensors"],
            _ => []
        };
        bool ofFolders = c.Head is "idx" or "images" or "sound";
        if (!ofFolders && endings.Length == 0) yield break;
        int slash = typed.LastIndexOf('/') + 1;
        var range = new Range(d.Lines.Position(c.WordStart + slash), d.Lines.Position(offset));
        var seen = new HashSet<string>();
        foreach (string folder in DataLoader.Directories(d.Path))
        {
            foreach ((string name, bool isFolder) in Listed(Path.Combine(folder, typed[..slash])))
            {
                if (!isFolder && (ofFolders || endings.Length > 0 && !endings.Contains(Path.GetExtension(name))) || !seen.Add(name)) continue;
                string insert = isFolder && !ofFolders ? name + "/" : name;
                yield return new CompletionItem(insert, isFolder ? Folder : File, folder, null, null, new TextEdit(range, insert), insert);
            }
        }
    }

    private static IEnumerable<(string Name, bool Folder)> Listed(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(f => !f.Name.StartsWith('.')).Take(500)
                .Select(f => (f.Name, f is DirectoryInfo)).Order()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }
}
