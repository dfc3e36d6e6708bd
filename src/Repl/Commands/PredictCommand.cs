using Nn.Data;
using Nn.Files;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn predict</c>: outputs for given features, or for the first samples of the validation part.</summary>
internal sealed class PredictCommand(RunOptions options, string[] inputs)
{
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
        if (training.Predictor is null) throw new NnException(ExitCode.Usage, "this script's loss does not compare a model's output with the target, so there is nothing to predict");
        (IReadOnlyList<byte[]> stored, int samples) = inputs.Length > 0 ? PredictionInputs.Read(data.Schema, training.PredictedFrom, inputs) : Held(training, data);
        using TrainingSession session = project.Session(options.Device, samples);
        Checkpoint.RestoreParameters(session, model, file);
        new PredictionTable(session.Definition, options.Json, tellsTruth: false).Write(session.Predict(stored), samples, null);
        return 0;
    }

    private static (IReadOnlyList<byte[]> Stored, int Samples) Held(TrainingDefinition training, LoadedData data)
    {
        Part part = data.Validation.Samples > 0 ? data.Validation : data.Training;
        int samples = Math.Min(Shown, part.Samples);
        return (PredictionInputs.First(data.Schema, training.PredictedFrom, part, samples), samples);
    }
}
