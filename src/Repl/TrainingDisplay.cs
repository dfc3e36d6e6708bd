using System.Globalization;
using System.Text;
using Nn.Training;

namespace Nn.Repl;

/// <summary>
/// Shows a training: a bar that is redrawn on a terminal, one line an epoch elsewhere, JSON events if asked for.
/// </summary>
internal sealed class TrainingDisplay(TrainingSession session, bool json, bool quiet)
{
    private const int BarWidth = 24;
    private readonly bool _live = !json && !quiet && !Console.IsErrorRedirected && !Console.IsOutputRedirected;
    private DateTime _drawn = DateTime.MinValue;
    private readonly int _first = session.Epoch;
    private bool _barShown;

    /// <summary>The epoch that the training ends with.</summary>
    public int LastEpoch { get; init; } = session.Definition.Epochs;

    /// <summary>Redraws the bar, at most ten times a second.</summary>
    public void Progress(TrainingProgress p)
    {
        if (!_live || (DateTime.UtcNow - _drawn).TotalSeconds < 0.1) return;
        _drawn = DateTime.UtcNow;
        int steps = session.Plan.StepsPerEpoch, filled = (int)((long)BarWidth * p.Step / steps);
        double left = ((double)(LastEpoch - p.Epoch) * steps - p.Step) / Math.Max(p.StepsPerSecond, 1e-9);
        string bar = new string('━', filled) + new string('─', BarWidth - filled);
        Console.Error.Write($"\r\x1b[Kepoch {p.Epoch + 1}/{LastEpoch} {bar} {p.Step}/{steps}  loss {Number(p.Loss)}  {Rate(p.StepsPerSecond)}  {Time(left)} left");
        _barShown = true;
    }

    /// <summary>One line for an epoch.</summary>
    public void Epoch(EpochResult e)
    {
        if (json)
        {
            JsonLine.Write(("event", "epoch"), ("epoch", e.Epoch + 1), ("lr", e.Rate), ("seconds", Math.Round(e.Seconds, 4)), ("metrics", e.Metrics));
            return;
        }

        if (quiet) return;
        Clear();
        // Hundreds of short epochs are summed up: about forty lines tell as much.
        int every = Math.Max(1, (LastEpoch - _first) / 40);
        if ((e.Epoch + 1 - _first) % every != 0 && e.Epoch + 1 != LastEpoch) return;
        var line = new StringBuilder($"epoch {(e.Epoch + 1).ToString().PadLeft(LastEpoch.ToString().Length)}/{LastEpoch}");
        foreach ((string name, double value) in e.Metrics) line.Append($"  {name} {Number(value)}");
        line.Append($"  {Time(e.Seconds)}");
        Console.Out.WriteLine(line);
    }

    /// <summary>Takes the bar away.</summary>
    public void Clear()
    {
        if (_barShown) Console.Error.Write("\r\x1b[K");
        _barShown = false;
    }

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

    private static string Rate(double perSecond) => perSecond >= 1000 ? $"{perSecond / 1000:F0}k steps/s" : $"{perSecond:F0} steps/s";
}
