
namespace Nn.Graphs;

/// <summary>A value that is written to a persistent slot when everything else has been computed.</summary>
public sealed record Assignment(Slot Slot, Node Value);

/// <summary>
/// The computation of one entry: nodes in an order in which inputs come first, and the slots that it writes.
/// All reads see the slots as they were before the run.
/// </summary>
public sealed class Graph(IReadOnlyList<Node> nodes, IReadOnlyList<Assignment> assignments)
{
    /// <summary>Only nodes that an assignment needs, inputs first.</summary>
    public IReadOnlyList<Node> Nodes { get; } = nodes;

    /// <summary>The results.</summary>
    public IReadOnlyList<Assignment> Assignments { get; } = assignments;
}
