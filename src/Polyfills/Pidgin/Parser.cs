namespace Pidgin;

/// <summary>A parser that consumes <typeparamref name="TToken"/>s and returns a <typeparamref name="T"/>.</summary>
public abstract class Parser<TToken, T>
{
    internal abstract bool TryParse(ParseState<TToken> state, out T result);

    /// <summary>Applies a function to the result.</summary>
    public Parser<TToken, TResult> Select<TResult>(Func<T, TResult> selector) =>
        new DelegateParser<TToken, TResult>((ParseState<TToken> s, out TResult r) =>
        {
            bool ok = TryParse(s, out T value);
            r = ok ? selector(value) : default!;
            return ok;
        });

    /// <summary>This parser, then another whose result counts.</summary>
    public Parser<TToken, TResult> Then<TResult>(Parser<TToken, TResult> parser) => Then(parser, (_, r) => r);

    /// <summary>This parser, then another; both results are combined.</summary>
    public Parser<TToken, TResult> Then<TOther, TResult>(Parser<TToken, TOther> parser, Func<T, TOther, TResult> result) =>
        Parser.Map(result, this, parser);

    /// <summary>This parser, then another whose result is dropped.</summary>
    public Parser<TToken, T> Before<TOther>(Parser<TToken, TOther> parser) => Then(parser, (t, _) => t);

    /// <summary>This parser between two others.</summary>
    public Parser<TToken, T> Between<TBefore, TAfter>(Parser<TToken, TBefore> parser1, Parser<TToken, TAfter> parser2) =>
        Parser.Map((_, t, _) => t, parser1, this, parser2);

    /// <summary>This parser; another where this one fails without consuming input.</summary>
    public Parser<TToken, T> Or(Parser<TToken, T> parser) =>
        new DelegateParser<TToken, T>((ParseState<TToken> s, out T r) =>
        {
            int start = s.Position;
            return TryParse(s, out r) || (s.Position == start && parser.TryParse(s, out r));
        });

    /// <summary>As often as it succeeds, possibly never.</summary>
    public Parser<TToken, IEnumerable<T>> Many() =>
        new DelegateParser<TToken, IEnumerable<T>>((ParseState<TToken> s, out IEnumerable<T> r) =>
        {
            var list = new List<T>();
            r = list;
            while (true)
            {
                int start = s.Position;
                if (!TryParse(s, out T value)) return s.Position == start;
                if (s.Position == start) throw new InvalidOperationException("Many() used with a parser which consumed no input");
                list.Add(value);
            }
        });

    /// <summary>Zero or more, with separators between.</summary>
    public Parser<TToken, IEnumerable<T>> Separated<U>(Parser<TToken, U> separator) =>
        SeparatedAtLeastOnce(separator).Or(Parser<TToken>.Return(Enumerable.Empty<T>()));

    /// <summary>One or more, with separators between.</summary>
    public Parser<TToken, IEnumerable<T>> SeparatedAtLeastOnce<U>(Parser<TToken, U> separator) =>
        Parser.Map((first, rest) => (IEnumerable<T>)[first, .. rest], this, separator.Then(this).Many());

    /// <summary>The result if there is one; fails only after consuming input.</summary>
    public Parser<TToken, Maybe<T>> Optional() => Select(Maybe.Just).Or(Parser<TToken>.Return(Maybe.Nothing<T>()));

    /// <summary>Names what is expected where this parser fails without consuming input.</summary>
    public Parser<TToken, T> Labelled(string label) =>
        new DelegateParser<TToken, T>((ParseState<TToken> s, out T r) =>
        {
            int start = s.Position;
            (int furthest, int expected) = s.MarkExpected();
            if (TryParse(s, out r)) return true;
            if (s.Position == start) s.Relabel(start, furthest, expected, label);
            return false;
        });
}

/// <summary>Parsers that need no other parser.</summary>
public static class Parser<TToken>
{
    /// <summary>Succeeds at the end of the input.</summary>
    public static Parser<TToken, Unit> End { get; } =
        new DelegateParser<TToken, Unit>((ParseState<TToken> s, out Unit r) =>
        {
            r = Unit.Value;
            return s.AtEnd || s.Fail("end of input");
        });

    /// <summary>A token that satisfies a predicate.</summary>
    public static Parser<TToken, TToken> Token(Func<TToken, bool> predicate) =>
        new DelegateParser<TToken, TToken>((ParseState<TToken> s, out TToken r) =>
        {
            r = default!;
            if (s.AtEnd || !predicate(s.Current)) return s.Fail(null);
            r = s.Current;
            s.Position++;
            return true;
        });

    /// <summary>Consumes nothing and returns a value.</summary>
    public static Parser<TToken, T> Return<T>(T value) =>
        new DelegateParser<TToken, T>((ParseState<TToken> _, out T r) =>
        {
            r = value;
            return true;
        });
}

/// <summary>Functions over parsers.</summary>
public static class Parser
{
    /// <summary>Fails without having consumed anything.</summary>
    public static Parser<TToken, T> Try<TToken, T>(Parser<TToken, T> parser) =>
        new DelegateParser<TToken, T>((ParseState<TToken> s, out T r) =>
        {
            int start = s.Position;
            if (parser.TryParse(s, out r)) return true;
            s.Position = start;
            return false;
        });

    /// <summary>The first that succeeds or consumes input.</summary>
    public static Parser<TToken, T> OneOf<TToken, T>(params Parser<TToken, T>[] parsers) => parsers.Aggregate((a, b) => a.Or(b));

    /// <summary>A parser made when it is first needed, for recursive grammars.</summary>
    public static Parser<TToken, T> Rec<TToken, T>(Func<Parser<TToken, T>> parser)
    {
        var lazy = new Lazy<Parser<TToken, T>>(parser);
        return new DelegateParser<TToken, T>((ParseState<TToken> s, out T r) => lazy.Value.TryParse(s, out r));
    }

    /// <summary>Two parsers in sequence.</summary>
    public static Parser<TToken, R> Map<TToken, T1, T2, R>(Func<T1, T2, R> func, Parser<TToken, T1> parser1, Parser<TToken, T2> parser2) =>
        new DelegateParser<TToken, R>((ParseState<TToken> s, out R r) =>
        {
            r = default!;
            if (!parser1.TryParse(s, out T1 a) || !parser2.TryParse(s, out T2 b)) return false;
            r = func(a, b);
            return true;
        });

    /// <summary>Three parsers in sequence.</summary>
    public static Parser<TToken, R> Map<TToken, T1, T2, T3, R>(
        Func<T1, T2, T3, R> func, Parser<TToken, T1> parser1, Parser<TToken, T2> parser2, Parser<TToken, T3> parser3) =>
        Map((ab, c) => func(ab.a, ab.b, c), Map((a, b) => (a, b), parser1, parser2), parser3);
}

/// <summary>Running parsers.</summary>
public static class ParserExtensions
{
    /// <summary>Applies a parser to an array of tokens.</summary>
    public static Result<TToken, T> Parse<TToken, T>(this Parser<TToken, T> parser, TToken[] input)
    {
        var state = new ParseState<TToken>(input);
        return parser.TryParse(state, out T value) ? new Result<TToken, T>(value) : new Result<TToken, T>(state.Error());
    }
}
