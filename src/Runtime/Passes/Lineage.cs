using Nn.Graphs;

namespace Nn.Passes;

/// <summary>
/// Of each node its parent, the input that the longest way leads to: a tree over the graph, in which an ancestor is found in logarithmic time. What it says is
/// true, but not all: a node depends on others than its ancestors as well. In a chain of layers the line of parents leads from the last gradient through the
/// loss to the first layer.
/// </summary>
internal sealed class Lineage
{
    private readonly Dictionary<Node, Place> _places = [];

    /// <summary>The tree of a graph, whose nodes come after their inputs.</summary>
    public Lineage(Graph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            _places[node] = new Place(node.Inputs.Select(i => _places[i]).MaxBy(p => p.Depth));
        }
    }

    /// <summary>Whether a node is known to depend on another.</summary>
    public bool Descends(Node node, Node ancestor)
    {
        Place target = _places[ancestor];
        Place? at = _places[node];
        while (at is not null && at.Depth > target.Depth) at = at.Jump!.Depth >= target.Depth ? at.Jump : at.Parent;
        return at == target && node != ancestor;
    }

    // Jumps grow like the digits of skew-binary numbers (Myers, "An applicative random-access stack", 1983).
    private sealed class Place(Place? parent)
    {
        public Place? Parent { get; } = parent;

        public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

        public Place? Jump { get; } = parent?.Jump?.Jump is { } far && parent.Depth - parent.Jump.Depth == parent.Jump.Depth - far.Depth ? far : parent;
    }
}
