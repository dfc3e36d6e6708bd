namespace Nn.Dsl;

/// <summary>Between which numbers a value lies.</summary>
/// <param name="Low">It is never below.</param>
/// <param name="High">It is never above.</param>
/// <param name="Reached">Whether weights can bring it to (or next to) any number between the two; where false, they are bounds and no more.</param>
internal readonly record struct ValueRange(double Low, double High, bool Reached)
{
    // Sums of shares of one, in floating point.
    private const double Slack = 1e-5;

    /// <summary>Of a value of which nothing is known.</summary>
    public static ValueRange Unknown { get; } = new(double.NegativeInfinity, double.PositiveInfinity, false);

    /// <summary>Of a value that weights can make any number.</summary>
    public static ValueRange Any { get; } = Unknown with { Reached = true };

    /// <summary>Whether it is one number, whatever the weights are.</summary>
    public bool IsSingle => Low == High;

    /// <summary>Whether all of it lies between two numbers.</summary>
    public bool Within(double low, double high) => Low >= low - Slack && High <= high + Slack;

    /// <summary>As in "dense_2 gives any number".</summary>
    public string Describe() => (double.IsInfinity(Low), double.IsInfinity(High)) switch
    {
        (true, true) => "any number",
        (true, false) => $"numbers up to {High:G4}",
        (false, true) => $"numbers from {Low:G4} up",
        _ => $"numbers from {Low:G4} to {High:G4}",
    };

    /// <summary>Of a function that never falls.</summary>
    public ValueRange Rising(Func<double, double> f) => new(f(Low), f(High), Reached);

    /// <summary>Of −a.</summary>
    public ValueRange Negated() => new(-High, -Low, Reached);

    /// <summary>Of what is one or the other.</summary>
    public ValueRange Or(ValueRange b) => new(Math.Min(Low, b.Low), Math.Max(High, b.High), Reached && b.Reached);

    /// <summary>Of a + b; with a number alone it is still reached.</summary>
    public ValueRange Plus(ValueRange b) => new(Low + b.Low, High + b.High, (Reached && b.IsSingle) || (b.Reached && IsSingle));

    /// <summary>Of a · b.</summary>
    public ValueRange Times(ValueRange b)
    {
        double[] ends = [Product(Low, b.Low), Product(Low, b.High), Product(High, b.Low), Product(High, b.High)];
        return new ValueRange(ends.Min(), ends.Max(), (Reached && b.IsSingle) || (b.Reached && IsSingle));
    }

    /// <summary>Of 1 ÷ a.</summary>
    public ValueRange Inverse() => Low >= 0 || High <= 0
        ? new ValueRange(Low >= 0 ? 1 / High : 1 / -Math.Abs(High), Low >= 0 ? 1 / Math.Abs(Low) : 1 / Low, Reached)
        : Unknown;

    // Nothing times anything is nothing, however large that is.
    private static double Product(double a, double b) => a == 0 || b == 0 ? 0 : a * b;
}
