using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Training;

/// <summary>What a traced value is.</summary>
public enum TracedKind
{
    /// <summary>The inputs as models see them.</summary>
    Input,

    /// <summary>A layer's product with its bias, before what follows (the activation).</summary>
    Net,

    /// <summary>What a layer gave.</summary>
    Output,

    /// <summary>The loss of each sample.</summary>
    SampleLoss,

    /// <summary>The loss.</summary>
    Loss,
}

/// <summary>A value on the way to a loss, kept in the last full step.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Update">The name of the step's update.</param>
/// <param name="Layer">The layer's name in plans: <c>net.dense_1</c>; empty for inputs and losses.</param>
/// <param name="Value">Holds it.</param>
/// <param name="Gradient">
/// Holds the loss's gradient with respect to it, of the same shape. Null for inputs and losses, and for an output whose last function the loss is computed
/// together with (softmax and cross entropy): the way to the loss leads by the values before it.
/// </param>
public sealed record TracedValue(TracedKind Kind, string Update, string Layer, Slot Value, Slot? Gradient);

/// <summary>
/// Keeps the values on the way from a batch to a loss, and the loss's gradients with respect to them; of a layer that is used several times the last ones.
/// </summary>
/// <param name="plan">Where they are kept.</param>
/// <param name="notLayers">Labels of what is no layer: updates and optimizers.</param>
internal sealed class StepTrace(PlanBuilder plan, IReadOnlySet<string> notLayers)
{
    private readonly List<TracedValue> _values = [];

    /// <summary>Values in the order in which they are computed.</summary>
    public IReadOnlyList<TracedValue> Values => _values;

    /// <summary>
    /// Keeps what leads to the loss of an update.
    /// </summary>
    /// <param name="g">The graph.</param>
    /// <param name="update">The update's name, which its loss's nodes have as label.</param>
    /// <param name="x">The inputs; null where nothing is looked at.</param>
    /// <param name="loss">The loss, a scalar.</param>
    /// <param name="batch">Samples.</param>
    /// <param name="given">Values that stand for themselves: what they were computed from is not looked at.</param>
    public void Keep(GraphBuilder g, string update, Node? x, Node loss, int batch, IReadOnlySet<Node> given)
    {
        Node[] before = [.. Before(loss, given).Where(n => n.Type == DType.F32 && n.Op.Class != OpClass.Leaf && n.Label is not null).OrderBy(n => n.Id)];
        Node? each = batch == 1 ? null : before.LastOrDefault(n => n.Label == update && n.Shape.Count == batch);
        var wanted = new List<(TracedKind Kind, string Layer, Node Node)>();
        bool Follows(Node n) => x is null || n.Label != x.Label && n.Id > x.Id;
        foreach (IGrouping<string, Node> layer in before.Where(n => !notLayers.Contains(n.Label!) && Follows(n)).GroupBy(n => n.Label!))
        {
            Node output = Output(g, layer.Last());
            if (Net(layer) is { } net && net != output) wanted.Add((TracedKind.Net, layer.Key, net));
            wanted.Add((TracedKind.Output, layer.Key, output));
        }

        Node[] passed = [.. wanted.Select(w => w.Node).Where(before.Contains)];
        Dictionary<Node, Node> gradients = passed.Zip(Autodiff.Gradients(g, loss, passed, given)).DistinctBy(p => p.First)
            .ToDictionary(p => p.First, p => p.Second);
        if (x?.Type == DType.F32 && _values.All(v => v.Kind != TracedKind.Input)) Keep(g, TracedKind.Input, update, "", x, null);
        foreach ((TracedKind kind, string layer, Node node) in wanted.OrderBy(w => w.Node.Id))
            Keep(g, kind, update, layer, node, gradients.GetValueOrDefault(node));
        if (each is not null) Keep(g, TracedKind.SampleLoss, update, "", each, null);
        Keep(g, TracedKind.Loss, update, "", loss, null);
    }

    private void Keep(GraphBuilder g, TracedKind kind, string update, string layer, Node value, Node? gradient)
    {
        Slot Of(string what, Node n)
        {
            Slot slot = plan.Slot("observed", $"traced.{update}.{kind}{(layer.Length == 0 ? "" : "." + layer)}{what}", n.Shape, DType.F32);
            g.Assign(slot, n);
            return slot;
        }

        _values.Add(new TracedValue(kind, update, layer, Of("", value), gradient is null ? null : Of(".gradient", gradient)));
    }

    private static HashSet<Node> Before(Node loss, IReadOnlySet<Node> given)
    {
        var seen = new HashSet<Node> { loss };
        var open = new Stack<Node>(seen);
        while (open.TryPop(out Node? n))
        {
            if (given.Contains(n)) continue;
            foreach (Node input in n.Inputs)
            {
                if (seen.Add(input)) open.Push(input);
            }
        }

        return seen;
    }

    // What a layer makes of the last of its values that the loss was computed from.
    private static Node Output(GraphBuilder g, Node last)
    {
        var made = new HashSet<Node> { last };
        foreach (Node n in g.Nodes.Skip(last.Id + 1).Where(n => n.Label == last.Label && n.Type == last.Type && n.Inputs.Any(made.Contains))) made.Add(n);
        return made.MaxBy(n => n.Id)!;
    }

    // The last product of a layer, with the bias that is added to it.
    private static Node? Net(IEnumerable<Node> layer)
    {
        Node[] nodes = [.. layer];
        Node? product = nodes.LastOrDefault(n => n.Op == MatMulOp.MatMul || n.Op == ConvolutionOps.Conv);
        if (product is null) return null;
        return nodes.FirstOrDefault(n => n.Op == ElementwiseOps.Add && n.Inputs.Contains(product) && n.Inputs.Any(IsStored)) ?? product;
    }

    private static bool IsStored(Node n)
    {
        while (n.Op.Class == OpClass.Movement && n.Inputs.Count == 1) n = n.Inputs[0];
        return n.Op == LeafOps.Read;
    }
}
