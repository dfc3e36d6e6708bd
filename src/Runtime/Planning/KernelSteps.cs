using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>Turns nodes that are kernels or movements into steps.</summary>
internal static class KernelSteps
{
    /// <summary>The steps of one node; parts of a joined tensor that are already in place need none.</summary>
    public static IEnumerable<Step> Emit(Node node, Func<Node, Slot> at, Func<int, bool> embedded, FusedStep? epilogue)
    {
        string label = node.Label ?? "";
        long flops = (node.Op.Flops?.Invoke(node) ?? 0) + (epilogue?.Flops ?? 0);
        Slot output = at(node);
        if (node.Op == MatMulOp.MatMul)
        {
            (int m, int n, int k) = MatMulOp.Sizes(node);
            var t = node.Attribute<MatMulAttributes>();
            int batch = (int)node.Shape.Range(0, node.Shape.Rank - 2).Count;
            long strideA = node.Inputs[0].Shape.Rank == 2 ? 0 : (long)m * k, strideB = node.Inputs[1].Shape.Rank == 2 ? 0 : (long)k * n;
            // Products that share B and whose rows of A follow each other are one.
            if (strideB == 0 && !t.TransposeA && (strideA != 0 || batch == 1)) (m, batch, strideA) = (checked(batch * m), 1, 0);
            yield return new MatMulStep(at(node.Inputs[0]), at(node.Inputs[1]), output, batch, m, n, k, t.TransposeA, t.TransposeB, strideA, strideB, epilogue)
            { Label = label, Flops = flops };
        }
        else if (node.Op == ConvolutionOps.Conv || node.Op == ConvolutionOps.InputGradient || node.Op == ConvolutionOps.WeightGradient)
        {
            (ConvPass pass, Shape image, Shape weights, Shape result) =
                node.Op == ConvolutionOps.Conv ? (ConvPass.Forward, node.Inputs[0].Shape, node.Inputs[1].Shape, node.Shape)
                : node.Op == ConvolutionOps.InputGradient ? (ConvPass.InputGradient, node.Shape, node.Inputs[1].Shape, node.Inputs[0].Shape)
                : (ConvPass.WeightGradient, node.Inputs[0].Shape, node.Shape, node.Inputs[1].Shape);
            yield return new ConvStep(pass, node.Attribute<ConvAttributes>(), at(node.Inputs[0]), at(node.Inputs[1]), output, image, weights, result, epilogue)
            { Label = label, Flops = flops };
        }
        else if (PoolPassOf(node.Op) is { } pool)
        {
            (Shape image, Shape pooled) = pool switch
            {
                PoolPass.Max or PoolPass.Average => (node.Inputs[0].Shape, node.Shape),
                PoolPass.MaxGradient => (node.Shape, node.Inputs[1].Shape),
                _ => (node.Shape, node.Inputs[0].Shape),
            };
            yield return new PoolStep(pool, node.Attribute<PoolAttributes>(), [.. node.Inputs.Select(at)], output, image, pooled) { Label = label, Flops = flops };
        }
        else if (node.Op == IndexingOps.Gather)
        {
            Shape table = node.Inputs[0].Shape;
            yield return new GatherStep(at(node.Inputs[0]), at(node.Inputs[1]), output, table[0], table.Count / table[0]) { Label = label };
        }
        else if (node.Op == IndexingOps.ScatterAdd)
        {
            long width = node.Shape.Range(1, node.Shape.Rank).Count;
            yield return new ScatterAddStep(at(node.Inputs[0]), at(node.Inputs[1]), output, node.Shape[0], width) { Label = label, Flops = flops };
        }
        else if (node.Op == MovementOps.Permute)
        {
            yield return new CopyStep(at(node.Inputs[0]), output, node.Shape, MovementOps.PermutedStrides(node), 0, node.Shape.Strides(), 0, clear: false) { Label = label };
        }
        else if (node.Op == MovementOps.Slice)
        {
            (long[] strides, long start) = SliceStrides(node.Inputs[0].Shape, node.Attribute<SliceAttributes>());
            yield return new CopyStep(at(node.Inputs[0]), output, node.Shape, strides, start, node.Shape.Strides(), 0, clear: false) { Label = label };
        }
        else if (node.Op == MovementOps.Place)
        {
            Shape part = node.Inputs[0].Shape;
            (long[] strides, long start) = SliceStrides(node.Shape, node.Attribute<SliceAttributes>());
            yield return new CopyStep(at(node.Inputs[0]), output, part, part.Strides(), 0, strides, start, clear: true) { Label = label };
        }
        else if (node.Op == MovementOps.Concat || node.Op == MovementOps.Pack)
        {
            foreach (Step step in Parts(node, at, embedded, output)) yield return step;
        }
        else
        {
            throw new InvalidOperationException($"no step for {node.Op.Name}");
        }
    }

    /// <summary>A plain copy of a whole slot.</summary>
    public static CopyStep Copy(Slot from, Slot to) =>
        new(from, to, new Shape(checked((int)from.Shape.Count)), [1], 0, [1], 0, clear: false) { Label = to.Name };

    private static IEnumerable<Step> Parts(Node whole, Func<Node, Slot> at, Func<int, bool> embedded, Slot output)
    {
        long start = 0;
        for (int i = 0; i < whole.Inputs.Count; i++)
        {
            Node part = whole.Inputs[i];
            if (!embedded(i))
            {
                Shape extents = whole.Op == MovementOps.Pack ? new Shape((int)part.Shape.Count) : part.Shape;
                long[] strides = whole.Op == MovementOps.Pack ? [1] : whole.Shape.Strides();
                long offset = whole.Op == MovementOps.Pack ? whole.Attribute<PackAttributes>().Offsets[i] : start;
                yield return new CopyStep(at(part), output, extents, extents.Strides(), 0, strides, offset, clear: false) { Label = whole.Label ?? "" };
            }

            if (whole.Op == MovementOps.Concat)
            {
                int axis = whole.Attribute<ConcatAttributes>().Axis;
                start += part.Shape[axis] * whole.Shape.Strides()[axis];
            }
        }
    }

    private static (long[] Strides, long Start) SliceStrides(Shape whole, SliceAttributes s)
    {
        long[] own = whole.Strides();
        return ([.. own.Select((stride, i) => stride * s.Step[i])], Coordinates.Offset(s.Start.ToArray(), own));
    }

    private static PoolPass? PoolPassOf(Op op) =>
        op == PoolingOps.MaxPool ? PoolPass.Max
        : op == PoolingOps.MaxPoolGradient ? PoolPass.MaxGradient
        : op == PoolingOps.AveragePool ? PoolPass.Average
        : op == PoolingOps.AveragePoolGradient ? PoolPass.AverageGradient
        : null;
}
