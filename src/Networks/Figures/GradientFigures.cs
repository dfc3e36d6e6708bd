using System.Globalization;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Networks.Figures;

/// <summary>The gradients of the last step: whether they vanish or explode on their way back through the layers.</summary>
internal static class GradientFigures
{
    private const int Bins = 40, MaxLines = 8;
    // From here on the first layers learn at another speed than the last.
    private const double Much = 100;

    /// <summary>A histogram for each layer, or, with <c>depth</c> and for many layers, how sizes go from layer to layer.</summary>
    public static Figure Gradients(IFigureSource s, string[] words)
    {
        if (words.Length > 0 && words[0] != "depth") throw FigureKinds.Cannot($"gradients are drawn layer by layer, or by depth; '{words[0]}' is neither");
        TrainingSession session = s.Run().Session;
        if (session.Step == 0) throw FigureKinds.Cannot("no step was taken yet", RemedyKind.TakeStep);
        (string Name, double[] Sizes)[] layers = [.. Sizes(session)];
        if (layers.Length == 0) throw FigureKinds.Cannot("there are no gradients: all are zero, or the optimizer takes none");
        if (words.Length > 0 || layers.Length > MaxLines) return Depth(layers);
        return new AxesFigure($"gradients of step {session.Step:N0}: {Verdict(layers)}", "log10 |gradient|", "share",
            [.. layers.Select((l, i) => Histogram(l.Name, i, l.Sizes))]);
    }

    /// <summary>What the sizes of the first layer's gradients are to those of the last.</summary>
    /// <param name="layers">The sizes of each layer's gradients, in the order of the layers.</param>
    public static string Verdict(IReadOnlyList<(string Name, double[] Sizes)> layers)
    {
        if (layers.Count < 2) return "each weight's share by size";
        double ratio = Quantile(layers[0].Sizes, 0.5) / Quantile(layers[^1].Sizes, 0.5);
        string times = (ratio < 1 ? 1 / ratio : ratio).ToString("0.#", CultureInfo.InvariantCulture);
        return ratio <= 1 / Much ? $"they vanish: the first layer's are {times} times smaller than the last's"
            : ratio >= Much ? $"they explode: the first layer's are {times} times larger than the last's"
            : $"the first layer's are {times} times {(ratio < 1 ? "smaller" : "larger")} than the last's";
    }

    /// <summary>The value below which a share of others lies, by the nearest rank.</summary>
    public static double Quantile(double[] values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    // What is not zero.
    private static IEnumerable<(string Name, double[] Sizes)> Sizes(TrainingSession session)
    {
        foreach (ParameterRow row in session.Plan.Slots.Rows)
        {
            if (row.Gradients is not { } gradients) continue;
            float[] all = session.Read<float>(gradients);
            for (int i = 0; i < row.Parameters.Count; i++)
            {
                Parameter p = row.Parameters[i];
                if (p.Shape.Rank < 2) continue;
                double[] sizes = [.. all.AsSpan(row.Offsets[i], (int)p.Shape.Count).ToArray().Where(v => v != 0 && float.IsFinite(v))
                    .Select(v => Math.Abs((double)v))];
                if (sizes.Length > 0) yield return (p.Name, sizes);
            }
        }
    }

    private static AxesFigure Depth((string Name, double[] Sizes)[] layers)
    {
        double[] x = [.. Enumerable.Range(0, layers.Length).Select(i => i + 0.5)];
        LineLayer Line(string name, int colour, double share) => new(name, colour, x, [.. layers.Select(l => Quantile(l.Sizes, share))]);
        string model = layers[0].Name[..(layers[0].Name.IndexOf('.') + 1)];
        return new AxesFigure(
            $"gradients of the last step: {Verdict(layers)}", "layer", "|gradient|",
            [Line("largest 5 % above", 1, 0.95), Line("median", 0, 0.5), Line("smallest 5 % below", 4, 0.05)], LogY: true)
        {
            Names = [.. layers.Select(l => l.Name.StartsWith(model, StringComparison.Ordinal) ? l.Name[model.Length..].Replace(".weight", "") : l.Name)],
        };
    }

    private static LineLayer Histogram(string name, int colour, double[] sizes)
    {
        double[] values = [.. sizes.Select(Math.Log10)];
        double low = values.Min(), width = Math.Max(values.Max() - low, 1e-9) / Bins;
        var counts = new double[Bins];
        foreach (double v in values) counts[Math.Min(Bins - 1, (int)((v - low) / width))] += 1.0 / values.Length;
        return new LineLayer(name, colour, [.. Enumerable.Range(0, Bins).Select(i => low + (i + 0.5) * width)], counts);
    }
}
