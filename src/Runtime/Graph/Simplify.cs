using Nn.Graphs;
using Nn.Ops;

namespace Nn.Graphs;

/// <summary>
/// Makes something simpler of nodes as they are made: elementwise ops of constants are folded, operands repeated beforehand are not, and the op's row may know
/// more (<see cref="Op.Simplify"/>).
/// </summary>
public static class Simplify
{
    /// <summary>Something simpler that has the same value, shape and type, or null.</summary>
    internal static Node? Apply(GraphBuilder builder, Op op, object? attributes, Node[] inputs, Shape shape, DType type)
    {
        if (op.Class == OpClass.Elementwise && !op.Random)
        {
            Node[] repeated = Array.ConvertAll(inputs, i => i.Op.Repeats ? i.Inputs[0] : i);
            if (repeated.All(IsConstant)) return builder.BroadcastTo(Fold(builder, op, attributes, repeated, type), shape);
            if (WithoutBroadcasts(op, attributes, inputs, shape) is { } bare) return builder.Add(op, attributes, bare);
        }

        return op.Simplify?.Invoke(builder, attributes, inputs, shape);
    }

    private static Node Fold(GraphBuilder builder, Op op, object? attributes, Node[] inputs, DType type)
    {
        var value = new double[1];
        op.Evaluate(new Node(-1, op, inputs, attributes, Shape.Scalar, type), [.. inputs.Select(i => new[] { Value(i) })], value);
        return builder.Constant(value[0], type);
    }

    // Elementwise ops broadcast by themselves: an operand repeated beforehand need not be.
    private static Node[]? WithoutBroadcasts(Op op, object? attributes, Node[] inputs, Shape shape)
    {
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!inputs[i].Op.Repeats) continue;
            Node[] bare = [.. inputs];
            bare[i] = inputs[i].Inputs[0];
            if (op.Infer(bare, attributes).Shape == shape) return bare;
        }

        return null;
    }

    internal static bool Is(Node node, Op op) => node.Op == op;

    internal static bool IsConstant(Node node) => node.Attributes is ConstantAttributes;

    internal static bool IsConstant(Node node, double value) => IsConstant(node) && Value(node) == value;

    internal static double Value(Node constant) => constant.Attribute<ConstantAttributes>().Value;
}
