using System.Globalization;

namespace Nn.Networks;

/// <summary>Numbers as people read them.</summary>
public static class NumberText
{
    /// <summary>Four significant digits.</summary>
    public static string Number(double v) => !double.IsFinite(v) ? v.ToString(CultureInfo.InvariantCulture)
        : Math.Abs(v) is >= 1e-3 and < 1e4 or 0 ? v.ToString(Math.Abs(v) >= 100 ? "F1" : Math.Abs(v) >= 10 ? "F2" : "F4", CultureInfo.InvariantCulture)
        : v.ToString("0.###e+0", CultureInfo.InvariantCulture);

    /// <summary>A duration for people.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 0.001 => $"{seconds * 1e6:F0} µs",
        < 1 => $"{seconds * 1e3:F0} ms",
        < 90 => $"{seconds.ToString("F1", CultureInfo.InvariantCulture)} s",
        < 5400 => $"{seconds / 60:F0} min",
        _ => $"{(seconds / 3600).ToString("F1", CultureInfo.InvariantCulture)} h",
    };
}
