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
        var found = new BatchAxes();
        return found.Match(a, b) ? found : null;
    }

    /// <summary>Whether the extent of an axis depends on the batch.</summary>
    public bool Varies(Node node, int axis) => _axes[node][axis];

    /// <summary>Whether any extent depends on the batch.</summary>
    public bool Varies(Node node) => _axes[node].Contains(true);

    private bool Match(Graph a, Graph b)
    {
        if (a.Nodes.Count != b.Nodes.Count || a.Assignments.Count != b.Assignments.Count) return false;
        var pairs = new Dictionary<Node, Node>();
        for (int i = 0; i < a.Nodes.Count; i++)
        {
            (Node x, Node y) = (a.Nodes[i], b.Nodes[i]);
            bool alike = x.Op == y.Op && x.Type == y.Type && x.Shape.Rank == y.Shape.Rank && x.Inputs.Count == y.Inputs.Count
                && x.Inputs.Zip(y.Inputs).All(p => pairs[p.First] == p.Second) && Equals(WithoutExtents(x), WithoutExtents(y))
                && (x.Op != ScanOp.Scan || Match(x.Attribute<ScanAttributes>(), y.Attribute<ScanAttributes>()));
            if (!alike) return false;
            pairs[x] = y;
            _axes[x] = [.. Enumerable.Range(0, x.Shape.Rank).Select(axis => x.Shape[axis] != y.Shape[axis])];
        }

        return a.Assignments.Zip(b.Assignments).All(p => pairs[p.First.Value] == p.Second.Value);
    }

    private bool Match(ScanAttributes a, ScanAttributes b) => a.Steps == b.Steps && a.Reverse == b.Reverse
        && a.Inputs.Select(i => i.Role).SequenceEqual(b.Inputs.Select(i => i.Role))
        && a.States.Select(s => (s.Input, s.Kept)).SequenceEqual(b.States.Select(s => (s.Input, s.Kept)))
        && a.Outputs.Count == b.Outputs.Count && Match(a.Body, b.Body);

    // Shapes of results are compared axis by axis; everything else must be the same.
    private static object? WithoutExtents(Node n) => n.Attributes switch
    {
        Slot s => s.Name,
        ScanAttributes => null,
        ShapeAttributes when n.Op == MovementOps.Reshape || n.Op == MovementOps.Broadcast => null,
        SliceAttributes when n.Inputs[0].Op == ScanOp.Scan => OnnxScan.PartOf(n),
        SliceAttributes s => s with { Result = default },
        ConvAttributes c => c with { Result = default },
        PoolAttributes p => p with { Result = default },
        IotaAttributes i => i.Axis,
        RandomAttributes r => r.Stream,
        _ => n.Attributes,
    };
}
