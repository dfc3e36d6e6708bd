using System.Globalization;
using System.Text;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>The characters (Unicode code points) that a model knows, numbered from 0 in the order of their code points.</summary>
public sealed class Vocabulary
{
    private readonly int[] _symbols;
    private readonly Dictionary<int, int> _numbers = [];

    private Vocabulary(int[] symbols)
    {
        _symbols = symbols;
        for (int i = 0; i < symbols.Length; i++) _numbers.Add(symbols[i], i);
        Names = [.. symbols.Select(Name)];
    }

    /// <summary>Number of different characters.</summary>
    public int Size => _symbols.Length;

    /// <summary>The characters as they are shown: those without a picture as <c>\n</c> or <c>\u0007</c>, a space as <c>␣</c>.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>All characters in their order, one after the other; what <see cref="Parse"/> reads.</summary>
    public string Text => string.Concat(_symbols.Select(char.ConvertFromUtf32));

    /// <summary>The different characters of a text.</summary>
    public static Vocabulary Of(ReadOnlySpan<int> text)
    {
        var seen = new HashSet<int>();
        foreach (int c in text) seen.Add(c);
        return new Vocabulary([.. seen.Order()]);
    }

    /// <summary>The vocabulary whose <see cref="Text"/> this is.</summary>
    /// <exception cref="FormatException">It is empty, not in order, or not made of whole characters.</exception>
    public static Vocabulary Parse(string text)
    {
        var symbols = new List<int>();
        foreach (Rune r in text.EnumerateRunes())
        {
            if (symbols.Count > 0 && r.Value <= symbols[^1]) throw new FormatException("the characters are not in order");
            symbols.Add(r.Value);
        }

        var vocabulary = new Vocabulary([.. symbols]);
        return symbols.Count > 0 && vocabulary.Text == text ? vocabulary : throw new FormatException("it is empty, or has half a character");
    }

    /// <summary>Samples of text in these characters, in windows of so many: the characters, and the one after each.</summary>
    public Schema Schema(int context) => new(new FieldForm(new Shape(context), DType.I32) { Symbols = Size }, FieldForm.Classes(Names, new Shape(context)));

    /// <summary>Whether a code point has a number.</summary>
    public bool Contains(int symbol) => _numbers.ContainsKey(symbol);

    /// <summary>The numbers of the characters of a text.</summary>
    /// <exception cref="KeyNotFoundException">A character has none.</exception>
    public int[] Numbers(ReadOnlySpan<int> text)
    {
        var numbers = new int[text.Length];
        for (int i = 0; i < text.Length; i++) numbers[i] = _numbers[text[i]];
        return numbers;
    }

    /// <summary>The numbers of the characters that a text is to go on from; without a prompt that of a new line.</summary>
    /// <exception cref="NnException">The prompt has characters that are not in the vocabulary.</exception>
    public int[] Beginning(string? prompt)
    {
        int[] symbols = [.. (prompt is { Length: > 0 } ? prompt : "\n").EnumerateRunes().Select(r => r.Value)];
        int[] unknown = [.. symbols.Where(s => !Contains(s)).Distinct()];
        if (unknown.Length == 0) return Numbers(symbols);
        throw new NnException(ExitCode.Usage, prompt is not { Length: > 0 }
            ? "the model knows no new line to begin with; give the beginning of the text"
            : $"the model does not know {string.Join(", ", unknown.Select(Name))}; it knows {string.Concat(Names)}");
    }

    /// <summary>The character of a number.</summary>
    public string Symbol(int number) => char.ConvertFromUtf32(_symbols[number]);

    /// <summary>A code point as it is shown.</summary>
    public static string Name(int symbol) => symbol switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\\' => "\\\\",
        ' ' => "␣",
        _ when Rune.GetUnicodeCategory(new Rune(symbol)) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => $"\\u{symbol:x4}",
        _ => char.ConvertFromUtf32(symbol),
    };
}
