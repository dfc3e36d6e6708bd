using Nn.Graphs;
using Nn.Ops;

namespace Nn.Ops;

/// <summary>Reverse-mode differentiation of graphs, by each op's gradient rule.</summary>
public static class Autodiff
{
    /// <summary>
    /// Gradients of a scalar with respect to each of <paramref name="wanted"/>, of the same shapes; zeros where the scalar does not
    /// depend on one. What <paramref name="constants"/> were computed from does not count.
    /// </summary>
    public static IReadOnlyList<Node> Gradients(GraphBuilder builder, Node scalar, IReadOnlyList<Node> wanted, IReadOnlySet<Node>? constants = null)
    {
        if (scalar.Shape.Count != 1) throw new ShapeException($"gradient: the loss must be one number, not {scalar.Shape}");
        return Gradients(builder, [(scalar, builder.Reshape(builder.Constant(1), scalar.Shape))], wanted, constants);
    }

    /// <summary>
    /// Gradients with respect to each of <paramref name="wanted"/> of something that depends on <paramref name="values"/>, given its gradients with
    /// respect to these. Whether they will be differentiated <paramref name="again"/> changes none of them: loops keep then what that takes, which they would
    /// have to compute a second time otherwise.
    /// </summary>
    public static IReadOnlyList<Node> Gradients(
        GraphBuilder builder, IReadOnlyList<(Node Value, Node Gradient)> values, IReadOnlyList<Node> wanted, IReadOnlySet<Node>? constants = null,
        bool again = false)
    {
        var depends = new HashSet<Node>();
        // Constants count as visited: nothing depends on anything through them.
        HashSet<Node> seen = constants is null ? [] : [.. constants];
        var order = new List<Node>();
        var targets = wanted.ToHashSet();
        var gradients = new Dictionary<Node, Node>();
        foreach ((Node value, Node gradient) in values)
        {
            Visit(value, targets, depends, seen, order);
            gradients[value] = gradients.TryGetValue(value, out Node? sum) ? builder.Add(sum, gradient) : gradient;
        }

        for (int i = order.Count - 1; i >= 0; i--)
        {
            Node node = order[i];
            if (!gradients.TryGetValue(node, out Node? gradient) || node.Inputs.Count == 0) continue;
            if (node.Op.Gradient is null) throw new MissingGradientException(node.Op.Name);
            (builder.Differentiating, builder.DifferentiatesAgain) = (node, again);
            IReadOnlyList<Node?> parts = node.Op.Gradient(builder, node, gradient);
            for (int k = 0; k < node.Inputs.Count; k++)
            {
                Node input = node.Inputs[k];
                if (parts[k] is not { } part || !depends.Contains(input)) continue;
                part = builder.SumTo(part, input.Shape);
                gradients[input] = gradients.TryGetValue(input, out Node? sum) ? builder.Add(sum, part) : part;
            }
        }

        (builder.Differentiating, builder.DifferentiatesAgain) = (null, false);
        return [.. wanted.Select(w => gradients.TryGetValue(w, out Node? g) ? g : builder.BroadcastTo(builder.Constant(0), w.Shape))];
    }

    // Post-order without recursion: graphs of deep models would exhaust the stack.
    private static void Visit(Node root, HashSet<Node> targets, HashSet<Node> depends, HashSet<Node> seen, List<Node> order)
    {
        var stack = new Stack<(Node Node, bool Done)>();
        stack.Push((root, false));
        while (stack.Count > 0)
        {
            (Node node, bool done) = stack.Pop();
            if (done)
            {
                if (!targets.Contains(node) && !node.Inputs.Any(depends.Contains)) continue;
                depends.Add(node);
                order.Add(node);
                continue;
            }

            if (!seen.Add(node)) continue;
            stack.Push((node, true));
            foreach (Node input in node.Inputs) stack.Push((input, false));
        }
    }
}
