using System.Globalization;
using System.Net;
using System.Text;
using Nn.Data;
using Nn.Files;
using Nn.Repl.Plots;
using Nn.Training;

namespace Nn.Repl.Runs;

/// <summary>A run as one page of HTML with everything in it: no file, script or font is loaded from elsewhere.</summary>
internal static class RunReport
{
    private const int MaxMatrixClasses = 40, MaxMistakes = 40;

    /// <summary>Writes the page.</summary>
    /// <param name="run">The run.</param>
    /// <param name="device">Where the validation part is evaluated.</param>
    public static string Write(RunRecord run, string device)
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
        Evaluation(s, run, device);
        s.Append("<h2>Script</h2>\n<pre>").Append(Text(Script(run))).Append("</pre>\n");
        Reproduce(s, run);
        return s.Append("</main></body></html>\n").ToString();
    }

    private const string Style = """
        :root { color-scheme: light dark; --ground: #fff; --ink: #222; --soft: #666; --line: #ddd; --box: #f5f5f5 }
        @media (prefers-color-scheme: dark) { :root { --ground: #1b1b1b; --ink: #e4e4e4; --soft: #aaa; --line: #3a3a3a; --box: #262626 } }
        body { background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 0 }
        main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem 3rem }
        h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--line) }
        table { border-collapse: collapse } th, td { text-align: left; padding: .2rem 1.2rem .2rem 0; vertical-align: top } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
        th { font-weight: 600; color: var(--soft) } pre { background: var(--box); padding: .8rem 1rem; overflow-x: auto; font-size: .9rem }
        .figures { display: flex; flex-wrap: wrap; gap: 1rem } .figures svg { max-width: 100%; height: auto }
        .numbers { display: flex; flex-wrap: wrap; gap: 1rem 2rem } .numbers b { display: block; font-size: 1.5rem }
        """;

    private static void Result(StringBuilder s, RunRecord run)
    {
        s.Append("<div class=\"numbers\">\n");
        foreach ((string name, double value) in run.Result) s.Append($"<div>{Text(name)}<b>{TrainingDisplay.Number(value)}</b></div>\n");
        s.Append("</div>\n<h2>Summary</h2>\n<table>\n");
        foreach ((string key, string name) in new[]
        {
            ("state", "state"), ("started", "started"), ("train_seconds", "seconds of training"), ("steps", "steps"), ("parameters", "parameters"), ("batch", "batch"), ("seed", "seed"),
            ("device", "device"), ("device_name", ""), ("driver", "driver"), ("system", "system"),
        })
        {
            if (run.Settings.TryGetValue(key, out string? value)) s.Append($"<tr><th>{name}</th><td>{Text(value)}</td></tr>\n");
        }

        s.Append("</table>\n");
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
        if (rates.Distinct().Count() > 1) s.Append(SvgCanvas.Write(new AxesFigure("learning rate", "epoch", "learning rate", [new LineLayer("", 0, epochs, rates)])));
        s.Append("</div>\n");
    }

    // The validation part once more through the best model: what the numbers of the epochs do not tell.
    private static void Evaluation(StringBuilder s, RunRecord run, string device)
    {
        string best = Path.Combine(run.Folder, "best.safetensors"), script = Path.Combine(run.Folder, "script.nn");
        if (!File.Exists(best)) return;
        Project project;
        try
        {
            // The script as it was; its data are where the script was.
            project = Project.Bind(Dsl.SourceText.Load(script), new Dsl.BindOptions(run.Set), spec => Project.Load(spec, run.Settings.GetValueOrDefault("script", script), best));
        }
        catch (NnException e)
        {
            s.Append($"<h2>Evaluation</h2>\n<p>The data could not be read again: {Text(e.Message)}</p>\n");
            return;
        }

        (TrainingDefinition training, LoadedData data) = project.Training();
        if (data.Validation.Samples == 0 || training.Predictor is null) return;
        // Losses and numbers are told by the curves.
        using Backends.IBackend backend = DeviceChoice.Open(device);
        using var session = new TrainingSession(backend, training, data);
        Checkpoint.RestoreParameters(session, Safetensors.Load(best), best);
        if (!ValidationFigures.AreThere(session)) return;
        ValidationFigures figures = ValidationFigures.Of(session, MaxMatrixClasses, MaxMistakes);
        if (figures.Confusion is null) return;
        s.Append("<h2>Evaluation of the best model</h2>\n<table><tr><th>class</th><th class=\"n\">precision</th><th class=\"n\">recall</th><th class=\"n\">f1</th><th class=\"n\">samples</th></tr>\n");
        foreach (ClassScore c in figures.Scores)
            s.Append($"<tr><td>{Text(data.ClassNames.ElementAtOrDefault(c.Class) ?? $"{c.Class}")}</td><td class=\"n\">{N(c.Precision)}</td><td class=\"n\">{N(c.Recall)}</td><td class=\"n\">{N(c.F1)}</td><td class=\"n\">{c.Support:N0}</td></tr>\n");
        s.Append("</table>\n<div class=\"figures\">\n").Append(SvgCanvas.Write(figures.Confusion)).Append("</div>\n");
        if (figures.Mistakes is { } mistakes) s.Append("<h2>Worst mistakes</h2>\n<div class=\"figures\">\n").Append(SvgCanvas.Write(mistakes)).Append("</div>\n");
    }

    private static void Reproduce(StringBuilder s, RunRecord run)
    {
        var command = new StringBuilder($"nn train {run.Settings.GetValueOrDefault("script", "script.nn")} --seed {run.Settings.GetValueOrDefault("seed", "0")} --epochs {run.Settings.GetValueOrDefault("epochs", "1")} --device {run.Settings.GetValueOrDefault("device", "auto")}");
        foreach ((string name, string value) in run.Set) command.Append($" --set '{name}={value}'");
        s.Append("<h2>How to reproduce</h2>\n<p>The same build, device and seed give the same bits.</p>\n<pre>").Append(Text(command.ToString())).Append("</pre>\n");
    }

    private static string Script(RunRecord run)
    {
        string file = Path.Combine(run.Folder, "script.nn");
        return File.Exists(file) ? Dsl.SourceText.Load(file).Text : "";
    }

    private static string N(double v) => v.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
