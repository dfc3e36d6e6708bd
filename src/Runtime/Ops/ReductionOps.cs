using Nn.Graphs;

namespace Nn.Ops;

/// <summary>Ops that take the elements along axes together: to one number, whose axes stay with extent 1, or up to each place.</summary>
public static class ReductionOps
{
    /// <summary>Sum over the axes; 0 for no elements.</summary>
    public static readonly Op Sum = Reduction(
        "sum", FusedOp.RowSum, FusedOp.TerminalSum, 0, (acc, x) => acc + x, (b, n, g) => b.BroadcastTo(g, n.Inputs[0].Shape)) with
    {
        Word = new("sum", "sum over the features (over: all, time, batch)", "fn shares(x) = exp(x) / sum(exp(x))", OpAxes.Any, (g, x, axes) => g.Sum(x, axes)),
        Simplify = ReductionRules.Sum,
    };

    /// <summary>Largest over the axes; −∞ for no elements. Equal largest elements share the gradient.</summary>
    public static readonly Op Max = Reduction(
        "reduce_max", FusedOp.RowMax, FusedOp.TerminalMax, double.NegativeInfinity, (acc, x) => x > acc || double.IsNaN(x) ? x : acc, ShareAmongLargest) with
    {
        Simplify = ReductionRules.Max,
    };

    /// <summary>Position of the first largest element along one axis, i32.</summary>
    public static readonly Op ArgMax = new(
        "argmax", OpClass.Reduction, 1,
        (x, a) => ((ReduceAttributes)a!).Axes.Rank == 1
            ? (Reduced("argmax", x[0].Shape, (ReduceAttributes)a), DType.I32)
            : throw new ShapeException("argmax: exactly one axis"),
        (n, x, y) =>
        {
            int axis = n.Attribute<ReduceAttributes>().Axes[0];
            var best = new double[y.Length];
            Array.Fill(best, double.NegativeInfinity);
            Visit(n, (at, from, to) =>
            {
                if (!(x[0][from] > best[to]) && at[axis] != 0) return;
                best[to] = x[0][from];
                y[to] = at[axis];
            });
        },
        (_, _, _) => [null], FusedOp.RowArgMax, n => n.Inputs[0].Shape.Count)
    {
        Word = new("argmax", "position of the largest feature", "fn winner(x) = argmax(x) * 1", OpAxes.Features, (g, x, axes) => g.ArgMax(x, axes[0])),
    };

    /// <summary>
    /// The sum of the elements up to each place along one axis, or from each place on; added one after the other from that end. The gradient of an element
    /// is the sum of those of all places that it is part of: the same the other way round.
    /// </summary>
    public static readonly Op CumulativeSum = new(
        "cumsum", OpClass.Kernel, 1,
        (x, a) => ((CumulativeAttributes)a!).Axis is var axis && axis >= 0 && axis < x[0].Shape.Rank && x[0].Type == DType.F32
            ? (x[0].Shape, DType.F32)
            : throw new ShapeException($"cumsum: {x[0].Type.Name()} {x[0].Shape} has no numbers along an axis {axis}"),
        (n, x, y) =>
        {
            (int axis, bool reverse) = n.Attribute<CumulativeAttributes>();
            long stride = n.Shape.Strides()[axis];
            foreach ((int[] at, long linear) in Coordinates.Of(n.Shape))
            {
                // Those before it in the order of the sum, however far they lie apart.
                int terms = reverse ? n.Shape[axis] - at[axis] : at[axis] + 1;
                for (int i = 0; i < terms; i++) y[linear] += x[0][linear + (reverse ? i : -i) * stride];
            }
        },
        (b, n, g) => [b.CumulativeSum(g, n.Attribute<CumulativeAttributes>().Axis, !n.Attribute<CumulativeAttributes>().Reverse)],
        Flops: n => n.Shape.Count)
    {
        Word = new(
            "cumsum", "sum of the features up to each (over: time)", "fn rising(x) = cumsum(exp(x))", OpAxes.One, (g, x, axes) => g.CumulativeSum(x, axes[0])),
        Onnx = new("CumSum")
        {
            Axis = n => n.Attribute<CumulativeAttributes>().Axis,
            Attributes = n => new Dictionary<string, long> { ["reverse"] = n.Attribute<CumulativeAttributes>().Reverse ? 1 : 0 },
        },
    };

    private static Node ShareAmongLargest(GraphBuilder b, Node n, Node g)
    {
        Node largest = b.Equal(n.Inputs[0], n);
        return b.Mul(largest, b.Div(g, b.Sum(largest, n.Attribute<ReduceAttributes>().Axes)));
    }

    private static Op Reduction(
        string name, FusedOp row, FusedOp whole, double start, Func<double, double, double> fold, Func<GraphBuilder, Node, Node, Node> gradient) => new(
        name, OpClass.Reduction, 1,
        (x, a) => (Reduced(name, x[0].Shape, (ReduceAttributes)a!), x[0].Type),
        (n, x, y) =>
        {
            Array.Fill(y, start);
            Visit(n, (_, from, to) => y[to] = fold(y[to], x[0][from]));
        },
        (b, n, g) => [gradient(b, n, g)],
        row, n => n.Inputs[0].Shape.Count)
        {
            Terminal = whole,
        };

    private static void Visit(Node node, Action<int[], long, long> visit)
    {
        long[] strides = node.Shape.BroadcastStrides(node.Inputs[0].Shape);
        foreach ((int[] at, long linear) in Coordinates.Of(node.Inputs[0].Shape))
            visit(at, linear, Coordinates.Offset(at, strides));
    }

    private static Shape Reduced(string name, Shape shape, ReduceAttributes attributes)
    {
        foreach (int axis in attributes.Axes)
        {
            if (axis < 0 || axis >= shape.Rank) throw new ShapeException($"{name}: {shape} has no axis {axis}");
            shape = shape.With(axis, 1);
        }

        return shape;
    }
}
