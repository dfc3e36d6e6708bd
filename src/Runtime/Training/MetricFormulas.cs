using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>Metrics that are a mean over samples, as graphs.</summary>
public static class MetricFormulas
{
    /// <summary>
    /// The mean of a metric over a batch: <c>accuracy</c> (the largest output is the target class; with one output, both lie on the same side of ½),
    /// <c>mae</c>, <c>mse</c>. Targets are class numbers (i32, no class axis) or values of the output's shape.
    /// </summary>
    public static Node Build(string name, GraphBuilder g, Node output, Node target)
    {
        Node each = name switch
        {
            "accuracy" => Hits(g, output, target),
            "mae" => g.Abs(g.Sub(output, Values(g, output, target))),
            "mse" => Square(g, g.Sub(output, Values(g, output, target))),
            _ => throw new ArgumentException($"{name} is no mean over samples"),
        };
        return g.Reshape(g.Mean(each, new Shape([.. Enumerable.Range(0, each.Shape.Rank)])), Shape.Scalar);
    }

    private static Node Square(GraphBuilder g, Node x) => g.Mul(x, x);

    private static Node Values(GraphBuilder g, Node output, Node target) => target.Shape.Count == output.Shape.Count
        ? g.Reshape(g.Cast(target, DType.F32), output.Shape)
        : throw new ShapeException($"targets of {target.Shape} cannot be compared with outputs of {output.Shape}");

    private static Node Hits(GraphBuilder g, Node output, Node target)
    {
        if (output.Shape[-1] == 1)
        {
            Node half = g.Constant(0.5);
            return g.Equal(g.Less(half, output), g.Less(half, Values(g, output, target)));
        }

        Node best = g.ArgMax(output, -1);
        Node wanted = target.Type == DType.I32 ? target : g.ArgMax(target, -1);
        return g.Equal(best, g.Reshape(wanted, best.Shape));
    }
}
