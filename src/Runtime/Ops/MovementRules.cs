using Nn.Graphs;
using static Nn.Graphs.Simplify;

namespace Nn.Ops;

/// <summary>What movements come to as they are made.</summary>
internal static class MovementRules
{
    /// <summary>To the same shape, twice, or of equal numbers.</summary>
    public static Node? Reshape(GraphBuilder b, object? a, Node[] x, Shape s) =>
        x[0].Shape == s && x[0].Shape.BatchAxis == s.BatchAxis ? x[0]
        : Is(x[0], MovementOps.Reshape) ? b.Reshape(x[0].Inputs[0], s)
        : Is(x[0], MovementOps.Broadcast) && IsConstant(x[0].Inputs[0]) ? b.BroadcastTo(x[0].Inputs[0], s)
        : IsConstant(x[0]) ? b.BroadcastTo(x[0], s)
        : null;

    /// <summary>To the same shape, or twice.</summary>
    public static Node? Broadcast(GraphBuilder b, object? a, Node[] x, Shape s) =>
        x[0].Shape == s ? x[0] : Is(x[0], MovementOps.Broadcast) ? b.BroadcastTo(x[0].Inputs[0], s) : null;

    /// <summary>In the same order, twice, or of rows by number.</summary>
    public static Node? Permute(GraphBuilder b, object? a, Node[] x, Shape s) =>
        ((ShapeAttributes)a!).Shape.ToArray().SequenceEqual(Enumerable.Range(0, x[0].Shape.Rank)) ? x[0]
        : Is(x[0], MovementOps.Permute)
            ? b.Permute(x[0].Inputs[0], new Shape([.. ((ShapeAttributes)a).Shape.Select(i => x[0].Attribute<ShapeAttributes>().Shape[i])]))
        : Is(x[0], IndexingOps.Gather) ? GatherInOrder(b, x[0], ((ShapeAttributes)a).Shape)
        : null;

    /// <summary>Of all, of equal numbers, of what was just placed, of joined parts.</summary>
    public static Node? Slice(GraphBuilder b, object? a, Node[] x, Shape s) =>
        x[0].Shape == s ? x[0]
        : Is(x[0], MovementOps.Broadcast) && IsConstant(x[0].Inputs[0]) ? b.BroadcastTo(x[0].Inputs[0], s)
        : Is(x[0], MovementOps.Place) && x[0].Inputs[0].Shape == s && Same((SliceAttributes)a!, x[0].Attribute<SliceAttributes>()) ? x[0].Inputs[0]
        : PlacedParts.Slice(b, (SliceAttributes)a!, x[0]);

    /// <summary>At the whole, or of zeros.</summary>
    public static Node? Place(GraphBuilder b, object? a, Node[] x, Shape s) =>
        x[0].Shape == s ? x[0] : Is(x[0], MovementOps.Broadcast) && IsConstant(x[0].Inputs[0], 0) ? b.BroadcastTo(x[0].Inputs[0], s) : null;

    /// <summary>Of one.</summary>
    public static Node? Concat(GraphBuilder b, object? a, Node[] x, Shape s) => x.Length == 1 ? x[0] : null;

    // Rows in another order are those of row numbers in that order, which are less to move.
    private static Node? GatherInOrder(GraphBuilder b, Node gather, Shape order)
    {
        int rank = gather.Inputs[1].Shape.Rank;
        bool wholeRows = Enumerable.Range(rank, order.Rank - rank).All(i => order[i] == i);
        return wholeRows ? b.Gather(gather.Inputs[0], b.Permute(gather.Inputs[1], order.Range(0, rank))) : null;
    }

    private static bool Same(SliceAttributes a, SliceAttributes b) => a.Start == b.Start && a.Step == b.Step;
}
