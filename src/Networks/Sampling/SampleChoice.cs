using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Networks.Sampling;

/// <summary>Which model makes the samples of a script, and whether from noise.</summary>
/// <param name="Model">The model.</param>
/// <param name="FromNoise">Whether it takes normal noise; otherwise it takes the data's inputs and its output looks like them.</param>
public sealed record SampleChoice(Model Model, bool FromNoise)
{
    /// <summary>Whether it is the picture that the script shows, of which there is one: it looks at nothing.</summary>
    public bool Shown { get; init; }

    /// <summary>What the samples are like: the images of the data, or the picture as it is, from 0 to 1.</summary>
    public FieldForm Form(LoadedData data) => Shown ? new FieldForm(Model.Output, DType.U8) : data.Input;

    /// <summary>The models that make samples where none is named: the one that remakes inputs, or else all that make them from something else.</summary>
    /// <exception cref="NnException">Samples of these data are no images.</exception>
    public static IReadOnlyList<SampleChoice> All(TrainingDefinition training, LoadedData data)
    {
        if (training.Shown is { } shown) return [new SampleChoice(shown, true) { Shown = true }];
        Check(data);
        return training.SinglePredictor is { } predictor && Makes(predictor, data)
            ? [new SampleChoice(predictor, false)]
            : [.. training.Models.Where(m => Makes(m, data) && TakesNoise(m, data)).Select(m => new SampleChoice(m, true))];
    }

    /// <summary>The model of that name; without a name, the only one of <see cref="All"/>.</summary>
    /// <exception cref="NnException">There is none, or more than one.</exception>
    public static SampleChoice Find(TrainingDefinition training, LoadedData data, string? name)
    {
        if (training.Shown is { } shown && (name is null || name == shown.Name)) return All(training, data)[0];
        Check(data);
        if (name is not null)
        {
            Model named = training.Models.FirstOrDefault(m => m.Name == name)
                ?? throw new NnException(ExitCode.Usage, $"there is no model '{name}'; there is {string.Join(", ", training.Models.Select(m => m.Name))}");
            if (!Makes(named, data)) throw new NnException(ExitCode.Usage, $"{name} gives {named.Output}, not an image of {data.Input.Shape}");
            return new SampleChoice(named, TakesNoise(named, data));
        }

        IReadOnlyList<SampleChoice> all = All(training, data);
        return all.Count == 1
            ? all[0]
            : throw new NnException(
                ExitCode.Usage, all.Count == 0
                    ? $"no model of this script makes images of {data.Input.Shape}"
                    : $"which model? {string.Join(" and ", all.Select(c => c.Model.Name))} make images; name one, such as {all[0].Model.Name}");
    }

    private static bool Makes(Model m, LoadedData data) => !m.Output.HasLength && m.Output.Count == data.Input.Shape.Count;

    private static bool TakesNoise(Model m, LoadedData data) => !m.Input.HasLength && m.Input.Count != data.Input.Shape.Count;

    private static void Check(LoadedData data)
    {
        if (!SampleSheet.CanDraw(data))
            throw new NnException(ExitCode.Usage, $"samples are drawn of images with 1 or 3 channels; an input of this script is {data.Input.Shape}");
    }
}
