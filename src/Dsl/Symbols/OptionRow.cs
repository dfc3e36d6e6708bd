namespace Nn.Dsl;

/// <summary>An option of a layer, of a setting, or of another word of the language: a row of its own, from which messages, help and editors take it.</summary>
/// <param name="Name">By which it may be given.</param>
/// <param name="Kind">What it may be.</param>
/// <param name="Default">As it would be written; null: it must be given; empty: it may be left out.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="Words">The words that it may be.</param>
public sealed record OptionRow(string Name, OptionKind Kind, string? Default, string Meaning, params IReadOnlyList<string> Words)
{
    /// <summary>The default as people are told it: empty where it stands for none.</summary>
    public string? Shown { get; init; } = Default;

    /// <summary>
    /// Whether a value without a name may be it: the options of which this is so take such values in their order. Layers have rules of their own.
    /// </summary>
    public bool Positional { get; init; }

    /// <summary>Whether nobody is told its name, which stands in messages alone.</summary>
    public bool Unnamed { get; private init; }

    /// <summary>Whether it takes all values without a name, not only the next.</summary>
    public bool Many { get; init; }

    /// <summary>The value that a line is about, which has no name.</summary>
    /// <param name="name">As messages call it.</param>
    /// <param name="kind">What it may be.</param>
    /// <param name="words">The words that it may be.</param>
    public static OptionRow Bare(string name, OptionKind kind, params IReadOnlyList<string> words) =>
        new(name, kind, null, "", words) { Positional = true, Unnamed = true };

    /// <summary>True or false.</summary>
    /// <param name="name">By which it may be given.</param>
    /// <param name="otherwise">Its default.</param>
    /// <param name="meaning">What it does.</param>
    public static OptionRow Flag(string name, string otherwise, string meaning) => new(name, OptionKind.Word, otherwise, meaning, "true", "false");
}
