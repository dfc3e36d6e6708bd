using Nn.Graphs;
using Nn.Ops;

namespace Nn.Files.Onnx;

/// <summary>How a node is written: the values it needs, and the operations that make it from them.</summary>
internal sealed record OnnxPattern(IReadOnlyList<Node> Inputs, Action<OnnxEmitter, Node> Emit);

/// <summary>Operations of ONNX that stand for several nodes of a graph.</summary>
internal static class OnnxPatterns
{
    /// <summary>The largest operation that ends in a node.</summary>
    public static OnnxPattern Match(OnnxEmitter e, Node n) =>
        Biased(e, n) ?? Mean(e, n) ?? Rectified(n) ?? Softmax(n) ?? new OnnxPattern(n.Inputs, OnnxRows.All[n.Op]);

    // x·w + b of two axes is Gemm; conv(x, w) + b is Conv.
    private static OnnxPattern? Biased(OnnxEmitter e, Node n)
    {
        if (n.Op != ElementwiseOps.Add) return null;
        foreach ((Node product, Node bias) in new[] { (n.Inputs[0], n.Inputs[1]), (n.Inputs[1], n.Inputs[0]) })
        {
            if (e.Users(product).Count != 1 || e.IsConstant(product) || !e.IsConstant(bias) || bias.Shape != new Shape(n.Shape[-1])) continue;
            if (product.Op == ConvolutionOps.Conv) return new OnnxPattern([.. product.Inputs, bias], (x, node) => OnnxRows.Convolution(x, node, product, bias));
            if (product.Op != MatMulOp.MatMul || product.Shape.Rank != 2) continue;
            return new OnnxPattern([.. product.Inputs, bias], (x, node) =>
            {
                var t = product.Attribute<MatMulAttributes>();
                x.Set(
                    node, false, "Gemm", [x.Value(product.Inputs[0]), x.Value(product.Inputs[1]), x.Value(bias)],
                    ("transA", t.TransposeA ? 1L : 0L), ("transB", t.TransposeB ? 1L : 0L));
            });
        }

        return null;
    }

    private static OnnxPattern? Mean(OnnxEmitter e, Node n)
    {
        if (n.Op != ElementwiseOps.Mul) return null;
        foreach ((Node sum, Node factor) in new[] { (n.Inputs[0], n.Inputs[1]), (n.Inputs[1], n.Inputs[0]) })
        {
            if (sum.Op != ReductionOps.Sum || e.Users(sum).Count != 1 || factor.Op != LeafOps.Constant) continue;
            Shape axes = sum.Attribute<ReduceAttributes>().Axes;
            if (!axes.All(axis => sum.Inputs[0].Shape[axis].IsKnown)) continue;
            double count = axes.Aggregate(1.0, (c, axis) => c * sum.Inputs[0].Shape[axis]);
            if (factor.Attribute<ConstantAttributes>().Value != 1 / count) continue;
            return new OnnxPattern(sum.Inputs, (x, node) => OnnxRows.Reduced(x, node, sum.Inputs[0], axes, "ReduceMean"));
        }

        return null;
    }

    private static OnnxPattern? Rectified(Node n) =>
        n.Op == ElementwiseOps.Max && n.Inputs[1].Op == LeafOps.Constant && n.Inputs[1].Attribute<ConstantAttributes>() is { Value: 0, Type: DType.F32 }
            ? new OnnxPattern([n.Inputs[0]], (x, node) => x.Set(node, x.IsFirst(node.Inputs[0]), "Relu", [x.Value(node.Inputs[0], x.IsFirst(node.Inputs[0]))]))
            : null;

    // e ÷ Σe with e = exp(x − max x), all over the last axis.
    private static OnnxPattern? Softmax(Node n)
    {
        if (n.Op != ElementwiseOps.Div || n.Inputs[0] is not { Op: var exp } e || exp != ElementwiseOps.Exp || n.Inputs[1].Op != ReductionOps.Sum) return null;
        Node sum = n.Inputs[1], difference = e.Inputs[0];
        if (sum.Inputs[0] != e || !OverLast(sum) || difference.Op != ElementwiseOps.Sub) return null;
        Node x = difference.Inputs[0], largest = difference.Inputs[1];
        if (largest.Op == ElementwiseOps.Detach) largest = largest.Inputs[0];
        if (largest.Op != ReductionOps.Max || largest.Inputs[0] != x || !OverLast(largest)) return null;
        return new OnnxPattern([x], (emitter, node) =>
        {
            bool first = emitter.IsFirst(x);
            emitter.Set(node, first, "Softmax", [emitter.Value(x, first)], ("axis", first ? 1L : x.Shape.Rank - 1L));
        });
    }

    private static bool OverLast(Node reduce) => reduce.Attribute<ReduceAttributes>().Axes is { Rank: 1 } axes && axes[0] == reduce.Inputs[0].Shape.Rank - 1;
}
