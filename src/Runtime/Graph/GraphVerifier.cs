using Nn.Ops;

namespace Nn.Graphs;

/// <summary>What must hold of any graph, whoever made it.</summary>
internal static class GraphVerifier
{
    /// <summary>One sentence for each thing that does not hold.</summary>
    public static IEnumerable<string> Mistakes(Graph graph)
    {
        var before = new HashSet<Node>();
        foreach (Node node in graph.Nodes)
        {
            foreach (Node input in node.Inputs.Where(i => !before.Contains(i))) yield return $"{node} needs {input}, which does not come before it";
            if (Shapes(node) is { } mistake) yield return mistake;
            if (!before.Add(node)) yield return $"{node} stands twice";
            if (node.Attributes is not ScanAttributes loop) continue;
            foreach (string inner in Mistakes(loop.Body)) yield return $"in the body of {node}: {inner}";
        }

        foreach (Assignment a in graph.Assignments)
        {
            if (!before.Contains(a.Value)) yield return $"{a.Slot} gets {a.Value}, which is not part of the graph";
            if (a.Slot.Type != a.Value.Type || !a.Slot.Shape.HasCountOf(a.Value.Shape)) yield return $"{a.Slot} cannot hold {a.Value}";
        }
    }

    // What the op's row says of the operands.
    private static string? Shapes(Node node)
    {
        if (node.Op.Arity >= 0 && node.Inputs.Count != node.Op.Arity) return $"{node} has {node.Inputs.Count} operands, not {node.Op.Arity}";
        try
        {
            (Shape shape, DType type) = node.Op.Infer([.. node.Inputs], node.Attributes);
            return shape == node.Shape && type == node.Type ? null : $"{node} is {type.Name()} {shape} by the rule of {node.Op.Name}";
        }
        catch (ShapeException e)
        {
            return $"{node}: {e.Message}";
        }
    }
}
