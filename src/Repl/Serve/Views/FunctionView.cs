using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Repl.Serve.Views;

/// <summary>What a model of one input says everywhere, over the data.</summary>
internal sealed class FunctionView(TrainingSession session, Model model) : InputView(model, session.Input, session.Input.Store(Places(session.Data)))
{
    private const int Count = 200, MaxPoints = 600;

    /// <summary>Whether a model gives a number for a number.</summary>
    public static bool Fits(TrainingSession session, Model model)
    {
        (FieldForm input, FieldForm target) = (session.Data.Input, session.Data.Target);
        return input.Width == 1 && input.IsNumbers && target.IsNumbers && target.Width == 1 && model.Output.Count == 1;
    }

    /// <inheritdoc/>
    public override object Scene
    {
        get
        {
            Part part = session.Data.Training;
            float[] x = MemoryMarshal.Cast<byte, float>(part.Input).ToArray(), y = MemoryMarshal.Cast<byte, float>(part.Target).ToArray();
            int every = Math.Max(1, (part.Samples + MaxPoints - 1) / MaxPoints);
            return new
            {
                Kind = "function",
                Axes = new[] { session.Data.FeatureNames.FirstOrDefault("x"), "y" },
                X = Places(session.Data),
                Points = Enumerable.Range(0, part.Samples).Where(i => i % every == 0).Select(i => new[] { x[i], y[i] }),
            };
        }
    }

    /// <inheritdoc/>
    protected override object Draw(float[] outputs, IReadOnlyDictionary<Parameter, byte[]> weights) => new { Y = outputs };

    private static float[] Places(LoadedData data)
    {
        float[] x = MemoryMarshal.Cast<byte, float>(data.Training.Input).ToArray();
        (float low, float high) = (x.Min(), x.Max());
        return [.. Enumerable.Range(0, Count).Select(i => low + (high - low) * i / (Count - 1))];
    }
}
