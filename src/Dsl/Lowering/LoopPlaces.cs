using Nn.Graphs;

namespace Nn.Dsl;

/// <summary>Brings values from around a loop into it, and takes those of all places together before it.</summary>
/// <param name="graph">Where the loop stands.</param>
/// <param name="scan">The loop.</param>
/// <param name="steps">Its places.</param>
/// <param name="samples">Samples of the batch.</param>
/// <param name="overPlaces">Whether the loop goes over the places of a sequence; else over steps.</param>
internal sealed class LoopPlaces(GraphBuilder graph, ScanBuilder scan, Dim steps, Dim samples, bool overPlaces)
{
    private readonly Dictionary<Node, Node> _all = [];

    /// <summary>Whether a value differs from place to place.</summary>
    public bool Has(Value value) => value switch
    {
        TensorValue t => Has(t.Node.Shape),
        OutputsValue o => o.Nodes.Values.Any(n => Has(n.Shape)),
        FunctionValue f => f.Given.Values.Any(Has),
        ListValue l => l.Items.Any(Has),
        _ => false,
    };

    /// <summary>A value for all places at once: [places · batch, …], so that each place counts as a sample.</summary>
    public Value All(Value value) => Mapped(value, OfAll);

    /// <summary>A value from around the loop at the present place.</summary>
    public Value Here(Value value) => Mapped(value, x => Has(x.Shape) ? Slice(OfAll(x)) : scan.Invariant(Whole(x)));

    /// <summary>A value that was computed for all places at once, at the present one.</summary>
    // What does not depend on the samples after all is the same everywhere.
    public Value OfPlace(Value value) =>
        Mapped(value, x => x.Shape.Rank > 0 && x.Shape[0] == steps * samples && HasNames(x.Shape[0]) ? Slice(x) : scan.Invariant(x));

    /// <summary>A value of one place, such as a mean over time, without the axis of places.</summary>
    public Node Whole(Node x) => overPlaces && x.Shape.Rank >= 3 && IsSamples(x.Shape[0]) && x.Shape[1] == 1
        ? graph.Reshape(x, x.Shape.Range(0, 1).Concat(x.Shape.Range(2, x.Shape.Rank)))
        : x;

    private static Value Mapped(Value value, Func<Node, Node> map) => value switch
    {
        TensorValue t => new TensorValue(map(t.Node)),
        OutputsValue o => o with { Nodes = o.Nodes.ToDictionary(n => n.Key, n => map(n.Value)) },
        FunctionValue f when f.Given.Count > 0 => f with { Given = f.Given.ToDictionary(g => g.Key, g => Mapped(g.Value, map)) },
        ListValue l => new ListValue([.. l.Items.Select(i => Mapped(i, map))]),
        _ => value,
    };

    private bool Has(Shape shape) => overPlaces && shape.Rank >= 3 && IsSamples(shape[0]) && shape[1] == steps;

    private bool IsSamples(Dim extent) => extent == samples && HasNames(extent);

    // A weight may have as many rows as there are samples.
    private bool HasNames(Dim extent) => extent.Names.Any() == samples.Names.Any();

    private Node OfAll(Node x)
    {
        if (_all.TryGetValue(x, out Node? known)) return known;
        Node y = x;
        if (Has(x.Shape)) y = Merged(graph.Permute(x, new Shape([1, 0, .. Enumerable.Range(2, x.Shape.Rank - 2)])));
        else if (Whole(x) is { Shape: { Rank: > 0 } s } whole && IsSamples(s[0])) y = Merged(Repeated(whole, s));
        return _all[x] = y;
    }

    private Node Repeated(Node x, Shape s) => graph.BroadcastTo(graph.Reshape(x, new Shape((Dim)1).Concat(s)), new Shape(steps).Concat(s));

    private Node Slice(Node all) => scan.Sequence(graph.Reshape(all, new Shape(steps, samples).Concat(all.Shape.Range(1, all.Shape.Rank))));

    private Node Merged(Node x) => graph.Reshape(x, new Shape(x.Shape[0] * x.Shape[1]).Concat(x.Shape.Range(2, x.Shape.Rank)));
}
