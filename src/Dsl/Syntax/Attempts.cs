using Pidgin;

namespace Nn.Dsl;

/// <summary>
/// What the grammar looked for, and did not find, at the furthest token that it looked at in a line: messages are made of it. The parser library's own error
/// holds what the parser that failed wanted, and forgets what optional parts before it would have taken: that a comma was possible where a line ends too early.
/// </summary>
internal sealed class Attempts
{
    // Parsers are made once and for all threads; a line is parsed by one.
    [ThreadStatic]
    private static Attempts? s_current;

    private readonly List<string> _labels = [];
    private Token? _furthest;

    /// <summary>The furthest token that did not fit; that which closes the line where something is missing at its end.</summary>
    public Token? Furthest => _furthest;

    /// <summary>What would have fitted there, in the order in which the grammar looked for it, each once.</summary>
    public IReadOnlyList<string> Labels => _labels;

    /// <summary>A parser of one token, whose refusals are recorded; without a label the place is recorded alone.</summary>
    public static Parser<Token, Token> Terminal(string? label, Func<Token, bool> fits) => Parser<Token>.Token(token =>
    {
        if (fits(token)) return true;
        s_current?.Refuse(token, label);
        return false;
    });

    /// <summary>Applies a parser to the tokens of a line, and says what it looked for.</summary>
    public static Result<Token, T> Parse<T>(Parser<Token, T> parser, Token[] tokens, out Attempts attempts)
    {
        s_current = attempts = new Attempts();
        try
        {
            return parser.Parse(tokens);
        }
        finally
        {
            s_current = null;
        }
    }

    private void Refuse(Token token, string? label)
    {
        if (_furthest is null || token.Span.Start > _furthest.Span.Start)
        {
            _furthest = token;
            _labels.Clear();
        }

        if (token.Span.Start == _furthest.Span.Start && label is not null && !_labels.Contains(label)) _labels.Add(label);
    }
}
