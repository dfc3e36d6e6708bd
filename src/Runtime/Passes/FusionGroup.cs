using Nn.Graphs;
using Nn.Ops;

namespace Nn.Passes;

/// <summary>
/// Nodes that run together: one elementwise program over <see cref="Domain"/> with its reductions, or a single node that is
/// a kernel or a movement of its own.
/// </summary>
internal sealed class FusionGroup
{
    internal FusionGroup(Shape domain, bool fused) => (Domain, Fused) = (domain, fused);

    /// <summary>The iteration space, with all axes of the tensors.</summary>
    public Shape Domain { get; }

    /// <summary>False for a kernel or movement.</summary>
    public bool Fused { get; }

    /// <summary>The members in an order in which inputs come first; <see cref="Add"/> and <see cref="Prepend"/> change them.</summary>
    public List<Node> Nodes { get; } = [];

    /// <summary>Trailing axes over which members reduce for use within the program; none: scalar.</summary>
    public Shape RowAxes { get; internal set; }

    /// <summary>Adjacent axes over which members reduce into a result that leaves the program; none: scalar.</summary>
    public Shape TerminalAxes { get; internal set; }

    /// <summary>Members that are reductions over <see cref="TerminalAxes"/>.</summary>
    public HashSet<Node> Terminals { get; } = [];

    /// <summary>Whether the program is elementwise only.</summary>
    public bool IsElementwise => Fused && RowAxes.Rank == 0 && TerminalAxes.Rank == 0;

    /// <summary>The domain with the row axes shrunk to 1: the shape of values that are the same for a whole row.</summary>
    public Shape RowShape
    {
        get
        {
            Shape s = Domain;
            foreach (int axis in RowAxes) s = s.With(axis, 1);
            return s;
        }
    }

    /// <summary>Groups in the order in which they were begun.</summary>
    internal int Number { get; set; }

    /// <summary>The smallest number of a member.</summary>
    internal int FirstId { get; private set; } = int.MaxValue;

    /// <summary>The largest number of a member.</summary>
    internal int LastId { get; private set; } = -1;

    internal void Add(Node node)
    {
        Nodes.Add(node);
        Note(node);
    }

    internal void Prepend(IReadOnlyList<Node> nodes)
    {
        Nodes.InsertRange(0, nodes);
        foreach (Node node in nodes) Note(node);
    }

    private void Note(Node node) => (FirstId, LastId) = (Math.Min(FirstId, node.Id), Math.Max(LastId, node.Id));
}
