namespace Nn.Dsl;

/// <summary>Kinds of tokens.</summary>
public enum TokenKind
{
    /// <summary>A name or a word of the language.</summary>
    Name,

    /// <summary><c>12</c>, <c>1e-3</c>, <c>50%</c>.</summary>
    Number,

    /// <summary><c>28x28x1</c>.</summary>
    Shape,

    /// <summary><c>"text"</c>.</summary>
    String,

    /// <summary>An operator or bracket.</summary>
    Symbol,

    /// <summary>The end of a line, or a semicolon.</summary>
    Separator,

    /// <summary>Something that is no token, reported already; its line is not parsed.</summary>
    Unknown,
}

/// <summary>A token; <see cref="Text"/> is as written, but without the quotes of strings.</summary>
public sealed record Token(TokenKind Kind, string Text, TextSpan Span, double Value = 0)
{
    /// <summary>Whether it is this symbol.</summary>
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    /// <summary>Whether it is this word.</summary>
    public bool IsWord(string word) => Kind == TokenKind.Name && Text == word;

    /// <summary>As named in messages.</summary>
    public string Describe() => Kind switch
    {
        TokenKind.String => $"\"{Text}\"",
        TokenKind.Separator => "the end of the line",
        _ => $"'{Text}'",
    };
}
