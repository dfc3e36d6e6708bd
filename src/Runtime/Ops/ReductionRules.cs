using Nn.Graphs;
using static Nn.Graphs.Simplify;

namespace Nn.Ops;

/// <summary>What reductions come to as they are made.</summary>
internal static class ReductionRules
{
    /// <summary>Over nothing, or of equal numbers.</summary>
    public static Node? Sum(GraphBuilder b, object? a, Node[] x, Shape s) =>
        x[0].Shape == s ? x[0]
        : Is(x[0], MovementOps.Broadcast) && IsConstant(x[0].Inputs[0]) && x[0].Shape.IsKnown
            ? b.BroadcastTo(b.Constant(Value(x[0].Inputs[0]) * ((double)x[0].Shape.Count / s.Count)), s)
        : null;

    /// <summary>Over nothing.</summary>
    public static Node? Max(GraphBuilder b, object? a, Node[] x, Shape s) => x[0].Shape == s ? x[0] : null;
}
