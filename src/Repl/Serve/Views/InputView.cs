using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Figures;
using Nn.Networks.Sampling;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>A picture of what a model gives for the same inputs each time.</summary>
/// <param name="model">The model.</param>
/// <param name="form">What the inputs mean.</param>
/// <param name="inputs">As they are stored, sample after sample.</param>
/// <param name="keep">Which layers' values are part of the picture.</param>
internal abstract class InputView(Model model, FieldForm form, byte[] inputs, Func<LayerValue, bool>? keep = null) : PageView(model, form,
    inputs.Length / form.Bytes, keep)
{
    /// <summary>Samples that are looked at: those that are not trained on, where there are some, at most so many.</summary>
    protected static byte[] Some(LoadedData data, int most)
    {
        Part part = Sampler.Source(data);
        return data.Input.Samples(part.Input, 0, Math.Min(most, part.Samples)).ToArray();
    }

    /// <summary>Whether targets are classes, or say yes or no.</summary>
    protected static bool AreClasses(LoadedData data) =>
        data.Target.Type == DType.I32 || !MemoryMarshal.Cast<byte, float>(data.Training.Target).ContainsAnyExcept(0f, 1f);

    /// <summary>Which class an output means; a single one is its number, or says yes or no.</summary>
    protected static (int Class, double Strength) Said(float[] output, int classes) =>
        output.Length == 1 && classes > 2 ? ((int)Math.Clamp(Math.Round(output[0]), 0, classes - 1), 1) : ValidationFigures.Said(output);

    /// <inheritdoc/>
    protected sealed override object Picture(IReadOnlyDictionary<Parameter, byte[]> weights) => Draw(Run(inputs), weights);

    /// <summary>The picture for outputs, sample after sample.</summary>
    protected abstract object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights);
}
