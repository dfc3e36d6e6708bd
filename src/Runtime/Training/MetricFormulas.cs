using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>Metrics that are a mean over samples, as graphs.</summary>
internal static class MetricFormulas
{
    /// <summary>
    /// A metric at each place of a batch, whose mean is told: <c>accuracy</c> (the largest output is the target class; with one output, both lie on the
    /// same side of ½),
    /// <c>mae</c>, <c>mse</c>; <c>exact</c> is one number a sample, whether all its places are right.
    /// Targets are class numbers (i32, no class axis) or values of the output's shape. With several <paramref name="labels"/>,
    /// each output is compared with its own target as a
    /// single one is.
    /// </summary>
    public static Node Build(string name, BuildScope scope, Node output, Node target, bool labels = false)
    {
        GraphBuilder g = scope.Graph;
        return name switch
        {
            "accuracy" => Hits(g, output, target, labels),
            "exact" => AllHit(scope, Hits(g, output, target, labels)),
            "mae" => g.Abs(g.Sub(output, Values(g, output, target))),
            "mse" => Square(g, g.Sub(output, Values(g, output, target))),
            _ => throw new ArgumentException($"{name} is no mean over samples"),
        };
    }

    // Padding is not wrong.
    private static Node AllHit(BuildScope scope, Node hits)
    {
        GraphBuilder g = scope.Graph;
        Node right = g.Cast(hits, DType.F32);
        if (right.Shape.Rank == 1) return right;
        var axes = new Shape([.. Enumerable.Range(1, right.Shape.Rank - 1)]);
        return g.Equal(MaskedReductions.Sum(scope, g.Sub(g.Constant(1), right), axes), g.Constant(0));
    }

    private static Node Square(GraphBuilder g, Node x) => g.Mul(x, x);

    private static Node Values(GraphBuilder g, Node output, Node target) => target.Shape.Count == output.Shape.Count
        ? g.Reshape(g.Cast(target, DType.F32), output.Shape)
        : throw new ShapeException($"targets of {target.Shape} cannot be compared with outputs of {output.Shape}");

    /// <summary>
    /// Whether each of several outputs is a label of its own: it is a sigmoid, which says nothing about the others, and has a target of its own.
    /// </summary>
    internal static bool AreLabels(Node output, Node target)
    {
        while (output.Op == MovementOps.Reshape) output = output.Inputs[0];
        return output.Op == ElementwiseOps.Sigmoid && HaveOwnTargets(output, target);
    }

    /// <summary>Whether there are several outputs, each with a number as its target.</summary>
    internal static bool HaveOwnTargets(Node output, Node target) =>
        target.Type == DType.F32 && output.Shape.Rank > 0 && output.Shape[-1] > 1 && target.Shape.Count == output.Shape.Count;

    private static Node Hits(GraphBuilder g, Node output, Node target, bool labels)
    {
        if (output.Shape[-1] == 1 || labels)
        {
            Node half = g.Constant(0.5);
            return g.Equal(g.Less(half, output), g.Less(half, Values(g, output, target)));
        }

        Node best = g.ArgMax(output, -1);
        Node wanted = target.Type == DType.I32 ? target : g.ArgMax(target, -1);
        return g.Equal(best, g.Reshape(wanted, best.Shape));
    }
}
