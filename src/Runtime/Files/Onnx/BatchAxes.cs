using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Files.Onnx;

/// <summary>
/// Which axes of a graph's values grow with the batch: found by building it for two batch sizes and comparing node with node.
/// </summary>
internal sealed class BatchAxes
{
    private readonly Dictionary<Node, bool[]> _axes = [];

    /// <summary>
    /// Compares two builds; null where they differ in more than extents, so that no graph holds for every batch size.
    /// </summary>
    public static BatchAxes? Compare(Graph a, Graph b)
    {
        if (a.Nodes.Count != b.Nodes.Count) return null;
        var found = new BatchAxes();
        var pairs = new Dictionary<Node, Node>();
        for (int i = 0; i < a.Nodes.Count; i++)
        {
            (Node x, Node y) = (a.Nodes[i], b.Nodes[i]);
            bool alike = x.Op == y.Op && x.Type == y.Type && x.Shape.Rank == y.Shape.Rank && x.Inputs.Count == y.Inputs.Count
                && x.Inputs.Zip(y.Inputs).All(p => pairs[p.First] == p.Second) && Equals(WithoutExtents(x), WithoutExtents(y));
            if (!alike) return null;
            pairs[x] = y;
            found._axes[x] = [.. Enumerable.Range(0, x.Shape.Rank).Select(axis => x.Shape[axis] != y.Shape[axis])];
        }

        return found;
    }

    /// <summary>Whether the extent of an axis depends on the batch.</summary>
    public bool Varies(Node node, int axis) => _axes[node][axis];

    /// <summary>Whether any extent depends on the batch.</summary>
    public bool Varies(Node node) => _axes[node].Contains(true);

    // Shapes of results are compared axis by axis; everything else must be the same.
    private static object? WithoutExtents(Node n) => n.Attributes switch
    {
        Slot s => s.Name,
        ShapeAttributes when n.Op == MovementOps.Reshape || n.Op == MovementOps.Broadcast => null,
        SliceAttributes s => s with { Result = default },
        ConvAttributes c => c with { Result = default },
        PoolAttributes p => p with { Result = default },
        IotaAttributes i => i.Axis,
        RandomAttributes r => r.Stream,
        _ => n.Attributes,
    };
}
