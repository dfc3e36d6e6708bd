using Nn.Files;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn eval</c>: the validation part through a trained model.</summary>
internal sealed class EvalCommand(RunOptions options)
{
    public int Run()
    {
        if (options.Model is not { } file) throw new NnException(ExitCode.Usage, ModelNeeded.By("eval", options.File));
        Safetensors model = Safetensors.Load(file);
        Project project = Project.Open(options.TrainedAs(model));
        using TrainingSession session = project.Session(options.Device);
        Checkpoint.RestoreParameters(session, model, file);
        Dictionary<string, double> metrics = session.Evaluate();
        if (metrics.Count == 0) throw new NnException(ExitCode.Script, "there is no validation part; add `split 80/20` to the data");
        if (options.Json)
        {
            JsonLine.Write([("event", "eval"), ("metrics", metrics), .. EvaluationReport.Of(session) is { } details ? ReportJson.Fields(details, session.Data) : []]);
            return 0;
        }

        foreach ((string name, double value) in metrics) Console.Out.WriteLine($"{name,-16} {TrainingDisplay.Number(value)}");
        if (!options.Quiet && EvaluationReport.Of(session) is { } report) new ReportText(Console.Out, TextStyle.ForOutput()).Write(report, session.Data);
        return 0;
    }
}
