using System.CommandLine;
using System.Globalization;
using System.Text;
using Nn.Files;
using Nn.Networks.Runs;
using Nn.Repl.Options;
using Nn.Repl.Reports;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl.Commands;

/// <summary><c>nn runs</c> and <c>nn report</c>: what <c>nn train --run</c> kept.</summary>
internal static class RunsCommand
{
    private static readonly Argument<string> HomeOf = new("folder") { Description = "the folder of the runs", DefaultValueFactory = _ => RunFolder.Home };
    private static readonly Argument<string> RunOf = new("run") { Description = "the folder of a run" };
    private static readonly Option<string?> Page = new("--out") { Description = "the page to write; without it standard output" };

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("runs", CommandGroup.Train, "the trainings that were kept with --run, side by side")
    {
        Details = "it says which go on, ended or failed, and why",
        Program = new(c => List(c.GetValue(HomeOf)!, c.GetValue(Common.Json))) { Arguments = [HomeOf], Options = [Common.Json] },
    };

    /// <summary>The page about a run.</summary>
    public static CommandRow ReportRow { get; } = new("report", CommandGroup.Train,
        "a page of HTML about a run: curves, confusion matrix, worst mistakes, how to reproduce it")
    {
        Examples = ["nn report runs/digits-1 --out report.html"],
        Program = new(c => Report(c.GetValue(RunOf)!, c.GetValue(Page), c.GetValue(Common.Device)!)) { Arguments = [RunOf], Options = [Common.Device, Page] },
    };

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
                    ("event", "run"), ("name", r.Name), ("script", r.Settings.GetValueOrDefault("script")), ("state", r.State),
                    ("reason", r.Settings.GetValueOrDefault("reason")),
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
                .. set.Select(s => r.Set.GetValueOrDefault(s, "")), .. metrics.Select(m => r.Result.TryGetValue(m, out double v) ? NumberText.Number(v) : ""),
                r.Seconds > 0 ? NumberText.Time(r.Seconds) : "",
            ]),
        ];
        int[] widths = [.. Enumerable.Range(0, head.Length).Select(c => rows.Max(r => r[c].Length))];
        foreach (string[] row in rows)
            Console.Out.WriteLine(string.Join("  ", row.Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
        foreach (RunRecord r in runs)
        {
            if (r.Settings.TryGetValue("reason", out string? reason)) Console.Out.WriteLine($"{r.Name} {r.State}: {reason}");
        }
    }

    /// <summary>Writes a run's page to a file, or to standard output.</summary>
    public static int Report(string folder, string? file, DeviceRequest device)
    {
        if (!RunRecord.IsThere(folder)) throw new NnException(ExitCode.BadFile, $"{folder} holds no run; `nn train FILE --run` makes one");
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
