using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>Turns nodes that are kernels or movements into steps, by what the rows of their ops say.</summary>
internal static class KernelSteps
{
    /// <summary>The steps of one node; parts of a joined tensor that are already in place need none.</summary>
    public static IEnumerable<PlanStep> Emit(Node node, Func<Node, Slot> at, Func<int, bool> embedded, FusedStep? epilogue)
    {
        Slot output = at(node);
        if (node.Op.Part is not { } place) return [Kernel(node, [.. node.Inputs.Select(at)], output, epilogue)];
        return Enumerable.Range(0, node.Inputs.Count).Where(i => !embedded(i)).Select(i => Part(place(node, i), at(node.Inputs[i]), output, node.Label ?? ""));
    }

    /// <summary>A plain copy of a whole slot.</summary>
    public static CopyStep Copy(Slot from, Slot to) =>
        new(new Movement(new Shape(checked((int)from.Shape.Count)), [1], 0, [1], 0, Clear: false), from, to) { Label = to.Name };

    private static CopyStep Part(TensorPart part, Slot from, Slot whole, string label) =>
        new(new Movement(part.Extents, part.Extents.Strides(), 0, part.Strides, part.Offset, Clear: false), from, whole) { Label = label };

    private static PlanStep Kernel(Node node, Slot[] x, Slot output, FusedStep? epilogue)
    {
        string label = node.Label ?? "";
        long flops = (node.Op.Flops?.Invoke(node) ?? 0) + (epilogue?.Flops ?? 0);
        if (node.Op.Moves is { } moves) return new CopyStep(moves(node), x[0], output) { Label = label };
        if (node.Op.Class != OpClass.Kernel) throw new InvalidOperationException($"no step for {node.Op.Name}");
        return node.Op.Geometry?.Invoke(node) switch
        {
            MatMulGeometry g => new MatMulStep(g, x[0], x[1], output, epilogue) { Label = label, Flops = flops },
            ConvGeometry g => new ConvStep(g, x[0], x[1], output, epilogue) { Label = label, Flops = flops },
            PoolGeometry g => new PoolStep(g, x, output) { Label = label, Flops = flops },
            GatherGeometry g => new GatherStep(g, x[0], x[1], output) { Label = label, Flops = flops },
            ScatterAddGeometry g => new ScatterAddStep(g, x[0], x[1], output) { Label = label, Flops = flops },
            _ => new OpStep(node.Op, node.Attributes, x, output) { Label = label, Flops = flops },
        };
    }
}
