using Nn.Dsl;

namespace Nn.Repl;

/// <summary>What a piece of a script is.</summary>
internal enum ScriptPart
{
    /// <summary>Spaces, symbols, names that the script defines.</summary>
    Plain,

    /// <summary>A word that begins a statement.</summary>
    Statement,

    /// <summary>A layer, function or other name of the language.</summary>
    Known,

    /// <summary>A number or shape.</summary>
    Number,

    /// <summary>Text in quotes.</summary>
    Text,

    /// <summary>A comment.</summary>
    Comment,

    /// <summary>What means nothing.</summary>
    Wrong,
}

/// <summary>Colours scripts and commands.</summary>
internal static class Highlighter
{
    private const string Reset = $"{Ansi.Csi}0m", Keyword = $"{Ansi.Csi}1;34m", Wrong = $"{Ansi.Csi}31m";

    /// <summary>The text with colours of a terminal put in; its characters stay the same.</summary>
    public static string Colour(string text) =>
        text.TrimStart().StartsWith(':') ? Command(text) : string.Concat(Parts(text).Select(p => ColourOf(p.Part) is { } colour ? $"{colour}{p.Text}{Reset}" : p.Text));

    /// <summary>The pieces of a script; together they are the whole text.</summary>
    public static IEnumerable<(string Text, ScriptPart Part)> Parts(string text)
    {
        var source = new SourceText("", text);
        int at = 0;
        foreach (Token t in Lexer.Tokenize(source, new Diagnostics(source)))
        {
            if (t.Kind == TokenKind.Separator) continue;
            foreach ((string, ScriptPart) part in Between(text[at..t.Span.Start])) yield return part;
            yield return (text.Substring(t.Span.Start, t.Span.Length), PartOf(t));
            at = t.Span.End;
        }

        foreach ((string, ScriptPart) part in Between(text[at..])) yield return part;
    }

    private static ScriptPart PartOf(Token t) => t.Kind switch
    {
        TokenKind.Number or TokenKind.Shape => ScriptPart.Number,
        TokenKind.String => ScriptPart.Text,
        TokenKind.Unknown => ScriptPart.Wrong,
        TokenKind.Name when ScriptParser.Statements.Contains(t.Text) => ScriptPart.Statement,
        TokenKind.Name when LanguageReference.Entries.ContainsKey(t.Text) => ScriptPart.Known,
        _ => ScriptPart.Plain,
    };

    private static string? ColourOf(ScriptPart part) => part switch
    {
        ScriptPart.Statement => Keyword,
        ScriptPart.Known => $"{Ansi.Csi}36m",
        ScriptPart.Number => $"{Ansi.Csi}33m",
        ScriptPart.Text => $"{Ansi.Csi}32m",
        ScriptPart.Comment => $"{Ansi.Csi}90m",
        ScriptPart.Wrong => Wrong,
        _ => null,
    };

    // Between tokens there are spaces and comments.
    private static IEnumerable<(string Text, ScriptPart Part)> Between(string text)
    {
        int at = 0;
        while (text.IndexOf('#', at) is var hash and >= 0)
        {
            int end = text.IndexOf('\n', hash);
            if (end < 0) end = text.Length;
            if (hash > at) yield return (text[at..hash], ScriptPart.Plain);
            yield return (text[hash..end], ScriptPart.Comment);
            at = end;
        }

        if (at < text.Length) yield return (text[at..], ScriptPart.Plain);
    }

    private static string Command(string text)
    {
        int colon = text.IndexOf(':'), end = text.IndexOf(' ', colon);
        if (end < 0) end = text.Length;
        string colour = ReplCommands.Find(text[(colon + 1)..end]) is null ? Wrong : Keyword;
        return $"{text[..colon]}{colour}{text[colon..end]}{Reset}{text[end..]}";
    }
}
