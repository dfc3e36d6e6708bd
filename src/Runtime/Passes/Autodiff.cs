using Nn.Graphs;
using Nn.Ops;

namespace Nn.Passes;

/// <summary>Reverse-mode differentiation of graphs, by each op's gradient rule.</summary>
public static class Autodiff
{
    /// <summary>
    /// Gradients of a scalar with respect to each of <paramref name="wanted"/>, of the same shapes; zeros where the scalar does not
    /// depend on one.
    /// </summary>
    public static IReadOnlyList<Node> Gradients(GraphBuilder builder, Node scalar, IReadOnlyList<Node> wanted)
    {
        if (scalar.Shape.Count != 1) throw new ShapeException($"gradient: the loss must be one number, not {scalar.Shape}");
        var depends = new HashSet<Node>();
        var order = new List<Node>();
        var targets = wanted.ToHashSet();
        Visit(scalar, targets, depends, [], order);

        // Sums so far, and pieces that may turn out to fill a tensor.
        var gradients = new Dictionary<Node, Node> { [scalar] = builder.Reshape(builder.Constant(1), scalar.Shape) };
        var pieces = new Dictionary<Node, List<Node>>();
        Node? Of(Node node)
        {
            Node? sum = gradients.GetValueOrDefault(node);
            if (!pieces.TryGetValue(node, out List<Node>? own)) return sum;
            Node together = Joined(builder, own) ?? own.Aggregate(builder.Add);
            return sum is null ? together : builder.Add(sum, together);
        }

        for (int i = order.Count - 1; i >= 0; i--)
        {
            Node node = order[i];
            if (node.Inputs.Count == 0 || Of(node) is not { } gradient) continue;
            if (node.Op.Gradient is null) throw new InvalidOperationException($"{node.Op.Name} has no gradient rule");
            IReadOnlyList<Node?> parts = node.Op.Gradient(builder, node, gradient);
            for (int k = 0; k < node.Inputs.Count; k++)
            {
                Node input = node.Inputs[k];
                if (parts[k] is not { } part || !depends.Contains(input)) continue;
                part = builder.SumTo(part, input.Shape);
                if (part.Op == MovementOps.Place)
                {
                    if (!pieces.TryGetValue(input, out List<Node>? own)) pieces[input] = own = [];
                    own.Add(part);
                    continue;
                }

                gradients[input] = gradients.TryGetValue(input, out Node? sum) ? builder.Add(sum, part) : part;
            }
        }

        return [.. wanted.Select(w => Of(w) ?? builder.BroadcastTo(builder.Constant(0), w.Shape))];
    }

    // Pieces that fill a tensor one after the other along an axis, each in a place where the others are zero: what slices of it get back.
    private static Node? Joined(GraphBuilder builder, List<Node> terms)
    {
        Shape whole = terms[0].Shape, first = terms[0].Inputs[0].Shape;
        int axis = Enumerable.Range(0, whole.Rank).FirstOrDefault(i => first[i] != whole[i]);
        int end = 0;
        Node[] ordered = [.. terms.OrderBy(t => t.Attribute<SliceAttributes>().Start[axis])];
        foreach (Node term in ordered)
        {
            var place = term.Attribute<SliceAttributes>();
            Shape part = term.Inputs[0].Shape;
            if (place.Start != new Shape(new int[whole.Rank]).With(axis, end) || place.Step.Any(s => s != 1) || part.With(axis, whole[axis]) != whole) return null;
            end += part[axis];
        }

        return end == whole[axis] ? builder.Concat(axis, [.. ordered.Select(t => t.Inputs[0])]) : null;
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
