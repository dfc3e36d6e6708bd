namespace Nn.Dsl;

/// <summary>
/// Finds decimal commas that make two values where two may stand, so that no mistake tells of them: <c>normal(0,02)</c>, <c>clip norm: 1,25</c>.
/// Two numbers without a blank between are often meant, as in <c>uniform(0,1)</c>; a second that begins with 0, or that follows a value with a name, is not.
/// </summary>
internal static class DecimalCommas
{
    /// <summary>Warns of each.</summary>
    public static void Find(IReadOnlyList<Token> tokens, Diagnostics diagnostics)
    {
        for (int i = 1; i + 1 < tokens.Count; i++)
        {
            (Token whole, Token comma, Token part) = (tokens[i - 1], tokens[i], tokens[i + 1]);
            if (!comma.Is(",") || !IsDigits(whole) || !IsDigits(part) || whole.Span.End != comma.Span.Start || comma.Span.End != part.Span.Start) continue;
            bool padded = part.Text.Length > 1 && part.Text[0] == '0', named = i > 1 && tokens[i - 2].Is(":");
            if (!padded && !named) continue;
            diagnostics.Warn(BindError.DecimalComma(new TextSpan(whole.Span.Start, part.Span.End - whole.Span.Start), whole.Text, part.Text));
        }
    }

    private static bool IsDigits(Token t) => t.Kind == TokenKind.Number && t.Text.All(char.IsAsciiDigit);
}
