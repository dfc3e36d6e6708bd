using System.Diagnostics;
using Nn.Networks.Search;
using Nn.Repl.Terminal;
using Nn.Training.Search;
using Spectre.Console;

namespace Nn.Repl.Live;

/// <summary>Shows a search: a table that is redrawn on a terminal, one line a trial elsewhere, JSON events if asked for; at the end the best trials.</summary>
internal sealed class SearchDisplay(ScriptSearch run, bool json, bool quiet)
{
    private const int BestShown = 10;
    private readonly bool _live = !json && !quiet && !Console.IsErrorRedirected && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;
    private readonly int _earlier = run.Trials.Count;
    private readonly Stopwatch _watch = new();
    private LiveDisplayContext? _context;
    private (int Number, IReadOnlyList<string> Values)? _running;
    private TrialProgress? _progress;
    private double _began;
    private TimeSpan _drawn = TimeSpan.MinValue;

    /// <summary>Says what will be done.</summary>
    public void Begin(string script, string device, string file)
    {
        _watch.Start();
        if (json)
        {
            JsonLine.Write(
                ("event", "search"), ("script", script), ("device", device), ("method", Method), ("trials", run.Definition.Planned),
                ("folds", run.Definition.Folds), ("metric", run.Definition.Metric),
                ("maximize", run.Definition.Maximize), ("space", run.Definition.Axes.ToDictionary(a => a.Name, a => a.Text)), ("earlier", _earlier),
                ("results", file));
            return;
        }

        if (quiet) return;
        string folds = run.Definition.Folds == 0 ? "" : $", {run.Definition.Folds} folds",
            earlier = _earlier == 0 ? "" : $"; {_earlier} of them were done before";
        Console.Out.WriteLine(
            $"{Method} search for the {(run.Definition.Maximize ? "largest" : "smallest")} {run.Definition.Metric}, "
                + $"{Plural.Of(run.Definition.Planned, "trial")}{folds}, on {device}; results in {file}{earlier}");
    }

    /// <summary>Runs the search, with the table around it on a terminal.</summary>
    public bool While(Func<bool> work)
    {
        if (!_live) return work();
        return TerminalWriter.Drawing(() => AnsiConsole.Live(Table()).AutoClear(true).Start(context =>
        {
            _context = context;
            return work();
        }));
    }

    /// <summary>A trial begins.</summary>
    public void Start(int number, IReadOnlyList<string> values)
    {
        (_running, _progress, _began) = ((number, values), null, _watch.Elapsed.TotalSeconds);
        if (json) JsonLine.Write(("event", "trial_start"), ("trial", number), ("values", run.Definition.Named(values)));
        Draw();
    }

    /// <summary>An epoch of it is over.</summary>
    public void Epoch(TrialProgress progress)
    {
        _progress = progress;
        if (_live && (_drawn == TimeSpan.MinValue || _watch.Elapsed - _drawn > TimeSpan.FromSeconds(0.1))) Draw();
    }

    /// <summary>A trial is over.</summary>
    public void Trial(Trial t)
    {
        _running = null;
        bool best = run.Best == t;
        if (json)
        {
            JsonLine.Write(
                ("event", "trial"), ("trial", t.Number), ("values", run.Definition.Named(t.Values)), ("state", State(t)), ("objective", t.Objective),
                ("deviation", t.Deviation), ("folds", t.Folds),
                ("epochs", t.Epochs), ("seconds", Math.Round(t.Seconds, 4)), ("best", best), ("why", t.Why));
            return;
        }

        if (quiet || _live) return;
        string number = t.Number.ToString().PadLeft(run.Definition.Planned.ToString().Length),
            values = string.Join("  ", run.Definition.Axes.Zip(t.Values, (a, v) => $"{a.Name} {v.PadRight(Widest(a))}"));
        string result = t.State == TrialState.Failed ? $"failed: {FirstSentence(t.Why!)}"
            : $"{run.Definition.Metric} {Result(t)}  {Plural.Of(t.Epochs, "epoch")}  {NumberText.Time(t.Seconds)}";
        string mark = best ? "  best so far" : t.State == TrialState.Pruned ? "  pruned" : "";
        Console.Out.WriteLine($"trial {number}/{run.Definition.Planned}  {values}  {result}{mark}");
    }

    /// <summary>The best trials, and how to go on.</summary>
    public void End(bool finished, string? goOn)
    {
        Trial? best = run.Best;
        if (json)
        {
            JsonLine.Write(
                ("event", "done"), ("trials", run.Trials.Count), ("end", finished ? "finished" : "interrupted"),
                ("seconds", Math.Round(_watch.Elapsed.TotalSeconds, 4)),
                ("best", best?.Number), ("values", best is null ? null : run.Definition.Named(best.Values)), ("objective", best?.Objective),
                ("deviation", best?.Deviation), ("folds", best?.Folds));
            return;
        }

        if (quiet) return;
        int pruned = run.Trials.Count(t => t.State == TrialState.Pruned), failed = run.Trials.Count(t => t.State == TrialState.Failed),
            now = run.Trials.Count - _earlier;
        string counts = (pruned > 0 ? $", {pruned} of them pruned" : "") + (failed > 0 ? $", {failed} failed" : "");
        Console.Out.WriteLine(
            $"{(finished ? "done" : "interrupted")}: "
                + $"{Plural.Of(run.Trials.Count, "trial")}{counts}{(now > 0 ? $", {now} in {NumberText.Time(_watch.Elapsed.TotalSeconds)}" : "")}");
        if (best is not null)
        {
            foreach (string line in TextTable.Lines([Head, .. Ranked().Take(BestShown).Select(t => Row(t))])) Console.Out.WriteLine(line);
            Console.Out.WriteLine(
                $"best: {string.Join(", ", run.Definition.Named(best.Values).Select(v => $"{v.Key} = {v.Value}"))}, {run.Definition.Metric} "
                    + $"{Result(best)}{(best.Folds.Count > 1 ? $" (folds {string.Join(", ", best.Folds.Select(NumberText.Number))})" : "")}");
        }

        if (goOn is not null) Console.Out.WriteLine($"go on with {goOn}");
    }

    private string Method => run.Definition.Method.ToString().ToLowerInvariant();

    private string[] Head => ["trial", .. run.Definition.Axes.Select(a => a.Name), run.Definition.Metric, "epochs", "time", ""];

    private IEnumerable<Trial> Ranked() => run.Trials
        .OrderBy(t => t.State).ThenBy(t => run.Definition.Maximize ? -t.Objective : t.Objective);

    private string[] Row(Trial t) =>
        [t.Number.ToString(), .. t.Values, Result(t), t.Epochs.ToString(), NumberText.Time(t.Seconds),
            t == run.Best ? "best" : t.State == TrialState.Done ? "" : t.Code switch
        {
            ExitCode.Diverged => "diverged",
            ExitCode.OutOfMemory => "out of memory",
            _ => State(t),
        }];

    private static string State(Trial t) => t.State.ToString().ToLowerInvariant();

    private static string Result(Trial t) => t.State == TrialState.Failed ? "-"
        : NumberText.Number(t.Objective) + (double.IsNaN(t.Deviation) ? "" : $" ± {NumberText.Number(t.Deviation)}");

    private static string FirstSentence(string text) => text.Split('\n')[0].Split(". ")[0];

    private static int Widest(SearchAxis axis) => axis is ChoiceAxis c ? c.Values.Max(v => v.Length) : 9;

    private void Draw()
    {
        _drawn = _watch.Elapsed;
        _context?.UpdateTarget(Table());
    }

    // Number, metric and state are shown in any case; the others, from the right, as long as there is room for them.
    private static int[] Columns(string[][] rows, int width)
    {
        int count = rows[0].Length, metric = count - 4;
        List<int> columns = [.. Enumerable.Range(0, count)];
        foreach (int c in new[] { metric + 1, metric + 2 }.Concat(Enumerable.Range(1, metric - 1).Reverse()))
        {
            // A border and a blank on each side.
            if (columns.Sum(k => rows.Max(r => r[k].Length) + 3) + 1 <= width) break;
            columns.Remove(c);
        }

        return [.. columns];
    }

    private Table Table()
    {
        Trial? best = run.Best;
        // What does not fit the screen has scrolled away, but for the best.
        int room = Math.Max(4, Console.WindowHeight - 8);
        IEnumerable<Trial> shown = run.Trials.TakeLast(room);
        if (best is not null && !shown.Contains(best)) shown = shown.Skip(1).Prepend(best);
        List<(string Style, string[] Cells)> rows = [("default", Head),
            .. shown.Select(t => (t == best ? "bold green" : t.State == TrialState.Done ? "default" : "grey", Row(t)))];
        if (_running is { } r)
        {
            string at = _progress is not { } p ? ""
                : p.Folds > 1 ? $"fold {p.Fold + 1}/{p.Folds}, {100L * (p.Epoch + 1) / p.Epochs} %"
                : $"epoch {p.Epoch + 1}/{p.Epochs}";
            string value = _progress is { } q ? NumberText.Number(q.Value) : "";
            rows.Add(("yellow", [r.Number.ToString(), .. r.Values, value, "", NumberText.Time(_watch.Elapsed.TotalSeconds - _began), at]));
        }

        rows = [.. rows.Select(row => (row.Style, row.Cells.Select(Ansi.Visible).ToArray()))];
        int[] columns = Columns([.. rows.Select(row => row.Cells)], Console.WindowWidth);
        var table = new Table { Border = TableBorder.Rounded };
        foreach (int c in columns) table.AddColumn(Markup.Escape(rows[0].Cells[c]));
        foreach ((string style, string[] cells) in rows.Skip(1)) table.AddRow([.. columns.Select(c => new Markup($"[{style}]{Markup.Escape(cells[c])}[/]"))]);
        int now = run.Trials.Count - _earlier, left = run.Definition.Planned - run.Trials.Count;
        string time = now == 0 ? "" : $", about {NumberText.Time(_watch.Elapsed.TotalSeconds / now * left)} left";
        table.Caption = new TableTitle($"{run.Trials.Count} of {Plural.Of(run.Definition.Planned, "trial")}{time}; Ctrl-C stops");
        return table;
    }
}
