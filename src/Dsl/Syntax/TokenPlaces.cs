namespace Nn.Dsl;

/// <summary>The tokens of a text by the places where they begin, without those that only separate. They are made when the first is asked for.</summary>
/// <param name="source">The text.</param>
internal sealed class TokenPlaces(SourceText source)
{
    private Token[] Tokens => field ??= [.. Lexer.Tokenize(source, new Diagnostics(source)).Where(t => t.Kind != TokenKind.Separator)];

    /// <summary>The token that begins at a place; null where none does.</summary>
    public Token? At(int start) => IndexOf(start) is var i and >= 0 ? Tokens[i] : null;

    /// <summary>The token before the one that begins at a place; null before the first, and where none begins.</summary>
    public Token? Before(int start) => IndexOf(start) is var i and > 0 ? Tokens[i - 1] : null;

    /// <summary>The token after another; null after the last one.</summary>
    public Token? After(Token? token) => token is not null && IndexOf(token.Span.Start) + 1 is var next && next < Tokens.Length ? Tokens[next] : null;

    // Of the token that begins there; -1 where none does.
    private int IndexOf(int start)
    {
        (int low, int high) = (0, Tokens.Length - 1);
        while (low <= high)
        {
            int middle = (low + high) / 2, at = Tokens[middle].Span.Start;
            if (at == start) return middle;
            if (at < start) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }
}
