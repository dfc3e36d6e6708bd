namespace Pidgin;

internal delegate bool TryParseDelegate<TToken, T>(ParseState<TToken> state, out T result);

internal sealed class DelegateParser<TToken, T>(TryParseDelegate<TToken, T> parse) : Parser<TToken, T>
{
    internal override bool TryParse(ParseState<TToken> state, out T result) => parse(state, out result);
}

/// <summary>The input, the place in it, and what was expected at the furthest failure.</summary>
internal sealed class ParseState<TToken>(TToken[] input)
{
    private readonly List<string> _expected = [];
    private int _furthest = -1;

    public int Position { get; set; }

    public bool AtEnd => Position >= input.Length;

    public TToken Current => input[Position];

    public bool Fail(string? expected)
    {
        if (Position > _furthest)
        {
            _furthest = Position;
            _expected.Clear();
        }

        if (Position == _furthest && expected is not null && !_expected.Contains(expected)) _expected.Add(expected);
        return false;
    }

    public (int Furthest, int Expected) MarkExpected() => (_furthest, _expected.Count);

    /// <summary>Replaces what was expected at <paramref name="start"/> since the mark by one label.</summary>
    public void Relabel(int start, int furthest, int expected, string label)
    {
        if (_furthest != start) return;
        int keep = furthest == start ? expected : 0;
        if (_expected.Count > keep) _expected.RemoveRange(keep, _expected.Count - keep);
        if (!_expected.Contains(label)) _expected.Add(label);
    }

    public ParseError<TToken> Error()
    {
        int at = Math.Max(_furthest, 0);
        bool eof = at >= input.Length;
        return new ParseError<TToken>(eof, eof ? Maybe.Nothing<TToken>() : Maybe.Just(input[at]), [.. _expected.Select(e => new Expected<TToken>(e))], at);
    }
}
