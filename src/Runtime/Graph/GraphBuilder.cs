using Nn.Ops;

namespace Nn.Graphs;

/// <summary>
/// Makes graphs. Shapes are inferred as nodes are added; equal nodes are made once; what <see cref="Simplify"/> knows to be
/// the same as something simpler is replaced by it on the spot.
/// </summary>
/// <param name="simplify">False keeps every node as it was asked for, for who shows what stands in a script and for tests of the passes themselves.</param>
public sealed partial class GraphBuilder(bool simplify = true)
{
    private const string ExtentArena = "extents";

    private readonly List<Node> _nodes = [];
    private readonly Dictionary<Key, Node> _known = [];
    private readonly List<Assignment> _assignments = [];
    private readonly Dictionary<Dim, Slot> _extents = [];

    // Values that differ in which of their axes is the batch alone are apart: they meet others in different ways.
    private readonly record struct Key(Op Op, object? Attributes, Inputs Inputs, int? BatchAxis);

    private readonly struct Inputs(Node[] nodes) : IEquatable<Inputs>
    {
        private readonly Node[] _nodes = nodes;

        public bool Equals(Inputs other) => _nodes.AsSpan().SequenceEqual(other._nodes);

        public override bool Equals(object? obj) => obj is Inputs i && Equals(i);

        public override int GetHashCode()
        {
            var h = new HashCode();
            foreach (Node n in _nodes) h.Add(n.Id);
            return h.ToHashCode();
        }
    }

    /// <summary>Put on every node made while it is set: the layer or formula being built.</summary>
    public string? Label { get; set; }

    /// <summary>Put on every node made while it is set: the node whose gradient is being built.</summary>
    internal Node? Differentiating { get; set; }

    /// <summary>Whether the gradient being built will be differentiated itself.</summary>
    internal bool DifferentiatesAgain { get; set; }

    /// <summary>The writes so far.</summary>
    public IReadOnlyList<Assignment> Assignments => _assignments;

    /// <summary>All nodes so far.</summary>
    internal IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The value of an op.</summary>
    /// <exception cref="ShapeException">The operands do not fit the op.</exception>
    public Node Add(Op op, object? attributes, params Node[] inputs)
    {
        if (op.Arity >= 0 && inputs.Length != op.Arity) throw new ArgumentException($"{op.Name} takes {op.Arity} operand(s), not {inputs.Length}");
        if (op.Class == OpClass.Elementwise && inputs.Length > 1) inputs = WithBatchesAligned(inputs);
        (Shape shape, DType type) = op.Infer(inputs, attributes);
        if (simplify && Simplify.Apply(this, op, attributes, inputs, shape, type) is { } simpler) return simpler;
        var key = new Key(op, attributes, new Inputs(inputs), shape.BatchAxis);
        if (_known.TryGetValue(key, out Node? node)) return node;
        node = new Node(_nodes.Count, op, inputs, attributes, shape, type) { Label = Label, GradientOf = Differentiating };
        _nodes.Add(node);
        _known.Add(key, node);
        return node;
    }

    // Samples meet samples: [batch, k] with [batch, t, k] is [batch, 1, k] with it, where counting from the last axis alone would let the batch meet t.
    private Node[] WithBatchesAligned(Node[] inputs)
    {
        int after = inputs.Max(n => n.Shape.AxesAfterBatch);
        bool Differs(Node n) => n.Shape.BatchAxis is not null && n.Shape.AxesAfterBatch < after;
        return Array.Exists(inputs, Differs) ? Array.ConvertAll(inputs, n => Differs(n) ? Reshape(n, n.Shape.WithAxesAfterBatch(after)) : n) : inputs;
    }

    /// <summary>Writes a value to a persistent slot at the end of the run; a later assignment to the same slot replaces it.</summary>
    public void Assign(Slot slot, Node value)
    {
        if (!slot.Persistent) throw new ArgumentException($"{slot.Name} does not outlive a run");
        if (value.Shape != slot.Shape || value.Type != slot.Type)
            throw new ShapeException($"assign: {slot.Name} is {slot.Type.Name()} {slot.Shape}, the value {value.Type.Name()} {value.Shape}");
        _assignments.RemoveAll(a => a.Slot == slot);
        _assignments.Add(new Assignment(slot, value));
    }

    /// <summary>The graph of everything that the assignments need.</summary>
    public Graph Build()
    {
        var needed = new bool[_nodes.Count];
        foreach (Assignment a in _assignments) needed[a.Value.Id] = true;
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            if (!needed[i]) continue;
            foreach (Node input in _nodes[i].Inputs) needed[input.Id] = true;
        }

        var graph = new Graph([.. _nodes.Where(n => needed[n.Id])], [.. _assignments]);
        Verification.Demand("the graph's builder", () => GraphVerifier.Mistakes(graph));
        return graph;
    }
}
