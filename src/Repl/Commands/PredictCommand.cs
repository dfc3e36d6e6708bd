using Nn.Data;
using Nn.Files;
using Nn.Networks.Prediction;
using Nn.Networks.Runs;
using Nn.Networks.Sampling;
using Nn.Repl.Options;
using Nn.Repl.Reports;
using Nn.Repl.Session;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn predict</c>: outputs for given features, or for the first samples of the validation part.</summary>
internal sealed class PredictCommand(RunOptions options, string[] inputs)
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("predict", CommandGroup.Use, "predicts from inputs, or from samples of the validation part")
    {
        Details = "`--model M`; inputs are numbers, or PNG and JPEG images",
        Examples = ["nn predict xor.nn --model xor.safetensors 0 1", "nn predict digits.nn --model digits.safetensors seven.png"],
        Program = ProgramForm.OfScript((c, o) => new PredictCommand(o, c.GetValue(Common.Inputs) ?? []).Run(), Common.Model, Common.Best) with
        {
            Arguments = [Common.File, Common.Inputs],
        },
        Session = new("[INPUTS…]", "0 1", InSession),
    };

    private const int Shown = 10;

    public int Run()
    {
        if (inputs.FirstOrDefault(i => i.StartsWith("--", StringComparison.Ordinal)) is { } unknown)
            throw new NnException(ExitCode.Usage, $"nn predict has no option '{unknown.Split('=')[0]}'; `nn predict --help` shows those that there are");
        if (options.Model is not { } file) throw new NnException(ExitCode.Usage, ModelNeeded.By("predict", options.File));
        Safetensors model = Safetensors.Load(file);
        Project project = Project.Open(options.TrainedAs(model));
        (TrainingDefinition training, LoadedData data) = project.Training();
        if (data.Vocabulary is not null) throw new NnException(ExitCode.Usage, $"this model goes on with texts; write: nn generate {options.Model} --prompt \"…\"");
        if (training.Predictor is null) throw NothingToPredict();
        (IReadOnlyList<byte[]> stored, int samples) = inputs.Length > 0 ? PredictionInputs.Read(data.Schema, training.PredictedFrom, inputs) : Held(training, data);
        using TrainingRun run = TrainingRun.Start(project, options.Device, samples);
        TrainingSession session = run.Session;
        Checkpoint.RestoreParameters(session, model, file);
        new PredictionTable(session.Definition, options.Json, tellsTruth: false).Write(session.Predict(stored), samples, null);
        return 0;
    }

    private static (IReadOnlyList<byte[]> Stored, int Samples) Held(TrainingDefinition training, LoadedData data)
    {
        Part part = Sampler.Source(data);
        int samples = Math.Min(Shown, part.Samples);
        return (PredictionInputs.First(data.Schema, training.PredictedFrom, part, samples), samples);
    }

    private static void InSession(ReplSession s, string[] words)
    {
        TrainingRun run = s.Live();
        LoadedData data = run.Session.Data;
        if (data.Vocabulary is not null) throw new NnException(ExitCode.Usage, "this model goes on with texts; write :generate BEGINNING");
        TrainingDefinition training = run.Session.Definition;
        if (training.Predictor is null) throw NothingToPredict();
        (IReadOnlyList<byte[]> stored, int samples) = words.Length > 0 ? PredictionInputs.Read(data.Schema, training.PredictedFrom, words) : Held(training, data);
        new PredictionTable(training, s.Json, tellsTruth: true).Write(run.Predict(stored, samples), samples, words.Length > 0 ? null : Sampler.Source(data));
    }

    private static NnException NothingToPredict() =>
        new(ExitCode.Usage, "this script's loss does not compare a model's output with the target, so there is nothing to predict");
}
