using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>Semantic tokens: names coloured by what they stand for.</summary>
internal static class SemanticColours
{
    /// <summary>In the order of their numbers.</summary>
    public static string[] TokenTypes { get; } = ["keyword", "variable", "parameter", "function", "class", "property", "enumMember", "number", "string",
        "comment"];

    /// <summary>In the order of their bits.</summary>
    public static string[] TokenModifiers { get; } = ["declaration", "defaultLibrary"];

    /// <summary>All tokens, five numbers each: lines and characters after the one before, length, type, modifiers.</summary>
    public static SemanticTokens Of(Document d)
    {
        var names = d.Analysis.Names.Uses.GroupBy(u => u.Span.Start).ToDictionary(g => g.Key, g => g.First());
        var data = new List<int>();
        var before = new Position(0, 0);
        void Add(TextSpan span, string type, int modifiers = 0)
        {
            Position at = d.Lines.Position(span.Start);
            data.AddRange([at.Line - before.Line, at.Line == before.Line ? at.Character - before.Character : at.Character, span.Length,
                Array.IndexOf(TokenTypes, type), modifiers]);
            before = at;
        }

        int end = 0;
        foreach (Token t in Lexer.Tokenize(d.Source, new Diagnostics(d.Source)).Append(new Token(TokenKind.Separator, "", new TextSpan(d.Text.Length, 0))))
        {
            foreach (TextSpan comment in Comments(d.Text, end, t.Span.Start)) Add(comment, "comment");
            end = t.Span.End;
            if (TypeOf(t, names, out int modifiers) is { } type) Add(t.Span, type, modifiers);
        }

        return new SemanticTokens(data);
    }

    private static string? TypeOf(Token t, Dictionary<int, NameUse> names, out int modifiers)
    {
        modifiers = 0;
        if (t.Kind != TokenKind.Name) return t.Kind switch { TokenKind.Number or TokenKind.Shape => "number", TokenKind.String => "string", _ => null };
        if (ScriptParser.IsReserved(t.Text)) return "keyword";
        if (!names.TryGetValue(t.Span.Start, out NameUse? use)) return null;
        modifiers = (use.Defines ? 1 : 0) | (use.Symbol.Definition is null ? 2 : 0);
        return use.Symbol.Kind switch
        {
            SymbolKind.Keyword => "keyword",
            SymbolKind.Let or SymbolKind.Local or SymbolKind.Size or SymbolKind.Data or SymbolKind.Column => "variable",
            SymbolKind.Parameter => "parameter",
            SymbolKind.Function or SymbolKind.Optimizer => "function",
            SymbolKind.Layer or SymbolKind.Block or SymbolKind.Model => "class",
            SymbolKind.Setting or SymbolKind.Option => "property",
            _ => "enumMember",
        };
    }

    // Between tokens there are spaces and comments.
    private static IEnumerable<TextSpan> Comments(string text, int start, int end)
    {
        for (int hash = text.IndexOf('#', start, end - start); hash >= 0; hash = text.IndexOf('#', start, end - start))
        {
            int stop = text.IndexOf('\n', hash, end - hash);
            start = stop < 0 ? end : stop;
            yield return new TextSpan(hash, text.AsSpan(hash, start - hash).TrimEnd('\r').Length);
        }
    }
}
