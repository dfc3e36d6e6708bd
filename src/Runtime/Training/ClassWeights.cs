using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Training;

/// <summary>How much each class counts in a loss.</summary>
public static class ClassWeights
{
    /// <summary>
    /// Weights with which every class that occurs counts as much as another: n ÷ (k · nₖ) for nₖ of n labels of one of k classes (King and Zeng 2001, and
    /// scikit-learn's <c>class_weight="balanced"</c>). Padding and samples without a label are no labels; a class that does not occur has 0.
    /// </summary>
    /// <param name="labels">Class numbers; negative ones are none.</param>
    /// <param name="classes">How many there are.</param>
    public static float[] Balanced(ReadOnlySpan<int> labels, int classes)
    {
        var counts = new long[classes];
        foreach (int label in labels)
        {
            if (label >= 0) counts[label]++;
        }

        double each = (double)counts.Sum() / counts.Count(c => c > 0);
        return [.. counts.Select(c => c == 0 ? 0 : (float)(each / c))];
    }

    /// <summary>The weight of each label of a field, of the shape of the labels; 0 of what is no label.</summary>
    /// <param name="g">Where it is built.</param>
    /// <param name="labels">Class numbers, i32.</param>
    /// <param name="weights">One for each class.</param>
    public static Node Of(GraphBuilder g, Node labels, Node weights)
    {
        Shape each = labels.Shape.Concat(new Shape(1)), all = labels.Shape.Concat(weights.Shape);
        Node own = g.Equal(g.Iota(all, -1), g.Reshape(labels, each));
        return g.Reshape(g.Sum(g.Mul(own, weights), new Shape(labels.Shape.Rank)), labels.Shape);
    }

    internal static float[] Draw(Parameter parameter, LoadedData data)
    {
        int f = data.Schema.Targets.ToList().FindIndex(t => t.Name == parameter.Initializer.Field);
        return Balanced(MemoryMarshal.Cast<byte, int>(data.Training.Targets[f]), (int)parameter.Shape.Count);
    }
}
