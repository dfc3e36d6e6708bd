using Nn.Data;
using Nn.Dsl;
using Nn.Files;

namespace Nn.Repl.Lsp;

/// <summary>Where names are defined and used, and what renaming them changes.</summary>
internal static class Places
{
    private const int Read = 2, Write = 3;

    /// <summary>Where the name at a place is defined: in the script, or in a copy of the prelude; null for what is built in.</summary>
    public static Location? Definition(Document d, int offset)
    {
        if (d.Analysis.Names.At(offset) is not { Symbol: var symbol }) return null;
        if (symbol.Definition is { } here) return new Location(d.Uri, d.Lines.Range(here));
        string name = symbol.Kind == SymbolKind.Option ? symbol.Within : symbol.Name;
        if (symbol.Kind is not (SymbolKind.Function or SymbolKind.Optimizer or SymbolKind.Option)) return null;
        if (PreludeScript.Statements.OfType<DefinitionStatement>().FirstOrDefault(s => s.Name.Name == name) is not { } definition) return null;
        TextSpan span = definition.Parameters.FirstOrDefault(p => symbol.Kind == SymbolKind.Option && p.Name == symbol.Name) is { } p
            ? new TextSpan(p.Span.Start, p.Name.Length)
            : definition.Name.Span;
        return PreludeFile() is { } path ? new Location(new Uri(path).AbsoluteUri, new TextLines(PreludeScript.Text).Range(span)) : null;
    }

    /// <summary>All places of the thing that is named at one.</summary>
    public static IReadOnlyList<Location> References(Document d, int offset, bool definition) =>
        [.. Uses(d, offset).Where(u => definition || !u.Defines).Select(u => new Location(d.Uri, d.Lines.Range(u.Span)))];

    /// <summary>The same, to be marked.</summary>
    public static IReadOnlyList<DocumentHighlight> Highlights(Document d, int offset) =>
        [.. Uses(d, offset).Select(u => new DocumentHighlight(d.Lines.Range(u.Span), u.Defines ? Write : Read))];

    /// <summary>The name that would be renamed.</summary>
    /// <exception cref="RpcException">It cannot be.</exception>
    public static PrepareRename PrepareRename(Document d, int offset)
    {
        NameUse use = Renamed(d, offset);
        return new PrepareRename(d.Lines.Range(use.Span), use.Symbol.Name);
    }

    /// <summary>Renames what a name stands for, wherever it is named, and nothing else.</summary>
    /// <exception cref="RpcException">It cannot be, or the new name would change what something means.</exception>
    public static WorkspaceEdit Rename(Document d, int offset, string name)
    {
        NameUse use = Renamed(d, offset);
        if (!IsName(name))
            throw new RpcException(RpcException.RequestFailed, $"'{name}' is no name; names are written in a-z, 0-9 and _, and are no words of the language");
        if (name == "lr" && IsOptimizers(d, use.Symbol))
            throw new RpcException(RpcException.RequestFailed, "'lr' is the learning rate, which schedules change");
        NameUse[] uses = [.. d.Analysis.Names.Of(use.Symbol).OrderBy(u => u.Span.Start)];
        if (Changed(d, uses, name) is { } changed)
        {
            int other = d.Analysis.Names.Uses.FirstOrDefault(u => u.Symbol.Name == name) is { } there ? d.Lines.Position(there.Span.Start).Line + 1 : changed;
            throw new RpcException(RpcException.RequestFailed, $"'{name}' is something else in line {other}; both would be mixed up");
        }

        return new WorkspaceEdit(
            new Dictionary<string, IReadOnlyList<TextEdit>> { [d.Uri] = [.. uses.Select(u => new TextEdit(d.Lines.Range(u.Span), name))] });
    }

    /// <summary>The files of data, where they are.</summary>
    public static IReadOnlyList<DocumentLink> Links(Document d)
    {
        IReadOnlyList<string> directories = DataLoader.Directories(d.Path);
        return
        [
            .. from data in d.Analysis.Script.Statements.OfType<DataStatement>()
               from file in data.Settings.SelectMany(s => s.Arguments).Select(a => a.Value).OfType<StringExpr>()
               let path = directories.Select(folder => Path.Combine(folder, file.Value)).FirstOrDefault(File.Exists)
               where path is not null
               select new DocumentLink(d.Lines.Range(file.Span), new Uri(Path.GetFullPath(path)).AbsoluteUri, path),
        ];
    }

    private static IEnumerable<NameUse> Uses(Document d, int offset) => d.Analysis.Names.At(offset) is { } use ? d.Analysis.Names.Of(use.Symbol) : [];

    private static NameUse Renamed(Document d, int offset)
    {
        NameUse use = d.Analysis.Names.At(offset) ?? throw new RpcException(RpcException.RequestFailed, "there is no name here");
        if (use.Symbol.Name == "lr" && IsOptimizers(d, use.Symbol))
            throw new RpcException(RpcException.RequestFailed,
                "'lr' is the learning rate, which schedules change; by another name it would be a number like others");
        return use.Symbol.Definition is not null ? use : throw new RpcException(RpcException.RequestFailed, use.Symbol.Kind == SymbolKind.Column
            ? $"'{use.Symbol.Name}' is named by the file of the data"
            : $"'{use.Symbol.Name}' belongs to the language; what a script defines can be renamed");
    }

    private static bool IsOptimizers(Document d, Symbol s) =>
        s.Kind == SymbolKind.Parameter && d.Analysis.Script.Statements.Any(o => o is DefinitionStatement { Kind: "optimizer" } && o.Name.Name == s.Within);

    private static bool IsName(string name)
    {
        var source = new SourceText("", name);
        var diagnostics = new Diagnostics(source);
        return Lexer.Tokenize(source, diagnostics) is [{ Kind: TokenKind.Name } word] && word.Text == name && !ScriptParser.Statements.Contains(name)
            && name is not ("it" or "true" or "false" or "param" or "state") && !ScriptParser.IsReserved(name);
    }

    // The line of a name that would stand for something else; null where each stands for what it did.
    private static int? Changed(Document d, NameUse[] renamed, string name)
    {
        var text = new System.Text.StringBuilder(d.Text);
        foreach (NameUse u in renamed.Reverse()) text.Remove(u.Span.Start, u.Span.Length).Insert(u.Span.Start, name);
        var source = new SourceText(d.Uri, text.ToString());
        var names = ScriptNames.Of(ScriptParser.Parse(source, new Diagnostics(source)));
        int Moved(int start) => start + renamed.Count(u => u.Span.Start < start) * (name.Length - renamed[0].Span.Length);
        var now = names.Uses.GroupBy(u => u.Span.Start).ToDictionary(g => g.Key, g => g.First());
        foreach (NameUse u in d.Analysis.Names.Uses)
        {
            int? defined = u.Symbol.Definition is { } at ? Moved(at.Start) : null;
            if (!now.Remove(Moved(u.Span.Start), out NameUse? same) || same.Symbol.Kind != u.Symbol.Kind || same.Symbol.Definition?.Start != defined)
                return d.Lines.Position(u.Span.Start).Line + 1;
        }

        // A name that meant nothing before would mean something.
        return now.Count == 0 ? null : source.Position(now.Keys.Min()).Line;
    }

    // A file that an editor can open; written anew if it is not there, or not this one.
    private static string? PreludeFile()
    {
        string path = Path.Combine(DiskCache.Default.Folder, $"prelude-{DiskCache.Key(PreludeScript.Text)[..12]}.nn");
        try
        {
            if (!File.Exists(path))
            {
                Directory.CreateDirectory(DiskCache.Default.Folder);
                AtomicFile.Write(path, s => s.Write(System.Text.Encoding.UTF8.GetBytes(PreludeScript.Text)));
                File.SetAttributes(path, FileAttributes.ReadOnly);
            }

            return path;
        }
        catch (Exception e) when (e is NnException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
