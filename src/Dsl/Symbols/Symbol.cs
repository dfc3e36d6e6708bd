namespace Nn.Dsl;

/// <summary>What a name stands for.</summary>
public enum SymbolKind
{
    /// <summary>A word that begins a statement, or joins its parts.</summary>
    Keyword,

    /// <summary>A <c>let</c>.</summary>
    Let,

    /// <summary>A <c>fn</c>, of the script or of the language.</summary>
    Function,

    /// <summary>A layer, of the script or of the language.</summary>
    Layer,

    /// <summary>A <c>block</c>.</summary>
    Block,

    /// <summary>A <c>model</c>.</summary>
    Model,

    /// <summary>A <c>data</c> block.</summary>
    Data,

    /// <summary>An <c>optimizer</c>, of the script or of the language.</summary>
    Optimizer,

    /// <summary>A parameter of a definition.</summary>
    Parameter,

    /// <summary>A value that a line of a formula or of a model makes, or that a formula is given: <c>x</c>, <c>it</c>, <c>w</c>.</summary>
    Local,

    /// <summary>A setting: <c>epochs</c>, <c>split</c>.</summary>
    Setting,

    /// <summary>The name of an option of something of the language.</summary>
    Option,

    /// <summary>A word that an option or setting may be: <c>same</c>, <c>moons</c>, <c>cosine</c>, <c>accuracy</c>.</summary>
    Word,

    /// <summary>A column of a table, or an array of a file.</summary>
    Column,

    /// <summary>What the data say: <c>classes</c>, <c>features</c>; sizes of values.</summary>
    Size,
}

/// <summary>Something that has a name.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">As written.</param>
/// <param name="Within">What it belongs to: the layer of an option, the setting of a word, the definition of a parameter; else empty.</param>
/// <param name="Definition">Where the script defines it; null: the language does.</param>
/// <param name="Syntax">What defines it, where that is a statement, parameter or line.</param>
public sealed record Symbol(SymbolKind Kind, string Name, string Within, TextSpan? Definition = null, Syntax? Syntax = null)
{
    /// <summary>The word that is 1 while training and 0 elsewhere, where a script gives that name to nothing else.</summary>
    internal static Symbol Training { get; } = new(SymbolKind.Keyword, "training", "");

    /// <summary>The ratio of a circle's circumference to its diameter, where a script gives that name to nothing else.</summary>
    internal static Symbol Pi { get; } = new(SymbolKind.Keyword, "pi", "");

    /// <summary>What a word that stands for a number is; null of others.</summary>
    internal double? Number => Kind != SymbolKind.Keyword ? null : Name switch { "true" => 1, "false" => 0, "pi" => Math.PI, _ => null };

    /// <summary>Whether it is <c>it</c>, the value before a line.</summary>
    internal bool IsFlowing => this is { Kind: SymbolKind.Local, Name: "it", Definition: null };

    /// <summary>Whether what it stands for differs from one use of its definition to the next.</summary>
    internal bool IsLocal => Kind is SymbolKind.Local or SymbolKind.Parameter or SymbolKind.Column;
}

/// <summary>A place where a name stands.</summary>
/// <param name="Span">The name.</param>
/// <param name="Symbol">What it stands for.</param>
/// <param name="Defines">Whether it is defined here.</param>
public sealed record NameUse(TextSpan Span, Symbol Symbol, bool Defines);
