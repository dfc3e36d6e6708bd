using Nn.Data;
using Nn.Networks.Runs;
using Nn.Repl.Options;
using Nn.Repl.Reports;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn eval</c>: the validation part through a trained model.</summary>
internal sealed class EvalCommand(RunOptions options)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("eval", CommandGroup.Use, "evaluates a trained model on the validation part")
    {
        Details = "`--model M`, or the model alone; loss and metrics, each class and what it was taken for, or the largest misses",
        Examples = ["nn eval digits.nn --model digits.safetensors", "nn eval digits.safetensors"],
        Program = ProgramForm.OfScript((_, o) => new EvalCommand(o).Run(), Common.Model, Common.Best),
        Session = new(InSession),
    };

    public int Run()
    {
        TrainedModel model = TrainedModel.Open(options, "eval");
        using TrainingRun run = TrainingRun.Start(model.Load(), options.Device);
        TrainingSession session = run.Session;
        Checkpoint.RestoreParameters(session, model.File, model.Path);
        Dictionary<string, double> metrics = session.Evaluate();
        if (metrics.Count == 0) throw new NnException(ExitCode.Script, "there is no validation part; add `split 80/20` to the data");
        if (options.Json)
        {
            JsonLine.Write(
            [
                ("event", "eval"), ("metrics", metrics),
                .. Reports(session).SelectMany(r => ReportJson.Fields(r.Report, r.Target.Form).Select(f => (r.Prefix + f.Name, f.Value))),
            ]);
            return 0;
        }

        foreach ((string name, double value) in metrics) Console.Out.WriteLine($"{name,-16} {NumberText.Number(value)}");
        if (options.Quiet) return 0;
        foreach ((string prefix, Field target, EvaluationReport report) in Reports(session))
        {
            if (prefix.Length > 0) Console.Out.WriteLine($"\n{target.Name}");
            new ReportText(Console.Out, TextStyle.ForOutput()).Write(report, session.Data, target.Form);
        }

        return 0;
    }

    // One for each output that has a target; of several their names stand before what is told.
    private static IEnumerable<(string Prefix, Field Target, EvaluationReport Report)> Reports(TrainingSession session)
    {
        IReadOnlyList<Field?> targets = session.Definition.PredictedTargets;
        for (int o = 0; o < targets.Count; o++)
        {
            if (targets[o] is { } target && EvaluationReport.Of(session, o) is { } report)
                yield return (targets.Count == 1 ? "" : target.Name + ".", target, report);
        }
    }

    private static void InSession(ReplSession s)
    {
        Dictionary<string, double> metrics = s.Live().Session.Evaluate();
        if (metrics.Count == 0) throw new NnException(ExitCode.Script, "there is no validation part; add `split 80/20` to the data");
        if (s.Json) JsonLine.Write(("event", "eval"), ("metrics", metrics));
        else foreach ((string name, double value) in metrics) s.Say($"{name,-16} {NumberText.Number(value)}");
    }
}
