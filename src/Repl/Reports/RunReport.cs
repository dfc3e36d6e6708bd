using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Nn.Data;
using Nn.Files;
using Nn.Networks.Figures;
using Nn.Networks.Inspection;
using Nn.Networks.Runs;
using Nn.Repl.Plots;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Reports;

/// <summary>A run as one page of HTML with everything in it: no file, script or font is loaded from elsewhere.</summary>
internal static class RunReport
{
    private const int MaxMatrixClasses = 40, MaxMistakes = 40, MaxPoints = 1000;

    /// <summary>Writes the page.</summary>
    /// <param name="run">The run.</param>
    /// <param name="device">Where the validation part is evaluated.</param>
    public static string Write(RunRecord run, DeviceRequest device)
    {
        var s = new StringBuilder();
        string title = $"{run.Settings.GetValueOrDefault("model", run.Name)}: {run.Name}";
        s.Append($"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{Text(title)}</title>
            <link rel="icon" href="data:,">
            <style>{Style}</style></head><body><main>
            <h1>{Text(title)}</h1>

            """);
        Result(s, run);
        Curves(s, run);
        (Project? project, string? why) = Reopened(run);
        if (project is not null) Evaluation(s, run, project, device);
        else s.Append($"<h2>Evaluation</h2>\n<p>The data could not be read again: {Text(why!)}</p>\n");
        s.Append("<h2>Script</h2>\n<pre class=\"script\">").Append(Marked(Script(run))).Append("</pre>\n");
        if (project is not null) Model(s, project);
        Environment(s, run);
        Reproduce(s, run);
        return s.Append("</main></body></html>\n").ToString();
    }

    private const string Style = """
        :root { color-scheme: light dark; --ground: #fff; --ink: #222; --soft: #5f6368; --line: #ddd; --box: #f5f5f5;
          --statement: #0b57b8; --known: #00707a; --number: #94510a; --text: #237a2b; --comment: #6b7280 }
        @media (prefers-color-scheme: dark) { :root { --ground: #1b1b1b; --ink: #e4e4e4; --soft: #aaa; --line: #3a3a3a; --box: #262626;
          --statement: #7fb4ff; --known: #64cfd8; --number: #f0b072; --text: #8fd694; --comment: #8b93a0 } }
        body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 0 }
        main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 3rem }
        h1 { font-size: 1.6rem; margin-bottom: .2rem } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--line) }
        .soft { color: var(--soft); margin: 0 0 1rem }
        .wide { overflow-x: auto } table { border-collapse: collapse } th, td { text-align: left; padding: .2rem 1.2rem .2rem 0; vertical-align: top }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
        th { font-weight: 600; color: var(--soft) }
        pre { background: var(--box); padding: .8rem 1rem; overflow-x: auto; font-size: .9rem; line-height: 1.45; border-radius: .3rem }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem }
        .figures.one { display: block } .figures svg { width: 100%; height: auto; max-width: 46rem }
        .numbers { display: flex; flex-wrap: wrap; gap: 1rem 2rem } .numbers b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums }
        .statement { color: var(--statement); font-weight: 600 } .known { color: var(--known) } .number { color: var(--number) }
        .text { color: var(--text) } .comment { color: var(--comment) }
        @media print { pre { white-space: pre-wrap } h2, svg, table { break-inside: avoid } }
        """;

    private static void Result(StringBuilder s, RunRecord run)
    {
        string Whole(string key) => long.TryParse(run.Settings.GetValueOrDefault(key), CultureInfo.InvariantCulture, out long n)
            ? n.ToString("N0", CultureInfo.InvariantCulture)
            : "?";
        s.Append($"<p class=\"soft\">{Text(run.State)}: {run.Epochs.Count:N0} "
            + $"epochs{(Whole("steps") is var steps && steps == "0" ? "" : $", {steps} steps")} in {NumberText.Time(run.Seconds)} on "
            + $"{Text(run.Settings.GetValueOrDefault("device_name", "?"))}; {Whole("parameters")} parameters</p>\n");
        if (run.Settings.TryGetValue("reason", out string? reason)) s.Append($"<p>{Text(reason)}</p>\n");
        s.Append("<div class=\"numbers\">\n");
        foreach ((string name, double value) in run.Result) s.Append($"<div>{Text(name)}<b>{NumberText.Number(value)}</b></div>\n");
        s.Append("</div>\n");
        if (run.Set.Count > 0)
            s.Append($"<p>With {Text(string.Join(", ", run.Set.Select(p => $"{p.Key} = {p.Value}")))} in place of what the script says.</p>\n");
    }

    private static void Curves(StringBuilder s, RunRecord run)
    {
        if (run.Epochs.Count == 0) return;
        s.Append("<h2>Curves</h2>\n<div class=\"figures\">\n");
        double[] Column(string name) => [.. run.Epochs.Select(e => e[run.Columns.ToList().IndexOf(name)])];
        double[] epochs = Column("epoch");
        // A metric and its validation share a figure.
        foreach (string metric in run.Columns.Skip(3).Select(c => c.StartsWith("val_", StringComparison.Ordinal) ? c[4..] : c).Distinct())
        {
            string[] names = [.. run.Columns.Where(c => c == metric || c == "val_" + metric)];
            LineLayer[] lines = [.. names.Select((n, i) => new LineLayer(n, i, epochs, Column(n)))];
            double[] all = [.. lines.SelectMany(l => l.Y).Where(double.IsFinite)];
            bool log = metric.Contains("loss", StringComparison.Ordinal) && all.Length > 0 && all.Min() > 0 && all.Max() > 20 * all.Min();
            s.Append(SvgCanvas.Write(new AxesFigure(metric, "epoch", metric, lines, log)));
        }

        double[] rates = Column("lr");
        if (rates.Distinct().Count() > 1)
            s.Append(SvgCanvas.Write(new AxesFigure("learning rate", "epoch", "learning rate", [new LineLayer("", 0, epochs, rates)])));
        s.Append("</div>\n");
    }

    // The script as it was; its data are where the script was.
    private static (Project? Project, string? Why) Reopened(RunRecord run)
    {
        string script = Path.Combine(run.Folder, "script.nn"), best = Path.Combine(run.Folder, "best.safetensors");
        try
        {
            return (Project.Bind(Dsl.SourceText.Load(script), new Dsl.BindOptions(run.Set),
                spec => Project.Load(spec, run.Settings.GetValueOrDefault("script", script), File.Exists(best) ? best : null)), null);
        }
        catch (NnException e)
        {
            return (null, Told.Of(e));
        }
    }

    // The validation part once more through the best model: what the numbers of the epochs do not tell.
    private static void Evaluation(StringBuilder s, RunRecord run, Project project, DeviceRequest device)
    {
        string best = Path.Combine(run.Folder, "best.safetensors");
        if (!File.Exists(best)) return;
        (TrainingDefinition training, LoadedData data) = project.Training();
        if (data.Validation.Samples == 0 || training.Predictor is null) return;
        using Backends.IBackend backend = DeviceChoice.Open(device);
        using var session = new TrainingSession(backend, training, data);
        Checkpoint.RestoreParameters(session, Safetensors.Load(best), best);
        if (ValidationFigures.AreThere(session))
            Classes(s, ValidationFigures.Of(session, MaxMatrixClasses, MaxMistakes), ValidationFigures.ClassesOf(session).Target);
        else if (EvaluationReport.Of(session)?.Numbers is { } numbers) Numbers(s, session, numbers);
    }

    private static void Classes(StringBuilder s, ValidationFigures figures, FieldForm target)
    {
        if (figures.Confusion is null) return;
        s.Append("<h2>Evaluation of the best model</h2>\n<div class=\"figures\"><div class=\"wide\"><table><tr><th>class</th><th "
            + "class=\"n\">precision</th><th class=\"n\">recall</th><th class=\"n\">f1</th><th class=\"n\">samples</th></tr>\n");
        foreach (ClassScore c in figures.Scores)
            s.Append($"<tr><td>{Text(ValidationFigures.Name(target, c.Class))}</td><td class=\"n\">{N(c.Precision)}</td><td "
                + $"class=\"n\">{N(c.Recall)}</td><td class=\"n\">{N(c.F1)}</td><td class=\"n\">{c.Support:N0}</td></tr>\n");
        s.Append("</table></div>\n").Append(SvgCanvas.Write(figures.Confusion)).Append("</div>\n");
        if (figures.Mistakes is { } mistakes)
            s.Append("<h2>Worst mistakes</h2>\n<div class=\"figures one\">\n").Append(SvgCanvas.Write(mistakes)).Append("</div>\n");
    }

    // Numbers: how near each prediction is, and where it is farthest.
    private static void Numbers(StringBuilder s, TrainingSession session, Regression numbers)
    {
        float[] outputs = session.ValidationOutputs(), targets = session.ValidationTargets(0).Values!;
        int[] some = [.. Enumerable.Range(0, targets.Length).Where(i => i % Math.Max(1, targets.Length / MaxPoints) == 0)];
        double low = targets.Min(), high = targets.Max();
        s.Append("<h2>Evaluation of the best model</h2>\n<div class=\"figures\">\n");
        s.Append(SvgCanvas.Write(new AxesFigure(
            $"{session.Definition.Name}: r2 {NumberText.Number(numbers.R2)}, mean error {NumberText.Number(numbers.Mae)}", "is", "predicted",
            [new LineLayer("as it should be", 6, [low, high], [low, high]),
                new PointLayer("validation samples", 0, [.. some.Select(i => (double)targets[i])], [.. some.Select(i => (double)outputs[i])])])));
        s.Append("<div class=\"wide\"><table><caption>largest misses</caption><tr><th class=\"n\">sample</th><th class=\"n\">is</th><th "
            + "class=\"n\">predicted</th><th class=\"n\">error</th></tr>\n");
        foreach (Miss m in numbers.Misses)
            s.Append($"<tr><td class=\"n\">{m.Sample}</td><td class=\"n\">{NumberText.Number(m.Target)}</td><td "
                + $"class=\"n\">{NumberText.Number(m.Output)}</td><td class=\"n\">{NumberText.Number(m.Error)}</td></tr>\n");
        s.Append("</table></div></div>\n");
    }

    private static void Model(StringBuilder s, Project project)
    {
        (TrainingDefinition training, LoadedData data) = project.Training();
        s.Append("<h2>Model and data</h2>\n<div class=\"figures\"><div class=\"wide\"><table><tr><th>layer</th><th></th><th>output</th><th "
            + "class=\"n\">parameters</th></tr>\n");
        foreach (Model m in training.Models)
        {
            foreach (LayerSummary l in m.Layers)
            {
                long own = l.Parameters.Where(p => p.Trained).Sum(p => p.Shape.Count);
                string name = training.Models.Count > 1 ? $"{m.Name}.{l.Name}" : l.Name;
                s.Append($"<tr><td>{Text(name)}</td><td>{Text(l.Kind)}</td><td>{l.Output}</td><td "
                    + $"class=\"n\">{(own == 0 ? "" : l.Shared ? "shared" : own.ToString("N0", CultureInfo.InvariantCulture))}</td></tr>\n");
            }
        }

        s.Append("</table></div>\n<ul>\n");
        foreach (string note in data.Notes) s.Append($"<li>{Text(note)}</li>\n");
        s.Append("</ul></div>\n");
    }

    private static void Environment(StringBuilder s, RunRecord run)
    {
        s.Append("<h2>Environment</h2>\n<table>\n");
        string Of(string key) => run.Settings.GetValueOrDefault(key, "");
        string When(string key) => DateTimeOffset.TryParse(Of(key), CultureInfo.InvariantCulture, out DateTimeOffset t)
            ? t.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture)
            : "";
        foreach ((string name, string value) in new[]
        {
            ("started", When("started")), ("ended", When("ended")), ("device", $"{Of("device")}: {Of("device_name")}"), ("driver", Of("driver")),
            ("system", Of("system")), ("batch", Of("batch")), ("seed", Of("seed")),
        })
        {
            if (value.Length > 0) s.Append($"<tr><th>{name}</th><td>{Text(value)}</td></tr>\n");
        }

        s.Append("</table>\n");
    }

    private static void Reproduce(StringBuilder s, RunRecord run)
    {
        var command = new StringBuilder(
            $"nn train {run.Settings.GetValueOrDefault("script", "script.nn")} --seed {run.Settings.GetValueOrDefault("seed", "0")} --epochs "
                + $"{run.Settings.GetValueOrDefault("epochs", "1")} --device {run.Settings.GetValueOrDefault("device", "auto")}");
        foreach ((string name, string value) in run.Set) command.Append($" --set '{name}={value}'");
        s.Append("<h2>How to reproduce</h2>\n<p>The same build, device and seed give the same bits.</p>\n<pre>").Append(Text(command.ToString()))
            .Append("</pre>\n");
    }

    private static string Script(RunRecord run)
    {
        string file = Path.Combine(run.Folder, "script.nn");
        return File.Exists(file) ? Dsl.SourceText.Load(file).Text : "";
    }

    private static string Marked(string script) => string.Concat(ScriptColours.Parts(script).Select(p =>
        p.Part is ScriptPart.Plain or ScriptPart.Wrong ? Text(p.Text) : $"<span class=\"{p.Part.ToString().ToLowerInvariant()}\">{Text(p.Text)}</span>"));

    private static string N(double v) => v.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
