using System.Globalization;

namespace Nn.Training;

/// <summary>A number that may change while training; identity counts.</summary>
/// <param name="name">As shown and set: a <c>let</c>'s name, or <c>adam.beta1</c>.</param>
/// <param name="value">Its first value.</param>
/// <param name="end">Its value in the last step, if it is swept from the first to the last; null for a number that stays.</param>
public sealed class Hyperparameter(string name, double value, double? end = null)
{
    /// <summary>As shown and set.</summary>
    public string Name { get; } = name;

    /// <summary>Its first value.</summary>
    public double Value { get; } = value;

    /// <summary>Its value in the last step, where it is swept.</summary>
    public double? End { get; } = end;

    /// <summary>
    /// Its value in a step (0 is the first). A sweep goes in equal ratios between two positive numbers, else in equal differences.
    /// </summary>
    public double At(long step, TrainingLength length)
    {
        if (End is not { } last) return Value;
        double share = Math.Min(1, (double)step / Math.Max(1, length.TotalSteps - 1));
        return Value > 0 && last > 0 ? Value * Math.Pow(last / Value, share) : Value + (last - Value) * share;
    }

    /// <summary>As written in a script.</summary>
    public override string ToString() =>
        Value.ToString("R", CultureInfo.InvariantCulture) + (End is { } last ? $" -> {last.ToString("R", CultureInfo.InvariantCulture)}" : "");
}
