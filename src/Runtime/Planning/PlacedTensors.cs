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
            if (n.Op.Selects && !wanted.Contains(n) && users[n].All(u => Fuse.IsFusable(u, inline))) placed.AddSlice(n);
            // A row of no parts is made by nobody else: it keeps its own kernel.
            else if (n.Op.Part is not null && n.Inputs.Count > 0 && n.Inputs.Distinct().Count() == n.Inputs.Count && n.Inputs.All(p => IsPart(n, p)))
                placed.AddParts(n);
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
        Node[] slices = [.. group.Nodes.SelectMany(n => n.Inputs).SelectMany(inline.Sources).Where(n => n.Op.Selects && Contains(n))];
        Node[] wholes = [.. group.Nodes.Where(n => Contains(n)).Select(n => _places[n].Home).Distinct()];
        foreach (Node n in slices.Concat(wholes.SelectMany(w => w.Inputs))) _places.Remove(n);
        _joined.ExceptWith(wholes);
        return slices.Length + wholes.Length > 0;
    }

    private void AddSlice(Node slice)
    {
        Node whole = slice.Inputs[0];
        if (slice.Shape.Rank == 0 || slice.Shape.Count == 0 || Contains(whole)) return;
        Movement taken = slice.Op.Moves!(slice);
        // The last stride of an operand is 0 or 1.
        if (taken.From[^1] == 1 || slice.Shape[-1] == 1) _places[slice] = (whole, taken.From, taken.FromOffset);
    }

    private void AddParts(Node whole)
    {
        TensorPart[] parts = [.. whole.Inputs.Select((_, i) => whole.Op.Part!(whole, i))];
        // Parts of another rank are laid out in a row, each as a whole.
        if (parts.Zip(whole.Inputs).Any(p => p.First.Extents != p.Second.Shape)) return;
        foreach ((TensorPart part, Node input) in parts.Zip(whole.Inputs)) _places[input] = (whole, part.Strides, part.Offset);
        _joined.Add(whole);
    }
}
