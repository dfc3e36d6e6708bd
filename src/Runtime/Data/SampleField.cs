using Nn.Graphs;

namespace Nn.Data;

/// <summary>A field of samples that a program has in memory.</summary>
public sealed class SampleField
{
    private SampleField(Field field, byte[] stored, int[]? classes) => (Field, Stored, ClassNumbers) = (field, stored, classes);

    /// <summary>Its name and form.</summary>
    public Field Field { get; }

    /// <summary>How many samples.</summary>
    public int Count => Stored.Length / Field.Form.Bytes;

    internal byte[] Stored { get; }

    internal int[]? ClassNumbers { get; }

    /// <summary>Numbers, sample after sample: images as height × width × channels, sequences as time × features.</summary>
    /// <param name="name">By which models and losses know the field.</param>
    /// <param name="shape">Of one sample.</param>
    /// <param name="values">All samples.</param>
    /// <exception cref="ArgumentException">They are not whole samples, or one is not finite.</exception>
    public static SampleField Numbers(string name, Shape shape, float[] values)
    {
        CheckWhole(name, values.Length, shape);
        if (Array.Exists(values, v => !float.IsFinite(v))) throw new ArgumentException($"a number of {name} is NaN or infinite", nameof(values));
        return new SampleField(new Field(name, new FieldForm(shape, DType.F32)), RawData.Bytes(values), null);
    }

    /// <summary>A class a sample.</summary>
    /// <param name="name">By which models and losses know the field.</param>
    /// <param name="classes">From 0.</param>
    /// <param name="names">Of the classes; their numbers without them.</param>
    /// <exception cref="ArgumentException">There are none, or a class is negative or has no name.</exception>
    public static SampleField Classes(string name, int[] classes, IReadOnlyList<string>? names = null)
    {
        if (classes.Length == 0) throw new ArgumentException($"{name} has no samples", nameof(classes));
        if (classes.Min() < 0) throw new ArgumentException($"classes of {name} are numbered from 0", nameof(classes));
        if (names is not null && classes.Max() >= names.Count) throw new ArgumentException($"class {classes.Max()} of {name} has no name", nameof(names));
        return new SampleField(
            new Field(name, names is null ? FieldForm.Numbered(classes.Max() + 1) : FieldForm.Classes(names)), RawData.Bytes(classes), classes);
    }

    /// <summary>Symbols for <c>embed</c>, sample after sample.</summary>
    /// <param name="name">By which models and losses know the field.</param>
    /// <param name="shape">Of one sample.</param>
    /// <param name="symbols">From 0.</param>
    /// <exception cref="ArgumentException">They are not whole samples, or one is negative.</exception>
    public static SampleField Symbols(string name, Shape shape, int[] symbols)
    {
        CheckWhole(name, symbols.Length, shape);
        if (symbols.Min() < 0) throw new ArgumentException($"symbols of {name} are numbered from 0", nameof(symbols));
        return new SampleField(new Field(name, new FieldForm(shape, DType.I32) { Symbols = symbols.Max() + 1 }), RawData.Bytes(symbols), null);
    }

    /// <summary>Sequences of symbols for <c>embed</c> that differ in length, or of the classes of their places.</summary>
    /// <param name="name">By which models and losses know the field.</param>
    /// <param name="sequences">One a sample, each of at least one symbol from 0.</param>
    /// <param name="length">The name of their length: fields whose sequences go together, such as words and their tags, have one.</param>
    /// <exception cref="ArgumentException">There are none, one is empty, or a symbol is negative.</exception>
    public static SampleField Sequences(string name, IReadOnlyList<int[]> sequences, string length = FieldForm.LengthName)
    {
        if (sequences.Count == 0 || sequences.Any(s => s.Length == 0))
            throw new ArgumentException($"{name} has no sequences, or one without a symbol", nameof(sequences));
        if (sequences.Any(s => s.Min() < 0)) throw new ArgumentException($"symbols of {name} are numbered from 0", nameof(sequences));
        int longest = sequences.Max(s => s.Length);
        int[] padded = [.. sequences.SelectMany(s => s.Concat(Enumerable.Repeat(FieldForm.Padding, longest - s.Length)))];
        return new SampleField(new Field(name, FieldForm.Numbered(padded.Max() + 1, new Shape(FieldForm.UpTo(longest, length)))), RawData.Bytes(padded), null);
    }

    /// <summary>Sequences of rows of numbers that differ in length: time × features.</summary>
    /// <param name="name">By which models and losses know the field.</param>
    /// <param name="features">Numbers of a row.</param>
    /// <param name="sequences">One a sample, row after row.</param>
    /// <param name="length">The name of their length: fields whose sequences go together have one.</param>
    /// <exception cref="ArgumentException">There are none, one has no whole rows, or a number is not finite.</exception>
    public static SampleField Sequences(string name, int features, IReadOnlyList<float[]> sequences, string length = FieldForm.LengthName)
    {
        if (sequences.Count == 0 || features < 1 || sequences.Any(s => s.Length == 0 || s.Length % features != 0))
            throw new ArgumentException($"{name} has no sequences, or one without whole rows of {features} numbers", nameof(sequences));
        if (sequences.Any(s => s.Any(v => !float.IsFinite(v)))) throw new ArgumentException($"a number of {name} is NaN or infinite", nameof(sequences));
        int longest = sequences.Max(s => s.Length) / features;
        float[] padded = [.. sequences.SelectMany(s => s.Concat(Enumerable.Repeat(float.NaN, longest * features - s.Length)))];
        return new SampleField(new Field(name, new FieldForm(new Shape(FieldForm.UpTo(longest, length), features), DType.F32)), RawData.Bytes(padded), null);
    }

    private static void CheckWhole(string name, int elements, Shape shape)
    {
        if (elements == 0 || shape.Count == 0 || elements % shape.Count != 0)
            throw new ArgumentException($"{elements} numbers are not samples of {name}, each {shape}", nameof(elements));
    }
}
