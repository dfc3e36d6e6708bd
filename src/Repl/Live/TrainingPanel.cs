using System.Globalization;
using Nn.Networks.Figures;
using Nn.Repl.Plots;
using Nn.Repl.Terminal;

namespace Nn.Repl.Live;

/// <summary>Lays out what is seen of a training in a terminal of some size: curves, how far it is, its numbers; less where there is less room.</summary>
internal static class TrainingPanel
{
    /// <summary>Below this size there is one line only.</summary>
    public const int SmallestWidth = 40, SmallestHeight = 12;

    private const int StatusLines = 4, FewestChartRows = 5, MostChartRows = 12, OtherLines = 4;
    private const int ChartFrame = 3, TwoChartsWidth = 72, Gap = 2;

    /// <summary>The lines, each narrower than the terminal.</summary>
    public static string[] Lines(TrainingStatus status, IEnumerable<AxesFigure> figures, int width, int height, bool colour)
    {
        int room = width - 1;
        if (width < SmallestWidth || height < SmallestHeight) return [Cut(OneLine(status), room)];
        return [.. Charts(figures, room, height - StatusLines - OtherLines, colour), .. Status(status, room).Select(l => Cut(l, room))];
    }

    /// <summary>The curves alone, in so many rows at most; nothing where there is no room for them.</summary>
    public static string[] Charts(IEnumerable<AxesFigure> figures, int width, int height, bool colour)
    {
        AxesFigure[] shown = [.. figures.Take(width >= TwoChartsWidth ? 2 : 1)];
        int rows = Math.Min(MostChartRows, height - ChartFrame);
        if (shown.Length == 0 || rows < FewestChartRows) return [];
        int each = (width - Gap * (shown.Length - 1)) / shown.Length;
        string[][] charts = [.. shown.Select(f => Chart(f, each, rows, colour))];
        // Side by side, from below: a legend of two lines may stand above.
        return [.. Enumerable.Range(0, charts[0].Length)
            .Select(i => string.Join(new string(' ', Gap), charts.Select(c => c[i] + new string(' ', each - LiveRegion.VisibleWidth(c[i])))).TrimEnd())];
    }

    // A figure less its title where there is a legend, and with the name of its x axis before the marks in place of below them.
    private static string[] Chart(AxesFigure figure, int width, int rows, bool colour)
    {
        const int around = 5, margin = 9;
        string[] lines = TerminalFigure.Write(figure, width, rows + around, colour).Split('\n');
        if (string.IsNullOrWhiteSpace(lines[^2][..Math.Min(margin, lines[^2].Length)]))
            lines[^2] = figure.X.PadLeft(margin) + (lines[^2].Length > margin ? lines[^2][margin..] : "");
        // Of a legend with long names what fits.
        return [.. lines[(figure.Layers.Count > 1 ? 1 : 0)..^1].Select(l => LiveRegion.Cut(l, width))];
    }

    private static IEnumerable<string> Status(TrainingStatus s, int width)
    {
        int bar = Math.Clamp(width / 4, 6, 24);
        string all = $"all {Bar(s.Done, bar)} {(s.Done * 100).ToString("F0", CultureInfo.InvariantCulture),3} %";
        yield return s.StepsPerEpoch == 1 ? $"epoch {s.Epoch + 1}/{s.Epochs}  {all}"
            : $"epoch {s.Epoch + 1}/{s.Epochs} {Bar(s.EpochDone, bar)} {s.Step:N0}/{s.StepsPerEpoch:N0}   {all}";
        yield return string.Join("  ", s.Metrics.Select(m => $"{m.Key} {NumberText.Number(m.Value)}"));
        yield return $"{NumberText.Time(s.Left)} left, {NumberText.Time(s.Elapsed)} so far   lr {s.Rate.ToString("G4", CultureInfo.InvariantCulture)}   "
            + $"{Count(s.StepsPerSecond)} steps/s   {Count(s.SamplesPerSecond)} samples/s";
        yield return $"memory {Bytes(s.PlannedBytes)} planned, {Bytes(s.ResidentBytes)} resident   {s.Device}";
    }

    private static string OneLine(TrainingStatus s)
    {
        string loss = s.Metrics.Count == 0 ? "" : $"  {s.Metrics.First().Key} {NumberText.Number(s.Metrics.First().Value)}";
        return $"{s.Epoch + 1}/{s.Epochs} {Bar(s.Done, 8)}{loss}  {NumberText.Time(s.Left)} left";
    }

    private static string Bar(double share, int width)
    {
        int filled = (int)Math.Round(share * width);
        return new string('━', filled) + new string('─', width - filled);
    }

    private static string Cut(string line, int width) => line.Length <= width ? line : line[..(width - 1)] + "…";

    private static string Count(double n) => n switch
    {
        < 100 => n.ToString("G3", CultureInfo.InvariantCulture),
        < 10_000 => n.ToString("N0", CultureInfo.InvariantCulture),
        < 1e6 => $"{(n / 1e3).ToString("N0", CultureInfo.InvariantCulture)}k",
        _ => $"{(n / 1e6).ToString("N1", CultureInfo.InvariantCulture)}M",
    };

    private static string Bytes(long n) => n switch
    {
        < 1_000_000 => $"{(n / 1e3).ToString("N1", CultureInfo.InvariantCulture)} kB",
        < 1_000_000_000 => $"{(n / 1e6).ToString("N1", CultureInfo.InvariantCulture)} MB",
        _ => $"{(n / 1e9).ToString("N2", CultureInfo.InvariantCulture)} GB",
    };
}
