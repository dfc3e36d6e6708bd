using System.Globalization;

namespace Nn.Dsl;

/// <summary>Splits a script into tokens. Comments are dropped; the ends of lines are tokens.</summary>
public static class Lexer
{
    private static readonly string[] Symbols =
        ["->", "..", "-=", "+=", "*=", "<=", ">=", "==", "!=", "+", "-", "*", "/", "^", "@", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ":", "."];

    /// <summary>All tokens; what is no token is reported and marked.</summary>
    public static IReadOnlyList<Token> Tokenize(SourceText source, Diagnostics diagnostics)
    {
        string text = source.Text;
        var tokens = new List<Token>();
        int i = 0;
        while (i < text.Length)
        {
            char c = text[i];
            int start = i;
            if (c is ' ' or '\t' or '\r')
            {
                i++;
            }
            else if (c is '\n' or ';')
            {
                tokens.Add(new Token(TokenKind.Separator, c == ';' ? ";" : "\n", new TextSpan(i++, 1)));
            }
            else if (c == '#')
            {
                while (i < text.Length && text[i] != '\n') i++;
            }
            else if (char.IsAsciiLetter(c) || c == '_')
            {
                while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] == '_')) i++;
                tokens.Add(new Token(TokenKind.Name, text[start..i], new TextSpan(start, i - start)));
            }
            else if (char.IsAsciiDigit(c) || (c == '.' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]) && !(i > 0 && text[i - 1] == '.')))
            {
                tokens.Add(Number(source, ref i, diagnostics));
            }
            else if (c is '"' or '\'' or '“' or '‘')
            {
                tokens.Add(String(text, ref i, diagnostics));
            }
            else if (Symbols.FirstOrDefault(s => text.AsSpan(i).StartsWith(s, StringComparison.Ordinal)) is { } symbol)
            {
                i += symbol.Length;
                tokens.Add(new Token(TokenKind.Symbol, symbol, new TextSpan(start, symbol.Length)));
            }
            else
            {
                string character = text.Substring(i, char.IsSurrogatePair(text, i) ? 2 : 1);
                // One message for a row of them.
                while (text.AsSpan(i).StartsWith(character, StringComparison.Ordinal)) i += character.Length;
                tokens.Add(new Token(TokenKind.Unknown, text[start..i], new TextSpan(start, i - start)));
                diagnostics.UnknownCharacter(tokens[^1].Span, character);
            }
        }

        return tokens;
    }

    private static Token String(string text, ref int i, Diagnostics diagnostics)
    {
        int start = i++;
        bool straight = text[start] == '"';
        string ends = straight ? "\"" : "'\"”’";
        int end = text.AsSpan(i).IndexOfAny(ends + "\n");
        end = end < 0 ? text.Length : i + end;
        bool closed = end < text.Length && text[end] != '\n';
        // Brackets at the end of the line were meant to close what is open, not to be text.
        if (!closed) end = i + text.AsSpan(i, end - i).TrimEnd(" \t\r)]};").Length;
        var token = new Token(TokenKind.String, text[i..end], new TextSpan(start, end - start + (closed ? 1 : 0)));
        i = closed ? end + 1 : end;
        if (!closed) diagnostics.UnclosedString(token.Span);
        else if (!straight) diagnostics.WrongQuotes(token.Span, token.Text);
        return token;
    }

    private static Token Number(SourceText source, ref int i, Diagnostics diagnostics)
    {
        string text = source.Text;
        int start = i;
        void Digits(ref int at)
        {
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        }

        Digits(ref i);
        if (i < text.Length && text[i] == 'x' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]))
        {
            while (i + 1 < text.Length && text[i] == 'x' && char.IsAsciiDigit(text[i + 1]))
            {
                i++;
                Digits(ref i);
            }

            return new Token(TokenKind.Shape, text[start..i], new TextSpan(start, i - start));
        }

        // "1..2" is a range, not a fraction.
        if (i + 1 < text.Length && text[i] == '.' && char.IsAsciiDigit(text[i + 1]))
        {
            i++;
            Digits(ref i);
        }

        if (i < text.Length && text[i] is 'e' or 'E')
        {
            int exponent = i + 1;
            if (exponent < text.Length && text[exponent] is '+' or '-') exponent++;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                i = exponent;
                Digits(ref i);
            }
        }

        double value = double.Parse(text.AsSpan(start, i - start), NumberStyles.Float, CultureInfo.InvariantCulture);
        if (i < text.Length && text[i] == '%')
        {
            i++;
            value /= 100;
        }

        var span = new TextSpan(start, i - start);
        if (double.IsInfinity(value)) diagnostics.NumberTooLarge(span, text[start..i]);
        return new Token(TokenKind.Number, text[start..i], span, value);
    }
}
