using Nn.Graphs;
using Nn.Ops;

namespace Nn.Graphs;

/// <summary>
/// Algebraic rules, applied to every node as it is made: constants are folded, identities dropped, and logarithms of
/// softmax and sigmoid take the forms that neither overflow nor lose the small numbers.
/// </summary>
public static class Simplify
{
    private delegate Node? Rule(GraphBuilder b, object? attributes, Node[] x, Shape shape);

    // A clamp below this keeps log(p) finite in formulas; the joint forms are finite without it.
    private const double Tiny = 1e-30;

    private static readonly Dictionary<Op, Rule> Rules = new()
    {
        [ElementwiseOps.Add] = (b, _, x, s) =>
            IsConstant(x[1], 0) && x[0].Shape == s ? x[0]
            : IsConstant(x[0], 0) && x[1].Shape == s ? x[1]
            : Is(x[1], ElementwiseOps.Neg) ? b.Sub(x[0], x[1].Inputs[0])
            : Is(x[0], ElementwiseOps.Neg) ? b.Sub(x[1], x[0].Inputs[0])
            : IsConstant(x[0]) && !IsConstant(x[1]) ? b.Add(x[1], x[0])
            : PlacedParts.Join(b, x[0], x[1]),
        [ElementwiseOps.Sub] = (b, _, x, s) =>
            IsConstant(x[1], 0) && x[0].Shape == s ? x[0]
            : IsConstant(x[0], 0) && x[1].Shape == s ? b.Neg(x[1])
            : Is(x[1], ElementwiseOps.Neg) ? b.Add(x[0], x[1].Inputs[0])
            : null,
        [ElementwiseOps.Mul] = (b, _, x, s) =>
            IsConstant(x[0]) && !IsConstant(x[1]) ? b.Mul(x[1], x[0])
            : IsConstant(x[1], 1) && x[0].Shape == s ? x[0]
            : IsConstant(x[1], 0) ? b.BroadcastTo(x[1], s)
            : IsConstant(x[1], -1) && x[0].Shape == s ? b.Neg(x[0])
            : IsConstant(x[1]) && Is(x[0], ElementwiseOps.Neg) ? b.Mul(x[0].Inputs[0], b.Constant(-Value(x[1]), x[1].Type))
            : IsConstant(x[1]) && x[0].Type == DType.F32 && Is(x[0], ElementwiseOps.Mul) && IsConstant(x[0].Inputs[1])
                ? b.Mul(x[0].Inputs[0], b.Constant(Value(x[0].Inputs[1]) * Value(x[1])))
            : Is(x[0], ElementwiseOps.Neg) && Is(x[1], ElementwiseOps.Neg) ? b.Mul(x[0].Inputs[0], x[1].Inputs[0])
            : null,
        [ElementwiseOps.Div] = (b, _, x, s) =>
            IsConstant(x[1]) && Value(x[1]) != 0 ? b.Mul(x[0], b.Constant(1 / Value(x[1])))
            : IsConstant(x[0], 0) ? b.BroadcastTo(x[0], s)
            : null,
        [ElementwiseOps.Neg] = (b, _, x, _) =>
            Is(x[0], ElementwiseOps.Neg) ? x[0].Inputs[0]
            : Is(x[0], ElementwiseOps.Sub) ? b.Sub(x[0].Inputs[1], x[0].Inputs[0])
            : Is(x[0], ElementwiseOps.Mul) && IsConstant(x[0].Inputs[1]) ? b.Mul(x[0].Inputs[0], b.Constant(-Value(x[0].Inputs[1]), x[0].Type))
            : null,
        [ElementwiseOps.Pow] = (b, _, x, s) => !IsConstant(x[1]) || x[0].Shape != s ? null : Value(x[1]) switch
        {
            0 => b.BroadcastTo(b.Constant(1), s),
            1 => x[0],
            2 => b.Mul(x[0], x[0]),
            3 => b.Mul(b.Mul(x[0], x[0]), x[0]),
            0.5 => b.Sqrt(x[0]),
            -1 => b.Div(b.Constant(1), x[0]),
            _ => null,
        },
        [ElementwiseOps.Max] = (_, _, x, _) => x[0] == x[1] ? x[0] : null,
        [ElementwiseOps.Min] = (_, _, x, _) => x[0] == x[1] ? x[0] : null,
        [ElementwiseOps.Select] = (b, _, x, s) =>
            x[1] == x[2] && x[1].Shape == s ? x[1]
            : IsConstant(x[0]) ? b.BroadcastTo(x[Value(x[0]) != 0 ? 1 : 2], s)
            : null,
        [ElementwiseOps.Log] = (b, _, x, _) => LogOf(b, x[0]),
        [ElementwiseOps.Abs] = (_, _, x, _) => Is(x[0], ElementwiseOps.Abs) ? x[0] : null,
        [ElementwiseOps.Detach] = (_, _, x, _) => Is(x[0], ElementwiseOps.Detach) || IsConstant(x[0]) ? x[0] : null,
        [ReductionOps.Sum] = (b, _, x, s) =>
            x[0].Shape == s ? x[0]
            : Is(x[0], MovementOps.Broadcast) && IsConstant(x[0].Inputs[0]) && x[0].Shape.IsKnown
                ? b.BroadcastTo(b.Constant(Value(x[0].Inputs[0]) * ((double)x[0].Shape.Count / s.Count)), s)
            : null,
        [ReductionOps.Max] = (_, _, x, s) =>
            x[0].Shape == s ? x[0] : null,
        [MovementOps.Reshape] = (b, _, x, s) =>
            x[0].Shape == s && x[0].Shape.BatchAxis == s.BatchAxis ? x[0]
            : Is(x[0], MovementOps.Reshape) ? b.Reshape(x[0].Inputs[0], s)
            : Is(x[0], MovementOps.Broadcast) && IsConstant(x[0].Inputs[0]) ? b.BroadcastTo(x[0].Inputs[0], s)
            : IsConstant(x[0]) ? b.BroadcastTo(x[0], s)
            : null,
        [MovementOps.Broadcast] = (b, _, x, s) =>
            x[0].Shape == s ? x[0] : Is(x[0], MovementOps.Broadcast) ? b.BroadcastTo(x[0].Inputs[0], s) : null,
        [MovementOps.Permute] = (b, a, x, _) =>
            ((ShapeAttributes)a!).Shape.ToArray().SequenceEqual(Enumerable.Range(0, x[0].Shape.Rank)) ? x[0]
            : Is(x[0], MovementOps.Permute) ? b.Permute(x[0].Inputs[0], new Shape([.. ((ShapeAttributes)a).Shape.Select(i => x[0].Attribute<ShapeAttributes>().Shape[i])]))
            : Is(x[0], IndexingOps.Gather) ? GatherInOrder(b, x[0], ((ShapeAttributes)a).Shape)
            : null,
        [MovementOps.Slice] = (b, a, x, s) =>
            x[0].Shape == s ? x[0]
            : Is(x[0], MovementOps.Broadcast) && IsConstant(x[0].Inputs[0]) ? b.BroadcastTo(x[0].Inputs[0], s)
            : Is(x[0], MovementOps.Place) && x[0].Inputs[0].Shape == s && Same((SliceAttributes)a!, x[0].Attribute<SliceAttributes>()) ? x[0].Inputs[0]
            : PlacedParts.Slice(b, (SliceAttributes)a!, x[0]),
        [MovementOps.Place] = (b, _, x, s) =>
            x[0].Shape == s ? x[0] : Is(x[0], MovementOps.Broadcast) && IsConstant(x[0].Inputs[0], 0) ? b.BroadcastTo(x[0].Inputs[0], s) : null,
        [MovementOps.Concat] = (_, _, x, _) => x.Length == 1 ? x[0] : null,
    };

    /// <summary>Something simpler that has the same value, shape and type, or null.</summary>
    internal static Node? Apply(GraphBuilder builder, Op op, object? attributes, Node[] inputs, Shape shape, DType type)
    {
        if (op.Class == OpClass.Elementwise && op != LeafOps.Uniform && op != LeafOps.Normal)
        {
            Node[] repeated = Array.ConvertAll(inputs, i => Is(i, MovementOps.Broadcast) ? i.Inputs[0] : i);
            if (repeated.All(IsConstant)) return builder.BroadcastTo(Fold(builder, op, attributes, repeated, type), shape);
            if (WithoutBroadcasts(op, attributes, inputs, shape) is { } bare) return builder.Add(op, attributes, bare);
        }

        return Rules.TryGetValue(op, out Rule? rule) ? rule(builder, attributes, inputs, shape) : null;
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
            if (!Is(inputs[i], MovementOps.Broadcast)) continue;
            Node[] bare = [.. inputs];
            bare[i] = inputs[i].Inputs[0];
            if (op.Infer(bare, attributes).Shape == shape) return bare;
        }

        return null;
    }

    private static Node? LogOf(GraphBuilder b, Node p)
    {
        if (Is(p, ElementwiseOps.Max) && IsConstant(p.Inputs[1]) && Value(p.Inputs[1]) is > 0 and <= Tiny
            && LogOf(b, p.Inputs[0]) is { } unclamped) return unclamped;
        if (Is(p, ElementwiseOps.Exp)) return p.Inputs[0];
        if (Is(p, ElementwiseOps.Div) && Is(p.Inputs[0], ElementwiseOps.Exp)) return b.Sub(p.Inputs[0].Inputs[0], b.Log(p.Inputs[1]));
        if (Is(p, ElementwiseOps.Sigmoid)) return b.Neg(b.Softplus(b.Neg(p.Inputs[0])));
        if (Is(p, ElementwiseOps.Sub) && IsConstant(p.Inputs[0], 1) && Is(p.Inputs[1], ElementwiseOps.Sigmoid))
            return b.Neg(b.Softplus(p.Inputs[1].Inputs[0]));
        if (Is(p, MovementOps.Reshape) && LogOf(b, p.Inputs[0]) is { } inner) return b.Reshape(inner, p.Shape);
        return null;
    }

    // Rows in another order are those of row numbers in that order, which are less to move.
    private static Node? GatherInOrder(GraphBuilder b, Node gather, Shape order)
    {
        int rank = gather.Inputs[1].Shape.Rank;
        bool wholeRows = Enumerable.Range(rank, order.Rank - rank).All(i => order[i] == i);
        return wholeRows ? b.Gather(gather.Inputs[0], b.Permute(gather.Inputs[1], order.Range(0, rank))) : null;
    }

    private static bool Same(SliceAttributes a, SliceAttributes b) => a.Start == b.Start && a.Step == b.Step;

    private static bool Is(Node node, Op op) => node.Op == op;

    private static bool IsConstant(Node node) => node.Op == LeafOps.Constant;

    private static bool IsConstant(Node node, double value) => IsConstant(node) && Value(node) == value;

    private static double Value(Node constant) => constant.Attribute<ConstantAttributes>().Value;
}
