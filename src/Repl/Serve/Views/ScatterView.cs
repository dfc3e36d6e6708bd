using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Sampling;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>What is predicted beside what is, for targets that are numbers.</summary>
internal sealed class ScatterView(TrainingSession session, Model model) : InputView(model, session.Input, Some(session.Data, MaxSamples))
{
    private const int MaxSamples = 400;

    private readonly float[] _actual = [.. Thinned(
        MemoryMarshal.Cast<byte, float>(Sampler.Source(session.Data).Target).ToArray().Take(MaxSamples * (int)session.Data.Target.Shape.Count).ToArray())];

    /// <summary>Whether a model gives as many numbers for a sample as there are targets.</summary>
    public static bool Fits(TrainingSession session, Model model) =>
        session.Data.Target.Type == DType.F32 && model.Output.Count == session.Data.Target.Shape.Count;

    /// <inheritdoc/>
    public override object Scene => new
    {
        Kind = "scatter",
        Actual = _actual,
        Note = $"{(session.Data.Validation.Samples > 0 ? "validation" : "training")} samples: across what it is, up what is predicted; on the line all is "
            + "right",
    };

    /// <inheritdoc/>
    protected override object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights) => new { Predicted = Thinned(outputs) };

    private static float[] Thinned(float[] values) => [.. values.Where((_, i) => i % Math.Max(1, values.Length / MaxSamples) == 0)];
}
