using Nn.Graphs;
using static Nn.Graphs.Simplify;

namespace Nn.Ops;

/// <summary>What elementwise ops come to as they are made: constants are folded, identities dropped.</summary>
internal static class ElementwiseRules
{
    // A clamp below this keeps log(p) finite in formulas; the joint forms are finite without it.
    private const double Tiny = 1e-30;

    /// <summary>Zeros dropped; a − b for a + −b; constants on the right; sums of placed parts joined.</summary>
    public static Node? Add(GraphBuilder b, object? a, Node[] x, Shape s) =>
        IsConstant(x[1], 0) && x[0].Shape == s ? x[0]
        : IsConstant(x[0], 0) && x[1].Shape == s ? x[1]
        : Is(x[1], ElementwiseOps.Neg) ? b.Sub(x[0], x[1].Inputs[0])
        : Is(x[0], ElementwiseOps.Neg) ? b.Sub(x[1], x[0].Inputs[0])
        : IsConstant(x[0]) && !IsConstant(x[1]) ? b.Add(x[1], x[0])
        : PlacedParts.Join(b, x[0], x[1]);

    /// <summary>Zeros dropped, a + b for a − −b.</summary>
    public static Node? Sub(GraphBuilder b, object? a, Node[] x, Shape s) =>
        IsConstant(x[1], 0) && x[0].Shape == s ? x[0]
        : IsConstant(x[0], 0) && x[1].Shape == s ? b.Neg(x[1])
        : Is(x[1], ElementwiseOps.Neg) ? b.Add(x[0], x[1].Inputs[0])
        : null;

    /// <summary>Constants on the right and folded together; 1, 0 and −1 known.</summary>
    public static Node? Mul(GraphBuilder b, object? a, Node[] x, Shape s) =>
        IsConstant(x[0]) && !IsConstant(x[1]) ? b.Mul(x[1], x[0])
        : IsConstant(x[1], 1) && x[0].Shape == s ? x[0]
        : IsConstant(x[1], 0) ? b.BroadcastTo(x[1], s)
        : IsConstant(x[1], -1) && x[0].Shape == s ? b.Neg(x[0])
        : IsConstant(x[1]) && Is(x[0], ElementwiseOps.Neg) ? b.Mul(x[0].Inputs[0], b.Constant(-Value(x[1]), x[1].Type))
        : IsConstant(x[1]) && x[0].Type == DType.F32 && Is(x[0], ElementwiseOps.Mul) && IsConstant(x[0].Inputs[1])
            ? b.Mul(x[0].Inputs[0], b.Constant(Value(x[0].Inputs[1]) * Value(x[1])))
        : Is(x[0], ElementwiseOps.Neg) && Is(x[1], ElementwiseOps.Neg) ? b.Mul(x[0].Inputs[0], x[1].Inputs[0])
        : null;

    /// <summary>By a constant: a product.</summary>
    public static Node? Div(GraphBuilder b, object? a, Node[] x, Shape s) =>
        IsConstant(x[1]) && Value(x[1]) != 0 ? b.Mul(x[0], b.Constant(1 / Value(x[1])))
        : IsConstant(x[0], 0) ? b.BroadcastTo(x[0], s)
        : null;

    /// <summary>Signs that cancel, or go into what is below.</summary>
    public static Node? Neg(GraphBuilder b, object? a, Node[] x, Shape s) =>
        Is(x[0], ElementwiseOps.Neg) ? x[0].Inputs[0]
        : Is(x[0], ElementwiseOps.Sub) ? b.Sub(x[0].Inputs[1], x[0].Inputs[0])
        : Is(x[0], ElementwiseOps.Mul) && IsConstant(x[0].Inputs[1]) ? b.Mul(x[0].Inputs[0], b.Constant(-Value(x[0].Inputs[1]), x[0].Type))
        : null;

    /// <summary>Small powers as products, ½ as a root, −1 as a quotient.</summary>
    public static Node? Pow(GraphBuilder b, object? a, Node[] x, Shape s) =>
        !IsConstant(x[1]) || x[0].Shape != s ? null : Value(x[1]) switch
        {
            0 => b.BroadcastTo(b.Constant(1), s),
            1 => x[0],
            2 => b.Mul(x[0], x[0]),
            3 => b.Mul(b.Mul(x[0], x[0]), x[0]),
            0.5 => b.Sqrt(x[0]),
            -1 => b.Div(b.Constant(1), x[0]),
            _ => null,
        };

    /// <summary>Of a value with itself.</summary>
    public static Node? Max(GraphBuilder b, object? a, Node[] x, Shape s) => x[0] == x[1] ? x[0] : null;

    /// <summary>Of a value with itself.</summary>
    public static Node? Min(GraphBuilder b, object? a, Node[] x, Shape s) => x[0] == x[1] ? x[0] : null;

    /// <summary>Between equals, or by a constant.</summary>
    public static Node? Select(GraphBuilder b, object? a, Node[] x, Shape s) =>
        x[1] == x[2] && x[1].Shape == s ? x[1]
        : IsConstant(x[0]) ? b.BroadcastTo(x[Value(x[0]) != 0 ? 1 : 2], s)
        : null;

    /// <summary>Of a softmax, a sigmoid, an exponential: the forms that neither overflow nor lose the small numbers.</summary>
    public static Node? Log(GraphBuilder b, object? a, Node[] x, Shape s) => LogOf(b, x[0]);

    /// <summary>Of what has no sign.</summary>
    public static Node? Abs(GraphBuilder b, object? a, Node[] x, Shape s) => Is(x[0], ElementwiseOps.Abs) ? x[0] : null;

    /// <summary>Twice, or of a constant.</summary>
    public static Node? Detach(GraphBuilder b, object? a, Node[] x, Shape s) => Is(x[0], ElementwiseOps.Detach) || IsConstant(x[0]) ? x[0] : null;

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
}
