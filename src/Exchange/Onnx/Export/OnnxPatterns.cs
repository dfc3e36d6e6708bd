using Nn.Graphs;
using Nn.Ops;

namespace Nn.Exchange.Onnx;

/// <summary>How a node is written: the values it needs, and the operations that make it from them.</summary>
internal sealed record OnnxPattern(IReadOnlyList<Node> Inputs, Action<OnnxEmitter, Node> Emit);

/// <summary>Operations of ONNX that stand for several nodes of a graph.</summary>
internal static class OnnxPatterns
{
    /// <summary>The largest operation that ends in a node.</summary>
    public static OnnxPattern Match(OnnxEmitter e, Node n) =>
        Stretched(e, n) ?? Biased(e, n) ?? Mean(e, n) ?? Rectified(n) ?? Softmax(n) ?? new OnnxPattern(n.Inputs, OnnxRows.All[n.Op]);

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

    // Pixels between those of an image along an axis: each place some of its own, some of the neighbour's on that side.
    private static OnnxPattern? Stretched(OnnxEmitter e, Node n)
    {
        if (n.Op != MovementOps.Reshape || n.Shape.Rank != 4 || n.Inputs[0] is not { Op: var op } sum || op != ElementwiseOps.Add) return null;
        Node[] terms = [.. sum.Inputs.SelectMany(t => t.Op == ElementwiseOps.Add ? t.Inputs : [t])];
        if (terms.Length != 3 || terms.Any(t => t.Op != ElementwiseOps.Mul)) return null;
        (Node Of, double[] By) Term(Node t) =>
            e.Constant(t.Inputs[1]) is { } by ? (Root(t.Inputs[0]), by) : e.Constant(t.Inputs[0]) is { } other ? (Root(t.Inputs[1]), other) : (t, []);
        (Node Of, double[] By)[] parts = [.. terms.Select(Term)];
        int times = parts[0].By.Length;
        if (times < 2 || parts.Any(p => p.By.Length != times)) return null;
        double[] far = [.. Enumerable.Range(0, times).Select(r => (r + 0.5) / times - 0.5)];
        (Node Of, double[] By) Part(Func<double, double> weight) =>
            parts.FirstOrDefault(p => p.By.Zip(far).All(w => Math.Abs(w.First - weight(w.Second)) < 1e-6));
        (Node? own, Node? before, Node? after) = (Part(d => 1 - Math.Abs(d)).Of, Part(d => Math.Max(-d, 0)).Of, Part(d => Math.Max(d, 0)).Of);
        // The neighbours are the image moved by one place, its border twice.
        if (own is null || before is not { Inputs: [{ } first, { } most] } || after is not { Inputs: [{ } rest, { } last] }) return null;
        if (before.Op != MovementOps.Concat || after.Op != MovementOps.Concat) return null;
        Node[] slices = [first, most, rest, last];
        if (slices.Any(s => s.Op != MovementOps.Slice || s.Inputs[0] != first.Inputs[0] || s.Attribute<SliceAttributes>().Step.Any(step => step != 1)))
            return null;
        Node image = first.Inputs[0];
        int axis = before.Attribute<ConcatAttributes>().Axis;
        int[] starts = [.. slices.Select(s => s.Attribute<SliceAttributes>().Start[axis])];
        if (image.Shape.Rank != 4 || axis is not (1 or 2) || Root(image) != own || after.Attribute<ConcatAttributes>().Axis != axis) return null;
        if (first.Shape[axis] != 1 || last.Shape[axis] != 1 || most.Shape != rest.Shape || starts is not [0, 0, 1, ..]) return null;
        if (image.Shape[axis] * times != n.Shape[axis]) return null;
        return new OnnxPattern([image], (x, node) => x.Set(
            node, true, "Resize",
            [x.Value(image, first: true), "", x.Numbers($"{node.Label ?? "graph"}/scales", 1, 1, axis == 1 ? times : 1, axis == 2 ? times : 1)],
            ("coordinate_transformation_mode", "half_pixel"), ("mode", "linear")));
    }

    // What reshapes lead back to.
    private static Node Root(Node n)
    {
        while (n.Op == MovementOps.Reshape) n = n.Inputs[0];
        return n;
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
