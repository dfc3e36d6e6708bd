using Nn.Data;
using Nn.Training;

namespace Nn.Repl;

/// <summary>Which model makes the samples of a script, and whether from noise.</summary>
/// <param name="Model">The model.</param>
/// <param name="FromNoise">Whether it takes normal noise; otherwise it takes the data's inputs and its output looks like them.</param>
internal sealed record SampleChoice(Model Model, bool FromNoise)
{
    /// <summary>The model of that name; without a name, the only one that makes inputs from something else, or the one that remakes them.</summary>
    /// <exception cref="NnException">There is none, or more than one.</exception>
    public static SampleChoice Find(TrainingDefinition training, LoadedData data, string? name)
    {
        if (!SampleSheet.CanDraw(data)) throw new NnException(ExitCode.Usage, $"samples are drawn of images with 1 or 3 channels; an input of this script is {data.Input.Shape}");
        bool Makes(Model m) => m.Output.Count == data.Input.Shape.Count;
        bool Noise(Model m) => m.Input.Count != data.Input.Shape.Count;
        if (name is not null)
        {
            Model named = training.Models.FirstOrDefault(m => m.Name == name)
                ?? throw new NnException(ExitCode.Usage, $"there is no model '{name}'; there is {string.Join(", ", training.Models.Select(m => m.Name))}");
            if (!Makes(named)) throw new NnException(ExitCode.Usage, $"{name} gives {named.Output}, not an image of {data.Input.Shape}");
            return new SampleChoice(named, Noise(named));
        }

        if (training.SinglePredictor is { } predictor && Makes(predictor)) return new SampleChoice(predictor, false);
        Model[] makers = [.. training.Models.Where(m => Makes(m) && Noise(m))];
        return makers.Length == 1
            ? new SampleChoice(makers[0], true)
            : throw new NnException(
                ExitCode.Usage, makers.Length == 0
                    ? $"no model of this script makes images of {data.Input.Shape}"
                    : $"which model? {string.Join(" and ", makers.Select(m => m.Name))} make images; name one: --of {makers[0].Name}");
    }
}
