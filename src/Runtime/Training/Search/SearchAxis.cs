using System.Globalization;

namespace Nn.Training.Search;

/// <summary>The values that a search tries for one name. Values are texts, as a script would have them.</summary>
/// <param name="Name">What is searched.</param>
public abstract record SearchAxis(string Name)
{
    /// <summary>How many values there are; null where there is one between any two.</summary>
    public abstract int? Count { get; }

    /// <summary>Coordinates that a value has in the space where distances are measured: one for numbers, one for each of several names.</summary>
    public abstract int Width { get; }

    /// <summary>Whether values near each other are alike.</summary>
    public abstract bool Ordered { get; }

    /// <summary>For people: <c>4, 8 or 16</c>, <c>0.001..0.1, logarithmic</c>.</summary>
    public abstract string Text { get; }

    /// <summary>A value by its number, from 0; there is a <see cref="Count"/>.</summary>
    public abstract string Value(int number);

    /// <summary>The value at a place of the axis, which goes from 0 to below 1.</summary>
    public abstract string At(double place);

    /// <summary>A place where <see cref="At"/> gives the value.</summary>
    public abstract double Place(string value);

    /// <summary>The coordinates of a value, each in 0..1.</summary>
    public abstract void Encode(string value, Span<double> coordinates);

    /// <summary>A number as a script has it.</summary>
    internal static string Write(double value) => value.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();

    internal static double Read(string value) => double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture);
}

/// <summary>
/// Given values. Numbers lie at even distances in the order of their size, whatever lies between them: who writes 4, 8, 16, 32 means steps alike.
/// </summary>
/// <param name="Name">What is searched.</param>
/// <param name="Values">Its values, in the order of the script.</param>
/// <param name="Ranks">The place of each value in the order of size; null for names.</param>
public sealed record ChoiceAxis(string Name, IReadOnlyList<string> Values, IReadOnlyList<int>? Ranks = null) : SearchAxis(Name)
{
    /// <inheritdoc/>
    public override int? Count => Values.Count;

    /// <inheritdoc/>
    public override int Width => Ordered ? 1 : Values.Count;

    /// <inheritdoc/>
    public override bool Ordered => Ranks is not null;

    /// <inheritdoc/>
    public override string Text => Values.Count == 1 ? Values[0] : string.Join(", ", Values.SkipLast(1)) + " or " + Values[^1];

    /// <inheritdoc/>
    public override string Value(int number) => Values[number];

    /// <inheritdoc/>
    public override string At(double place)
    {
        int at = Math.Min((int)(place * Values.Count), Values.Count - 1);
        return Values[Ranks is null ? at : Number(i => Ranks[i] == at)];
    }

    /// <inheritdoc/>
    public override double Place(string value) => ((Ranks is null ? Number(value) : Ranks[Number(value)]) + 0.5) / Values.Count;

    /// <inheritdoc/>
    public override void Encode(string value, Span<double> coordinates)
    {
        if (Ranks is not null)
        {
            coordinates[0] = Values.Count == 1 ? 0 : Ranks[Number(value)] / (Values.Count - 1.0);
            return;
        }

        coordinates.Clear();
        coordinates[Number(value)] = 1;
    }

    private int Number(string value) => Number(i => Values[i] == value);

    private int Number(Func<int, bool> wanted) => Enumerable.Range(0, Values.Count).First(wanted);
}

/// <summary>Numbers between two ends.</summary>
/// <param name="Name">What is searched.</param>
/// <param name="From">The smallest.</param>
/// <param name="To">The largest, included.</param>
/// <param name="Logarithmic">Whether equal ratios, not differences, are equal distances.</param>
/// <param name="Whole">Whether only whole numbers count.</param>
public sealed record RangeAxis(string Name, double From, double To, bool Logarithmic = false, bool Whole = false) : SearchAxis(Name)
{
    /// <inheritdoc/>
    public override int? Count => Whole ? (int)Math.Min(int.MaxValue, To - From + 1) : null;

    /// <inheritdoc/>
    public override int Width => 1;

    /// <inheritdoc/>
    public override bool Ordered => true;

    /// <inheritdoc/>
    public override string Text => $"{Write(From)}..{Write(To)}{(Whole ? ", whole" : "")}{(Logarithmic ? ", logarithmic" : "")}";

    // Each whole number owns the stretch up to the next one.
    private double End => Whole ? To + 1 : To;

    /// <inheritdoc/>
    public override string Value(int number) => Write(From + number);

    /// <inheritdoc/>
    public override string At(double place)
    {
        double value = Logarithmic ? Math.Exp(Math.Log(From) + place * (Math.Log(End) - Math.Log(From))) : From + place * (End - From);
        // What is shown is what is used: four digits distinguish any two numbers that matter.
        value = Whole ? Math.Floor(value) : Rounded(value, 4);
        return Write(Math.Clamp(value, From, To));
    }

    /// <inheritdoc/>
    public override double Place(string value)
    {
        double v = Read(value) + (Whole ? 0.5 : 0);
        double place = Logarithmic ? Math.Log(v / From) / Math.Log(End / From) : (v - From) / (End - From);
        return Math.Clamp(place, 0, 1 - 1e-9);
    }

    /// <inheritdoc/>
    public override void Encode(string value, Span<double> coordinates)
    {
        double v = Read(value);
        coordinates[0] = Logarithmic ? Math.Log(v / From) / Math.Log(To / From) : (v - From) / (To - From);
    }

    /// <summary>So many of its numbers, at equal distances from end to end.</summary>
    public ChoiceAxis Points(int count) => Numbers(Enumerable.Range(0, count).Select(i =>
    {
        double share = count == 1 ? 0 : i / (count - 1.0);
        return Logarithmic ? Rounded(From * Math.Pow(To / From, share), 4) : From + (To - From) * share;
    }));

    /// <summary>Its numbers from the first one on, a step apart.</summary>
    public ChoiceAxis Steps(double step) =>
        Numbers(Enumerable.Range(0, (int)Math.Floor((To - From) / step * (1 + 1e-12)) + 1).Select(i => From + i * step));

    // Sums of steps are rounded to what was meant: 0.1 + 2 · 0.1 is 0.3.
    private ChoiceAxis Numbers(IEnumerable<double> numbers)
    {
        string[] values = [.. numbers.Select(n => Write(Whole ? Math.Round(n) : Rounded(n, 12))).Distinct()];
        return new ChoiceAxis(Name, values, [.. Enumerable.Range(0, values.Length)]);
    }

    private static double Rounded(double value, int digits) =>
        double.Parse(value.ToString("E" + (digits - 1), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
