namespace Nn.Dsl;

/// <summary>A line with the bodies in braces that follow it, before the line itself is parsed.</summary>
internal sealed record RawLine(Token[] Tokens, IReadOnlyList<IReadOnlyList<RawLine>> Blocks, TextSpan Span);

/// <summary>
/// Finds lines and bodies: a line ends at its end or a semicolon, but goes on inside brackets and after an operator or comma. A mistake in one
/// line so leaves the others alone.
/// </summary>
internal sealed class LineReader(IReadOnlyList<Token> tokens, Diagnostics diagnostics)
{
    private const int MaxNesting = 256;

    // Trees of expressions are as deep as they have operators.
    private const int MaxOperators = 500;

    private int _at;
    private bool _tooDeep;

    /// <summary>All lines of the script.</summary>
    public IReadOnlyList<RawLine> Read() => Body(null, 0);

    private IReadOnlyList<RawLine> Body(Token? open, int depth)
    {
        var lines = new List<RawLine>();
        while (true)
        {
            while (_at < tokens.Count && tokens[_at].Kind == TokenKind.Separator) _at++;
            if (_at == tokens.Count)
            {
                if (open is not null && !_tooDeep) diagnostics.UnclosedBrace(open.Span);
                return lines;
            }

            if (tokens[_at].Is("}"))
            {
                Token close = tokens[_at++];
                if (open is not null) return lines;
                if (!_tooDeep) diagnostics.StrayBrace(close.Span);
                continue;
            }

            lines.Add(Line(depth));
        }
    }

    // A line that breaks off must not swallow the statement after it: two names in a row stand in no expression.
    private bool StatementFollows(int depth)
    {
        int next = _at;
        while (next < tokens.Count && tokens[next].Kind == TokenKind.Separator) next++;
        return depth == 0 && next + 1 < tokens.Count && tokens[next].Kind == TokenKind.Name && !Grammar.IsReserved(tokens[next].Text)
            && (ScriptParser.Statements.Contains(tokens[next].Text) || tokens[next + 1].Kind == TokenKind.Name && !Grammar.IsReserved(tokens[next + 1].Text));
    }

    private static bool IsOperator(Token t, List<Token> line) =>
        t.IsWord("if") || t.Kind == TokenKind.Symbol && t.Text is not ("," or ":" or ")" or "]")
        && !(t.Is("-") && line.Count > 0 && (line[^1].Is(",") || line[^1].Is("[") || line[^1].Is("(")));

    private RawLine Line(int depth)
    {
        var line = new List<Token>();
        var blocks = new List<IReadOnlyList<RawLine>>();
        int start = _at, brackets = 0, operators = 0;
        while (_at < tokens.Count)
        {
            Token t = tokens[_at];
            if (t.Is("{") || t.Is("}")) break;
            if (t.Kind == TokenKind.Separator)
            {
                bool open = brackets > 0 || line.Count > 0 && line[^1].Kind == TokenKind.Symbol && line[^1].Text is not (")" or "]" or "..");
                bool goesOn = t.Text == "\n" && line.Count > 0 && open && !StatementFollows(depth);
                if (!goesOn) break;
                _at++;
                continue;
            }

            if (t.Is("(") || t.Is("[")) brackets++;
            if (t.Is(")") || t.Is("]")) brackets--;
            if (brackets > MaxNesting && !_tooDeep)
            {
                _tooDeep = true;
                diagnostics.NestedTooDeeply(t.Span, MaxNesting);
            }

            if (IsOperator(t, line) && ++operators == MaxOperators) diagnostics.TooManyOperators(t.Span, MaxOperators);
            line.Add(t);
            _at++;
        }

        while (_at < tokens.Count && tokens[_at].Is("{"))
        {
            Token open = tokens[_at++];
            if (depth >= MaxNesting)
            {
                if (!_tooDeep) diagnostics.NestedTooDeeply(open.Span, MaxNesting);
                _tooDeep = true;
                _at = tokens.Count;
                break;
            }

            blocks.Add(Body(open, depth + 1));
        }

        // Brackets deeper than anybody reads would exhaust the stack of the expression parser.
        Token last = tokens[Math.Max(start, Math.Min(_at, tokens.Count) - 1)];
        Token[] content = _tooDeep || operators >= MaxOperators ? [.. line.Take(1), new Token(TokenKind.Unknown, "…", last.Span)] : [.. line];
        return new RawLine(content, blocks, TextSpan.Between(tokens[start].Span, last.Span));
    }
}
