using Nn.Graphs;
using Nn.Ops;
using Nn.Passes;

namespace Nn.Planning;

/// <summary>
/// Values that fused programs read or write where they lie in a larger tensor, so that nothing is copied: slices that only such programs read, and parts of a
/// joined tensor that only it needs.
/// </summary>
internal sealed class PlacedTensors
{
    private readonly Dictionary<Node, (Node Home, long[] Strides, long Offset)> _places = [];
    private readonly HashSet<Node> _joined = [];

    /// <summary>Finds those of a graph that is grouped.</summary>
    public static PlacedTensors Find(Graph graph, InlineNodes inline, IReadOnlyList<FusionGroup> groups)
    {
        var placed = new PlacedTensors();
        ILookup<Node, Node> users = graph.Nodes.SelectMany(n => n.Inputs.Distinct().Select(i => (i, n))).ToLookup(p => p.i, p => p.n);
        HashSet<Node> wanted = [.. graph.Assignments.Select(a => a.Value)];
        var groupOf = new Dictionary<Node, FusionGroup>();
        foreach (FusionGroup group in groups)
        {
            foreach (Node n in group.Nodes) groupOf[n] = group;
        }

        foreach (Node n in graph.Nodes)
        {
            if (n.Op == MovementOps.Slice && !wanted.Contains(n) && users[n].All(u => Fuse.IsFusable(u, inline))) placed.AddSlice(n);
            else if (n.Op == MovementOps.Concat && n.Inputs.Distinct().Count() == n.Inputs.Count && n.Inputs.All(p => IsPart(n, p))) placed.AddParts(n);
        }

        return placed;

        bool IsPart(Node whole, Node part) =>
            groupOf.TryGetValue(part, out FusionGroup? group) && group.Fused && part.Shape == group.Domain && part.Op.Class == OpClass.Elementwise
            && !wanted.Contains(part) && users[part].All(u => u == whole || (groupOf.TryGetValue(u, out FusionGroup? g) && g == group));
    }

    /// <summary>Whether the node itself takes no memory.</summary>
    public bool Contains(Node node) => _places.ContainsKey(node);

    /// <summary>The tensor that holds a value, its strides there, and the element at which it starts.</summary>
    public (Node Home, long[] Strides, long Offset) Of(Node node) => _places.TryGetValue(node, out var place) ? place : (node, node.Shape.Strides(), 0);

    /// <summary>Whether all parts of a joined tensor are written in place.</summary>
    public bool IsJoined(Node node) => _joined.Contains(node);

    /// <summary>Gives what a group reads and writes memory of its own; whether there was anything.</summary>
    public bool Release(FusionGroup group, InlineNodes inline)
    {
        Node[] slices = [.. group.Nodes.SelectMany(n => n.Inputs).SelectMany(inline.Sources).Where(n => n.Op == MovementOps.Slice && Contains(n))];
        Node[] wholes = [.. group.Nodes.Where(n => Contains(n)).Select(n => _places[n].Home).Distinct()];
        foreach (Node n in slices.Concat(wholes.SelectMany(w => w.Inputs))) _places.Remove(n);
        _joined.ExceptWith(wholes);
        return slices.Length + wholes.Length > 0;
    }

    private void AddSlice(Node slice)
    {
        Node whole = slice.Inputs[0];
        var a = slice.Attribute<SliceAttributes>();
        // The last stride of an operand is 0 or 1.
        if (slice.Shape.Rank == 0 || slice.Shape.Count == 0 || (a.Step[-1] != 1 && slice.Shape[-1] != 1) || Contains(whole)) return;
        long[] own = whole.Shape.Strides();
        _places[slice] = (whole, [.. own.Select((s, i) => s * a.Step[i])], Coordinates.Offset(a.Start.ToArray(), own));
    }

    private void AddParts(Node whole)
    {
        int axis = whole.Attribute<ConcatAttributes>().Axis;
        long[] strides = whole.Shape.Strides();
        long offset = 0;
        foreach (Node part in whole.Inputs)
        {
            _places[part] = (whole, strides, offset);
            offset += part.Shape[axis] * strides[axis];
        }

        _joined.Add(whole);
    }
}
