using System.Globalization;
using System.Text;
using Nn.Files;
using Nn.Repl.Runs;

namespace Nn.Repl.Commands;

/// <summary><c>nn runs</c> and <c>nn report</c>: what <c>nn train --run</c> kept.</summary>
internal static class RunsCommand
{
    /// <summary>Where runs are kept unless another folder is named.</summary>
    public const string Home = "runs";

    /// <summary>Lists the runs of a folder side by side, the latest first; those that cannot be read are named.</summary>
    public static int List(string home, bool json)
    {
        (IReadOnlyList<RunRecord> runs, IReadOnlyList<NnException> damaged) = RunRecord.All(home);
        foreach (NnException e in damaged) Console.Error.WriteLine($"nn: {e.Message}");
        if (json)
        {
            foreach (RunRecord r in runs)
            {
                JsonLine.Write(
                    ("event", "run"), ("name", r.Name), ("script", r.Settings.GetValueOrDefault("script")), ("state", r.State), ("reason", r.Settings.GetValueOrDefault("reason")),
                    ("epochs", r.Epochs.Count), ("metrics", r.Result));
            }
        }
        else if (runs.Count > 0)
        {
            Table(runs);
        }
        else if (damaged.Count == 0)
        {
            Console.Out.WriteLine($"there are no runs in {home}; `nn train FILE --run` keeps one");
        }

        return runs.Count == 0 && damaged.Count > 0 ? (int)ExitCode.BadFile : 0;
    }

    private static void Table(IReadOnlyList<RunRecord> runs)
    {
        string[] metrics = [.. runs.SelectMany(r => r.Result.Keys).Distinct()];
        // What was changed tells runs of the same script apart.
        string[] set = [.. runs.SelectMany(r => r.Set.Keys).Distinct().Order(StringComparer.Ordinal)];
        string[] head = ["run", "state", "epochs", "seed", .. set, .. metrics, "time"];
        string[][] rows =
        [
            head,
            .. runs.Select(r => (string[])
            [
                r.Name, r.State, r.Epochs.Count.ToString(CultureInfo.InvariantCulture), r.Settings.GetValueOrDefault("seed", ""),
                .. set.Select(s => r.Set.GetValueOrDefault(s, "")), .. metrics.Select(m => r.Result.TryGetValue(m, out double v) ? TrainingDisplay.Number(v) : ""),
                r.Seconds > 0 ? TrainingDisplay.Time(r.Seconds) : "",
            ]),
        ];
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(c => rows.Max(r => r[c].Length))];
        foreach (string[] row in rows) Console.Out.WriteLine(string.Join("  ", row.Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
        foreach (RunRecord r in runs)
        {
            if (r.Settings.TryGetValue("reason", out string? reason)) Console.Out.WriteLine($"{r.Name} {r.State}: {reason}");
        }
    }

    /// <summary>Writes a run's page to a file, or to standard output.</summary>
    public static int Report(string folder, string? file, string device)
    {
        string page = RunReport.Write(RunRecord.Load(folder), device);
        if (file is null)
        {
            Console.Out.Write(page);
            return 0;
        }

        AtomicFile.Write(file, s => s.Write(Encoding.UTF8.GetBytes(page)));
        Console.Error.WriteLine($"written to {file}");
        return 0;
    }
}
