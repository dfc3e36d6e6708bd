using System.Globalization;

namespace Nn.Repl.Plots;

/// <summary>An axis: which values it shows, where, and with which ticks.</summary>
internal sealed class Scale
{
    // 1, 2, 5 and 10 as powers of ten.
    private static readonly double[] Round = [0, Math.Log10(2), Math.Log10(5), 1];

    private readonly double _low, _high;
    private readonly bool _log;

    /// <summary>
    /// An axis that holds all values, from and to round numbers, or exactly so far as the values go; <paramref name="whole"/>: with marks at whole numbers
    /// only.
    /// </summary>
    public Scale(IEnumerable<double> values, bool log, int ticks, bool exact = false, bool whole = false)
    {
        _log = log;
        double[] own = [.. values.Where(v => double.IsFinite(v) && (!log || v > 0)).Select(Inner)];
        (double low, double high) = own.Length == 0 ? (0, 1) : (own.Min(), own.Max());
        if (high - low < 1e-12 * Math.Max(1, Math.Abs(high))) (low, high) = (low - 0.5, high + 0.5);
        double step = log ? Math.Max(1, Math.Ceiling((high - low) / ticks)) : Nice((high - low) / Math.Max(1, ticks));
        if (whole) step = Math.Max(1, step);
        _low = exact ? low : Math.Floor(low / step + 1e-9) * step;
        _high = exact ? high : Math.Ceiling(high / step - 1e-9) * step;
        // Within one power of ten the powers tell nothing: round numbers between them do.
        if (log && _high - _low <= 1 + 1e-9) step = 0;
        Ticks = step == 0 ? [.. new[] { 1.0, 2, 5, 10 }.Select(f => _low + Math.Log10(f)).Where(t => t <= _high + 1e-9).Select(Outer)]
            : [.. Steps(step).Select(Outer)];
        if (!log || exact || step != 1) return;
        // Over more, the ends need not be powers: half of the picture would be empty.
        (_low, _high) = (Math.Floor(low) + Round.Last(r => r <= low - Math.Floor(low) + 1e-9),
            Math.Floor(high) + Round.First(r => r >= high - Math.Floor(high) - 1e-9));
        Ticks = [.. Steps(step).Prepend(_low).Append(_high).Select(t => Math.Round(t, 9)).Distinct().Select(Outer)];
    }

    /// <summary>The values with a mark.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Smallest value shown.</summary>
    public double Low => Outer(_low);

    /// <summary>Largest value shown.</summary>
    public double High => Outer(_high);

    /// <summary>Where a value lies: 0 at the lower end, 1 at the upper; null where it cannot be shown.</summary>
    public double? Place(double value) => !double.IsFinite(value) || _log && value <= 0 ? null : (Inner(value) - _low) / (_high - _low);

    /// <summary>A tick as text, with no more digits than tell it from its neighbours.</summary>
    public string Text(double tick)
    {
        if (tick == 0) return "0";
        double size = Math.Abs(tick);
        if (size is >= 1e5 or < 1e-3) return tick.ToString("0.##e+0", CultureInfo.InvariantCulture);
        return tick.ToString("0.#####", CultureInfo.InvariantCulture);
    }

    private IEnumerable<double> Steps(double step)
    {
        for (long i = (long)Math.Ceiling(_low / step - 1e-9); i * step <= _high + 1e-9 * step; i++) yield return i * step;
    }

    private double Inner(double v) => _log ? Math.Log10(v) : v;

    private double Outer(double v) => _log ? Math.Pow(10, v) : v;

    // 1, 2 or 5 times a power of ten, at least the step wished for.
    private static double Nice(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step))), share = step / power;
        return power * (share <= 1 + 1e-9 ? 1 : share <= 2 + 1e-9 ? 2 : share <= 5 + 1e-9 ? 5 : 10);
    }
}
