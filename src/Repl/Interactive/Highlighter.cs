using System.Text;
using Nn.Dsl;

namespace Nn.Repl;

/// <summary>Colours scripts and commands for terminals.</summary>
internal static class Highlighter
{
    private const string Reset = "\x1b[0m", Keyword = "\x1b[1;34m", Known = "\x1b[36m", Number = "\x1b[33m", Text = "\x1b[32m", Comment = "\x1b[90m", Wrong = "\x1b[31m";

    /// <summary>The text with colours put in; its characters stay the same.</summary>
    public static string Colour(string text)
    {
        if (text.TrimStart().StartsWith(':')) return Command(text);
        var source = new SourceText("", text);
        var s = new StringBuilder();
        int at = 0;
        foreach (Token t in Lexer.Tokenize(source, new Diagnostics(source)))
        {
            if (t.Kind == TokenKind.Separator) continue;
            Between(s, text[at..t.Span.Start]);
            string own = text.Substring(t.Span.Start, t.Span.Length);
            s.Append(ColourOf(t) is { } colour ? $"{colour}{own}{Reset}" : own);
            at = t.Span.End;
        }

        Between(s, text[at..]);
        return s.ToString();
    }

    private static string? ColourOf(Token t) => t.Kind switch
    {
        TokenKind.Number or TokenKind.Shape => Number,
        TokenKind.String => Text,
        TokenKind.Unknown => Wrong,
        TokenKind.Name when ScriptParser.Statements.Contains(t.Text) => Keyword,
        TokenKind.Name when LanguageReference.Entries.ContainsKey(t.Text) => Known,
        _ => null,
    };

    // Between tokens there are spaces and comments.
    private static void Between(StringBuilder s, string text)
    {
        int at = 0;
        while (text.IndexOf('#', at) is var hash and >= 0)
        {
            int end = text.IndexOf('\n', hash);
            if (end < 0) end = text.Length;
            s.Append(text, at, hash - at).Append(Comment).Append(text, hash, end - hash).Append(Reset);
            at = end;
        }

        s.Append(text, at, text.Length - at);
    }

    private static string Command(string text)
    {
        int colon = text.IndexOf(':'), end = text.IndexOf(' ', colon);
        if (end < 0) end = text.Length;
        string colour = ReplCommands.Find(text[(colon + 1)..end]) is null ? Wrong : Keyword;
        return $"{text[..colon]}{colour}{text[colon..end]}{Reset}{text[end..]}";
    }
}
