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
        else if (node.Op.Moves is { } moves)
        {
            Movement m = moves(node);
            yield return new CopyStep(at(node.Inputs[0]), output, m.Extents, m.From, m.FromOffset, m.To, m.ToOffset, m.Clear) { Label = label };
        }
        else if (node.Op.Part is { } place)
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (embedded(i)) continue;
                TensorPart part = place(node, i);
                yield return new CopyStep(at(node.Inputs[i]), output, part.Extents, part.Extents.Strides(), 0, part.Strides, part.Offset, clear: false) { Label = label };
            }
        }
        else if (node.Op.Class == OpClass.Kernel)
        {
            yield return new OpStep(node.Op, node.Attributes, [.. node.Inputs.Select(at)], output) { Label = label, Flops = flops };
        }
        else
        {
            throw new InvalidOperationException($"no step for {node.Op.Name}");
        }
    }

    /// <summary>A plain copy of a whole slot.</summary>
    public static CopyStep Copy(Slot from, Slot to) =>
        new(from, to, new Shape(checked((int)from.Shape.Count)), [1], 0, [1], 0, clear: false) { Label = to.Name };

    private static PoolPass? PoolPassOf(Op op) =>
        op == PoolingOps.MaxPool ? PoolPass.Max
        : op == PoolingOps.MaxPoolGradient ? PoolPass.MaxGradient
        : op == PoolingOps.AveragePool ? PoolPass.Average
        : op == PoolingOps.AveragePoolGradient ? PoolPass.AverageGradient
        : null;
}
