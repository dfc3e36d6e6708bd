namespace Pidgin;

/// <summary>What a parser came to: a value or an error.</summary>
public class Result<TToken, T>
{
    private readonly T _value = default!;

    internal Result(T value) => (Success, _value) = (true, value);

    internal Result(ParseError<TToken> error) => Error = error;

    /// <summary>Whether there is a value.</summary>
    public bool Success { get; }

    /// <summary>The value of a successful parse.</summary>
    public T Value => Success ? _value : throw new InvalidOperationException("Can't get the value of an unsuccessful result");

    /// <summary>The error of a failed parse.</summary>
    public ParseError<TToken>? Error { get; }
}

/// <summary>Where and why a parse failed.</summary>
public class ParseError<TToken>
{
    internal ParseError(bool eof, Maybe<TToken> unexpected, IEnumerable<Expected<TToken>> expected, int errorOffset) =>
        (EOF, Unexpected, Expected, ErrorOffset) = (eof, unexpected, expected, errorOffset);

    /// <summary>Whether the input ended too early.</summary>
    public bool EOF { get; }

    /// <summary>The token that did not fit.</summary>
    public Maybe<TToken> Unexpected { get; }

    /// <summary>What would have fitted.</summary>
    public IEnumerable<Expected<TToken>> Expected { get; }

    /// <summary>Index of the token that did not fit.</summary>
    public int ErrorOffset { get; }
}

/// <summary>Something that would have fitted.</summary>
public readonly struct Expected<TToken>
{
    internal Expected(string label) => Label = label;

    /// <summary>Its name.</summary>
    public string? Label { get; }
}

/// <summary>The type with one value.</summary>
public sealed class Unit
{
    private Unit()
    {
    }

    /// <summary>The value.</summary>
    public static Unit Value { get; } = new();
}

/// <summary>A value that may be missing.</summary>
public readonly struct Maybe<T>
{
    private readonly T _value;

    /// <summary>A value that is there.</summary>
    public Maybe(T value) => (HasValue, _value) = (true, value);

    /// <summary>Whether it is there.</summary>
    public bool HasValue { get; }

    /// <summary>The value, if it is there.</summary>
    public T Value => HasValue ? _value : throw new InvalidOperationException("The Maybe<T> object must have a value");

    /// <summary>The value or the type's default.</summary>
    public T? GetValueOrDefault() => HasValue ? _value : default;
}

/// <summary>Makes <see cref="Maybe{T}"/>s.</summary>
public static class Maybe
{
    /// <summary>A value that is there.</summary>
    public static Maybe<T> Just<T>(T value) => new(value);

    /// <summary>A missing value.</summary>
    public static Maybe<T> Nothing<T>() => default;
}
