using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// What the stored bytes of a field mean; nothing else knows it. Stored as f32 they are numbers; as u8 pixels, whose 0 to 255 are the numbers 0 to 1; as i32
/// symbols, which are told apart but not calculated with, so that they are never scaled. It turns what people give into stored bytes, and stored bytes into
/// what a model takes, on the host and in a graph by the same arithmetic.
/// </summary>
/// <param name="Shape">Of one sample.</param>
/// <param name="Stored">The type of a stored element.</param>
public sealed record FieldForm(Shape Shape, DType Stored)
{
    /// <summary>The stored byte of a pixel that is the number 1.</summary>
    public const int White = byte.MaxValue;

    // Devices multiply, too: the quotient is another number now and then.
    private const float Pixel = (float)(1.0 / White);

    /// <summary>Of a field that is not there: no elements.</summary>
    public static FieldForm None { get; } = new(new Shape(0), DType.F32);

    /// <summary>How numbers are scaled for the model; null where they are used as they are, as symbols always are.</summary>
    public Scaling? Scaling { get; init; }

    /// <summary>Names of the features along the last axis, or of the classes that symbols are, where they have names.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>What stands in a gap of a table, a number a feature: the mean over what was trained on, 0 for a word; else empty.</summary>
    public IReadOnlyList<float> Means { get; init; } = [];

    /// <summary>How many different symbols or classes there are, where elements are such and that is known.</summary>
    public int? Symbols { get; init; }

    /// <summary>Of sounds, how many values a second has; null where a sample is no sound.</summary>
    public int? Rate { get; init; }
    /// <summary>Of the symbols of a text, what they are; null where they are none.</summary>
    public TextUnit? Unit { get; init; }

    /// <summary>Whether numbers are rows of 0 and 1 of which not all have exactly one 1: each is a label of its own, that may be right beside others.</summary>
    public bool SeveralLabels { get; init; }

    /// <summary>
    /// Whether samples may have no label, which is stored as <see cref="NoLabel"/>: of classes alone. Such samples are there for training only.
    /// </summary>
    public bool Unlabelled { get; init; }

    /// <summary>The stored class of a sample without a label.</summary>
    public const int NoLabel = Padding;

    /// <summary>The usual name of the length of sequences.</summary>
    public const string LengthName = "length";

    /// <summary>The first axis of sequences that differ in length.</summary>
    /// <param name="longest">Places of the longest one.</param>
    /// <param name="name">Fields whose sequences go together, such as words and their tags, have one name for their length.</param>
    public static Dim UpTo(int longest, string name = LengthName) => Dim.Named(name).Bound(_ => longest);

    /// <summary>One of some classes, or one for each place.</summary>
    /// <param name="names">Of the classes, in the order of their numbers.</param>
    /// <param name="shape">Of the places of a sample; none: a class a sample.</param>
    public static FieldForm Classes(IReadOnlyList<string> names, Shape? shape = null) =>
        new(shape ?? Shape.Scalar, DType.I32) { Symbols = names.Count, Names = names };

    /// <summary>One of so many classes that have numbers for names, or one for each place; of very many the names are left out.</summary>
    public static FieldForm Numbered(int classes, Shape? shape = null)
    {
        const int Most = 1000;
        string[] names = classes <= Most ? [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))] : [];
        return Classes(names, shape) with { Symbols = classes };
    }

    /// <summary>What a model takes: i32 for symbols, else f32.</summary>
    public DType Type => IsSymbols ? DType.I32 : DType.F32;

    /// <summary>Whether elements are symbols.</summary>
    public bool IsSymbols => Stored == DType.I32;

    /// <summary>Whether elements are numbers that are stored as they are.</summary>
    public bool IsNumbers => Stored == DType.F32;

    /// <summary>Whether a sample is an image that people can look at: grey, or red, green and blue.</summary>
    public bool IsPicture => Shape.Rank == 3 && Shape[2].Extent is 1 or 3;

    /// <summary>
    /// The name of the length of its sequences, where they differ in length; null where every sample is as large as the others. Then <see cref="Shape"/>
    /// begins with the longest length, and
    /// shorter sequences are stored with padding at their end: −1 among symbols, NaN among numbers.
    /// </summary>
    public string? Length => Shape.HasLength ? Shape[0].Names.First() : null;

    /// <summary>The stored symbol of padding.</summary>
    public const int Padding = -1;

    /// <summary>Elements of a sample.</summary>
    public int Width => checked((int)Shape.Count);

    /// <summary>Bytes of a stored sample.</summary>
    public int Bytes => checked(Width * Stored.Size());

    /// <summary>Whether elements are stored alike, and scaled by as many numbers: whatever is compiled for one form serves the other.</summary>
    public bool IsStoredAs(FieldForm other) =>
        Shape == other.Shape && Stored == other.Stored && SeveralLabels == other.SeveralLabels
        && Unlabelled == other.Unlabelled && Rate == other.Rate && Scaling?.Shape == other.Scaling?.Shape;

    /// <summary>As messages name it: numbers of 3, an image of 28x28x1, one of 10 classes.</summary>
    public string Describe() => (IsSymbols, Shape.Rank) switch
    {
        (true, 0) => Symbols is { } n ? $"one of {Plural.Of(n, "class")}" : "a class",
        (true, _) => Symbols is { } n ? $"{Shape} of {Plural.Of(n, "symbol")}" : $"{Shape} symbols",
        (_, 3) => $"an image of {Shape}",
        (_, 2) when Rate is { } rate => $"a sound of {SoundForm.Describe(Shape[0], rate)}",
        (_, _) when Shape.Count == 1 => "a number",
        _ => $"{Shape} numbers",
    };

    /// <summary>Some of stored samples.</summary>
    public ReadOnlySpan<byte> Samples(ReadOnlySpan<byte> stored, int first, int count) => stored.Slice(checked(first * Bytes), checked(count * Bytes));

    /// <summary>1 for samples that have a label and 0 for those without, f32 [batch, 1], of the classes of samples [batch].</summary>
    public Node Labelled(GraphBuilder g, Node classes)
    {
        var each = new Shape(classes.Shape[0], (Dim)1);
        return Unlabelled ? g.Cast(g.LessEqual(g.Constant(0, DType.I32), g.Reshape(classes, each)), DType.F32) : g.BroadcastTo(g.Constant(1), each);
    }

    /// <summary>How many places of each stored sequence are no padding, f32 [batch].</summary>
    public Node Lengths(GraphBuilder g, Node stored)
    {
        // Of several numbers a place the first one tells.
        Node first = stored.Shape.Rank == 2 ? stored : g.Slice(g.Reshape(stored, stored.Shape.Range(0, 2).Concat(new Shape(Width / Shape[0]))), 2, 0, 1);
        Node there = IsSymbols ? g.LessEqual(g.Constant(0, DType.I32), first) : g.Equal(first, first);
        return g.Reshape(g.Sum(g.Reshape(there, stored.Shape.Range(0, 2)), new Shape(1)), stored.Shape.Range(0, 1));
    }

    /// <summary>How many places of each stored sequence are no padding; of fields without a length all places of the first axis.</summary>
    public int[] Lengths(ReadOnlySpan<byte> stored)
    {
        var lengths = new int[stored.Length / Bytes];
        int places = Shape.Rank == 0 ? 1 : Shape[0], size = Bytes / places;
        for (int s = 0; s < lengths.Length; s++)
        {
            ReadOnlySpan<byte> sample = stored.Slice(s * Bytes, Bytes);
            lengths[s] = places;
            while (Length is not null && lengths[s] > 0 && IsPadding(sample[((lengths[s] - 1) * size)..])) lengths[s]--;
        }

        return lengths;
    }

    /// <summary>Of values with as many for each place as for any other, those of places that are no padding in samples of this form.</summary>
    /// <param name="values">Sample after sample, place after place.</param>
    /// <param name="stored">The samples.</param>
    public T[] WithoutPadding<T>(T[] values, ReadOnlySpan<byte> stored)
    {
        if (Length is null) return values;
        int[] lengths = Lengths(stored);
        int places = Shape[0], each = values.Length / (lengths.Length * places);
        var kept = new List<T>(values.Length);
        for (int s = 0; s < lengths.Length; s++) kept.AddRange(values.AsSpan(s * places * each, lengths[s] * each));
        return [.. kept];
    }

    private bool IsPadding(ReadOnlySpan<byte> place) => IsSymbols ? MemoryMarshal.Read<int>(place) == Padding : float.IsNaN(MemoryMarshal.Read<float>(place));

    /// <summary>What a model takes, as a node.</summary>
    /// <param name="g">Where it is made.</param>
    /// <param name="stored">Elements as stored.</param>
    /// <param name="scaling">The nodes of the numbers of <see cref="Scaling"/>, where inputs are scaled.</param>
    public Node Node(GraphBuilder g, Node stored, (Node Scale, Node Shift)? scaling) =>
        IsSymbols ? stored : Scaled(g, Length is null ? Numbers(g, stored) : g.Select(g.Equal(stored, stored), stored, g.Constant(0)), scaling);

    /// <summary>The numbers that stored elements are before they are scaled, as a node.</summary>
    public Node Numbers(GraphBuilder g, Node stored)
    {
        Node x = g.Cast(stored, DType.F32);
        return Stored == DType.U8 ? g.Mul(x, g.Constant(1.0 / White)) : x;
    }

    /// <summary>Numbers as they are scaled for a model, as a node.</summary>
    public static Node Scaled(GraphBuilder g, Node numbers, (Node Scale, Node Shift)? scaling) =>
        scaling is { } by ? g.Add(g.Mul(numbers, by.Scale), by.Shift) : numbers;

    /// <summary>The numbers that stored elements are before they are scaled, in double precision; those of symbols are their own.</summary>
    public void Numbers(ReadOnlySpan<byte> stored, Span<double> numbers)
    {
        switch (Stored)
        {
            case DType.U8:
                for (int i = 0; i < numbers.Length; i++) numbers[i] = stored[i] / (double)White;
                break;
            case DType.I32:
                ReadOnlySpan<int> symbols = MemoryMarshal.Cast<byte, int>(stored);
                for (int i = 0; i < numbers.Length; i++) numbers[i] = symbols[i];
                break;
            default:
                ReadOnlySpan<float> floats = MemoryMarshal.Cast<byte, float>(stored);
                for (int i = 0; i < numbers.Length; i++) numbers[i] = floats[i];
                break;
        }
    }

    /// <summary>The numbers that stored elements are before they are scaled; those of symbols are their own.</summary>
    public float[] Numbers(ReadOnlySpan<byte> stored)
    {
        if (IsNumbers) return MemoryMarshal.Cast<byte, float>(stored).ToArray();
        ReadOnlySpan<int> symbols = IsSymbols ? MemoryMarshal.Cast<byte, int>(stored) : [];
        var numbers = new float[stored.Length / Stored.Size()];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = IsSymbols ? symbols[i] : stored[i] * Pixel;
        return numbers;
    }

    /// <summary>Stored elements as a model sees them: the numbers that they are, scaled.</summary>
    public float[] Presented(ReadOnlySpan<byte> stored)
    {
        float[] values = Numbers(stored);
        for (int i = 0; Scaling is { } s && i < values.Length; i++) values[i] = values[i] * s.Scale[i % s.Scale.Length] + s.Shift[i % s.Shift.Length];
        return values;
    }

    /// <summary>From what a model sees, or makes that is like it, back to the number that it was before it was scaled.</summary>
    /// <param name="value">As a model sees it.</param>
    /// <param name="element">Its place in the sample.</param>
    public float Unscaled(float value, int element) =>
        Scaling is { } s ? (value - s.Shift[element % s.Shift.Length]) / s.Scale[element % s.Scale.Length] : value;

    /// <summary>Samples as a person writes them: numbers, pixels from 0 to 255, or the numbers of symbols.</summary>
    /// <param name="words">A word an element, sample after sample.</param>
    /// <returns>The samples as they are stored, and how many they are.</returns>
    /// <exception cref="NnException">A word is nothing that an element can be, or they are not whole samples.</exception>
    public (byte[] Stored, int Samples) Parse(IReadOnlyList<string> words)
    {
        if (Unit is { } unit) words = TextTokens.Split(string.Join(' ', words), unit);
        if (Length is not null) return (ParseSequence(words), 1);
        var values = new float[words.Count];
        for (int i = 0; i < values.Length; i++)
        {
            string word = words[i].TrimEnd(',');
            if (Means.Count > 0 && CsvTable.IsGap(word))
            {
                values[i] = Means[i % Means.Count];
                continue;
            }

            string? why = float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) ? Mistake(values[i]) : NoNumber(word);
            if (why is not null) throw new NnException(ExitCode.Usage, $"'{word}' {why}");
        }

        if (values.Length == 0 || values.Length % Width != 0) throw new NnException(ExitCode.Usage, NotWhole(values.Length));
        return (Encoded(values), values.Length / Width);
    }

    // All words are one sequence: symbols by their names, where they have such, else by their numbers.
    private byte[] ParseSequence(IReadOnlyList<string> words)
    {
        int each = Width / Shape[0];
        if (words.Count == 0 || words.Count % each != 0)
            throw new NnException(ExitCode.Usage, $"a place of a sequence has {Plural.Of(each, "number")}; {words.Count} were given");
        if (words.Count > Width)
            throw new NnException(ExitCode.Usage,
                $"a sequence may have {Shape[0]} places, as long as the longest that the model was trained on; {words.Count / each} were given");
        var values = new float[Width];
        Array.Fill(values, IsSymbols ? Padding : float.NaN);
        for (int i = 0; i < words.Count; i++) values[i] = Element(words[i]);
        return Encoded(values);

        float Element(string word)
        {
            if (IsSymbols && Names.Count > 0)
            {
                int known = Names.TakeWhile(n => n != word).Count();
                return known < Names.Count ? known : Names[0] == TextTokens.Unknown ? 0
                    : throw new NnException(ExitCode.Usage, $"'{word}' is none of the symbols that the model knows");
            }

            string? why = float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) ? Mistake(value) : "is no number";
            return why is null ? value : throw new NnException(ExitCode.Usage, $"'{word}' {why}");
        }
    }

    /// <summary>Symbols as people read them, up to the end of the text; those of no text by their names, as words.</summary>
    public string Text(IEnumerable<int> symbols) => TextTokens.Join(symbols.Where(s => s >= 0).Select(s => Names[s]), Unit ?? TextUnit.Words);

    /// <summary>As <see cref="Parse"/> for what a program gives.</summary>
    /// <exception cref="ArgumentException">A number is nothing that an element can be, or they are not whole samples.</exception>
    public byte[] Store(ReadOnlySpan<float> numbers)
    {
        if (Length is not null) return StoreSequences(numbers);
        if (numbers.Length == 0 || numbers.Length % Width != 0) throw new ArgumentException(NotWhole(numbers.Length), nameof(numbers));
        foreach (float v in numbers)
        {
            if (Mistake(v) is { } why) throw new ArgumentException($"{v.ToString(CultureInfo.InvariantCulture)} {why}", nameof(numbers));
        }

        return Encoded(numbers);
    }

    // One sequence, which may be shorter than the longest; or several, with padding at their end.
    private byte[] StoreSequences(ReadOnlySpan<float> numbers)
    {
        int each = Width / Shape[0], samples = (numbers.Length + Width - 1) / Width;
        if (numbers.Length == 0 || numbers.Length % each != 0 || (samples > 1 && numbers.Length % Width != 0))
        {
            string places = each == 1 ? Plural.Of(Shape[0], IsSymbols ? "symbol" : "number") : $"{Plural.Of(Shape[0], "place")} of {Plural.Of(each, "number")}";
            throw new ArgumentException(
                $"a sequence has up to {places}, and of several each as many, with {(IsSymbols ? "−1" : "NaN")} behind its end; {numbers.Length} were given",
                nameof(numbers));
        }

        var values = new float[samples * Width];
        Array.Fill(values, IsSymbols ? Padding : float.NaN);
        numbers.CopyTo(values);
        byte[] stored = Encoded(values);
        int[] lengths = Lengths(stored);
        for (int s = 0; s < samples; s++)
        {
            if (lengths[s] == 0) throw new ArgumentException("a sequence has no place", nameof(numbers));
            foreach (float v in values.AsSpan(s * Width, lengths[s] * each))
            {
                if (Mistake(v) is { } why) throw new ArgumentException($"{v.ToString(CultureInfo.InvariantCulture)} {why}", nameof(numbers));
            }
        }

        return stored;
    }

    /// <summary>Samples that are given as bytes, as images are: pixels from 0 to 255, which are the numbers 0 to 1, or symbols below 256.</summary>
    /// <exception cref="ArgumentException">They are not whole samples, or there are not so many symbols.</exception>
    public byte[] StoreBytes(ReadOnlySpan<byte> values)
    {
        float unit = IsNumbers ? Pixel : 1;
        var numbers = new float[values.Length];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = values[i] * unit;
        return Store(numbers);
    }

    /// <summary>A sound, at the rate of the data, cut or filled with silence to their length.</summary>
    /// <exception cref="ArgumentException">Samples are no sounds.</exception>
    public byte[] Store(Sound sound) => Rate is null ? throw new ArgumentException("samples are no sounds", nameof(sound)) : Store(SoundForm.Fit(sound, this));

    private byte[] Encoded(ReadOnlySpan<float> values)
    {
        if (IsNumbers) return MemoryMarshal.AsBytes(values).ToArray();
        var stored = new byte[values.Length * Stored.Size()];
        Span<int> symbols = IsSymbols ? MemoryMarshal.Cast<byte, int>(stored.AsSpan()) : [];
        for (int i = 0; i < values.Length; i++)
        {
            if (IsSymbols) symbols[i] = (int)values[i];
            else stored[i] = (byte)values[i];
        }

        return stored;
    }

    // Why a number is nothing that an element can be; null where it is.
    private string? Mistake(float value)
    {
        bool whole = value >= 0 && MathF.Floor(value) == value;
        return Stored switch
        {
            DType.U8 => whole && value <= White ? null : $"is no pixel: pixels are the whole numbers 0 to {White}, as the data hold them",
            DType.I32 when Symbols is { } n => whole && value < n ? null : $"is no symbol: the data have the symbols 0 to {n - 1}",
            DType.I32 => whole && value < int.MaxValue ? null : "is no symbol: symbols are whole numbers from 0 on",
            _ => float.IsFinite(value) ? null : "is no number that a model can calculate with: it must be finite, and 32 bits must hold it",
        };
    }

    private string NoNumber(string word) => Names.FirstOrDefault(f => f.EndsWith("=" + word, StringComparison.Ordinal)) is { } feature
        ? $"is a word; write 1 for {feature} and 0 for the other words, in the order {string.Join(", ", Names)}"
        : "is no number";

    private string NotWhole(int given)
    {
        string names = Names.Count > 0 ? $": {string.Join(", ", Names)}" : "";
        string elements = IsSymbols ? Plural.Of(Width, "symbol") : Plural.Of(Width, "number");
        return $"a sample has {elements}{names}; {given} {(given == 1 ? "was" : "were")} given";
    }
}
