using Nn.Dsl;

namespace Nn.Repl.Terminal;

/// <summary>Colours scripts.</summary>
internal static class ScriptColours
{
    /// <summary>Ends a colour.</summary>
    public const string Reset = $"{Ansi.Csi}0m";

    /// <summary>The colour of words that begin something.</summary>
    public const string Keyword = $"{Ansi.Csi}1;34m";

    /// <summary>The colour of what means nothing.</summary>
    public const string Wrong = $"{Ansi.Csi}31m";

    /// <summary>The text with colours of a terminal put in; its characters stay the same.</summary>
    public static string Colour(string text) =>
        string.Concat(Parts(text).Select(p => ColourOf(p.Part) is { } colour ? $"{colour}{p.Text}{Reset}" : p.Text));

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
}
