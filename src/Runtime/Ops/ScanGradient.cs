using Nn.Graphs;
using Nn.Ops;

namespace Nn.Ops;

/// <summary>
/// The gradient of a loop: a loop the other way round whose body is the gradient of the forward body. It reads what the forward loop has kept (the
/// values of states, the results of products) and computes the rest again. Weights of products get their gradient afterwards, in one
/// product over all iterations; so do biases, by one sum. A forward loop that kept too little, as the gradient of a loop does, is run once more, keeping it.
/// </summary>
internal sealed class ScanGradient
{
    private readonly GraphBuilder _graph;
    private readonly Node _node;
    private readonly ScanAttributes _a;
    // Where parts of the gradient lie, and where the values are found.
    private readonly ScanValue _value;
    private readonly ScanAttributes _kept;
    private readonly Lazy<ScanValue> _forward;
    private readonly ScanBuilder _reverse;

    // Where the body is copied to and differentiated; what of it is needed is copied once more, into the body of the reverse loop.
    private readonly GraphBuilder _draft = new();
    private readonly Dictionary<Slot, Node> _leaves = [];
    private readonly Dictionary<Node, Node> _copies = [];
    private readonly Dictionary<Node, Func<Node>> _sources = [];
    private readonly Dictionary<Node, Node> _final = [];
    private readonly List<(Node Value, Node Gradient)> _given = [];
    private readonly HashSet<Node> _reached = [];

    private ScanGradient(GraphBuilder graph, Node node)
    {
        (_graph, _node, _a) = (graph, node, node.Attribute<ScanAttributes>());
        _value = new ScanValue(graph, node);
        _kept = _a.KeepsHistory ? _a : _a.Keeping;
        _forward = new(() => _kept == _a ? _value : new ScanValue(graph, graph.Add(node.Op, _kept, [.. node.Inputs])));
        _reverse = new ScanBuilder(graph, _a.Steps, !_a.Reverse, keep: graph.DifferentiatesAgain);
    }

    /// <summary>The gradient rule of the op.</summary>
    public static IReadOnlyList<Node?> Build(GraphBuilder graph, Node node, Node gradient) => new ScanGradient(graph, node).Build(gradient);

    private Node?[] Build(Node gradient)
    {
        CopyBody();
        Node[] carries = [.. _a.States.Select(s => Carry(s, gradient))];
        foreach (ScanOutput o in _a.Outputs) Given(_copies[o.Value], _value.Sequence(gradient, o));
        foreach ((Node value, _) in _given) Reach(value);
        Node[] leaves = [.. _a.Inputs.Select(i => _copies[LeafOf(i)])];
        Node[] products = [.. leaves.Where(v => GathersLater(v, leaves)).SelectMany(Users).Distinct()];
        Node[] direct = [.. leaves.Where((v, i) => v.Type == DType.F32 && (_a.Inputs[i].Role != ScanRole.Invariant || !GathersLater(v, leaves)))];
        IReadOnlyList<Node> found = Autodiff.Gradients(_draft, _given, [.. direct, .. products]);
        Dictionary<Node, Node> gradients = direct.Concat(products).Zip(found).ToDictionary(p => p.First, p => p.Second);

        var later = new Func<ScanValue, Node?>[leaves.Length];
        for (int i = 0; i < leaves.Length; i++) later[i] = gradients.TryGetValue(leaves[i], out Node? own)
            ? Direct(i, own, carries, gradient)
            : Gathered(leaves[i], gradients);
        ScanValue result = _reverse.Build();
        return [.. later.Select(l => l(result))];
    }

    private void CopyBody()
    {
        foreach (Node n in _a.Body.Nodes)
            _copies[n] = _draft.Add(n.Op, n.Attributes, [.. n.Inputs.Select(i => _copies[i])]);
        for (int i = 0; i < _a.Inputs.Count; i++)
        {
            Node outside = _node.Inputs[i];
            ScanInput input = _a.Inputs[i];
            Node leaf = LeafOf(input);
            if (!_copies.ContainsKey(leaf)) _copies[leaf] = _draft.Read(input.Slot);
            _sources[_copies[leaf]] = input.Role switch
            {
                ScanRole.Sequence => () => _reverse.Sequence(outside),
                ScanRole.Invariant => () => _reverse.Invariant(outside),
                _ => () => _reverse.Sequence(_forward.Value.Before(leaf)),
            };
        }

        // What was kept need not be computed again.
        foreach (ScanOutput o in _kept.Outputs) _sources.TryAdd(_copies[o.Value], () => _reverse.Sequence(_forward.Value.Sequence(o.Value)));
        foreach (ScanState s in _kept.States.Where(s => s.Kept))
            _sources.TryAdd(_copies[NextOf(s)], () => _reverse.Sequence(_forward.Value.After(_forward.Value.Row, s)));
    }

    // A state that the body does not read has no node there.
    private Node LeafOf(ScanInput input)
    {
        if (_leaves.TryGetValue(input.Slot, out Node? leaf)) return leaf;
        return _leaves[input.Slot] = _a.Body.Nodes.FirstOrDefault(n => n.Op.Stored && n.Slot == input.Slot) ?? new GraphBuilder().Read(input.Slot);
    }

    private Node NextOf(ScanState s) => _a.Body.Assignments.First(a => a.Slot == s.Next).Value;

    // The gradient of a state after an iteration: what later iterations make of it, and what is made of it outside.
    private Node Carry(ScanState s, Node gradient)
    {
        bool lastOnly = !s.Kept || IsZero(_value.Between(gradient, s));
        Node zeros = _graph.BroadcastTo(_graph.Constant(0), s.Present.Shape);
        Node carry = _reverse.StateFrom(lastOnly ? _value.Last(gradient, s) : zeros);
        Node draft = _draft.Read(new Slot("gradient", s.Present.Shape, DType.F32, new Arena("gradient", persistent: true), 0));
        _sources[draft] = () => carry;
        Node next = _copies[NextOf(s)];
        _given.Add((next, draft));
        if (!lastOnly) Given(next, _value.After(gradient, s));
        return carry;
    }

    private void Given(Node value, Node sequence)
    {
        if (IsZero(sequence)) return;
        Node draft = _draft.Read(new Slot("gradient", value.Shape, DType.F32, new Arena("gradient", persistent: true), 0));
        _sources[draft] = () => _reverse.Sequence(sequence);
        _given.Add((value, draft));
    }

    // Whether an invariant is used in nothing but products with a matrix on their right, and sums.
    private bool GathersLater(Node leaf, Node[] leaves)
    {
        int i = Array.IndexOf(leaves, leaf);
        return _a.Inputs[i].Role == ScanRole.Invariant
            && _given.All(v => v.Value != leaf)
            && Users(leaf).All(n => IsProduct(n, leaf) || (n.Op == ElementwiseOps.Add && n.Inputs[0] != n.Inputs[1]));
    }

    private void Reach(Node node)
    {
        if (!_reached.Add(node)) return;
        foreach (Node input in node.Inputs) Reach(input);
    }

    private IEnumerable<Node> Users(Node leaf) => _reached.Where(n => n.Inputs.Contains(leaf)).OrderBy(n => n.Id);

    private static bool IsProduct(Node n, Node weights) =>
        n.Op == MatMulOp.MatMul && n.Inputs[1] == weights && n.Inputs[0] != weights && n.Shape.Rank == 2 && !n.Attribute<MatMulAttributes>().TransposeA;

    private Func<ScanValue, Node?> Direct(int i, Node own, Node[] carries, Node gradient)
    {
        ScanInput input = _a.Inputs[i];
        switch (input.Role)
        {
            case ScanRole.State:
                int k = _a.States.ToList().FindIndex(s => s.Input == i);
                _reverse.Next(carries[k], Final(own));
                return r => _graph.Add(
                    r.Last(carries[k]), _a.States[k].Kept ? _value.First(gradient, _a.States[k]) : _graph.BroadcastTo(_graph.Constant(0), own.Shape));
            case ScanRole.Sequence:
                if (IsZero(own)) return _ => null;
                Node collected = Final(own);
                _reverse.Output(collected);
                return r => r.Sequence(collected);
            default:
                if (IsZero(own)) return _ => null;
                Node sum = _reverse.StateFrom(_graph.BroadcastTo(_graph.Constant(0), own.Shape));
                _reverse.Next(sum, _reverse.Body.Add(sum, Final(own)));
                return r => r.Last(sum);
        }
    }

    // The gradient of an invariant from those of the values it is used in, of all iterations at once.
    private Func<ScanValue, Node?> Gathered(Node leaf, Dictionary<Node, Node> gradients)
    {
        if (leaf.Type != DType.F32) return _ => null;
        var terms = new List<Func<ScanValue, Node>>();
        foreach (Node user in Users(leaf))
        {
            if (IsZero(gradients[user])) continue;
            Node g = Collected(gradients[user]);
            if (user.Op == ElementwiseOps.Add)
            {
                terms.Add(r => _graph.SumTo(r.Sequence(g), leaf.Shape));
                continue;
            }

            Func<ScanValue, Node> operand = Sequence(user.Inputs[0]);
            bool transposed = user.Attribute<MatMulAttributes>().TransposeB;
            terms.Add(r => transposed
                ? _graph.MatMul(Rows(r.Sequence(g)), Rows(operand(r)), transposeA: true)
                : _graph.MatMul(Rows(operand(r)), Rows(r.Sequence(g)), transposeA: true));
        }

        return terms.Count == 0 ? _ => null : r => terms.Select(t => t(r)).Aggregate(_graph.Add);
    }

    // The values of a node in all iterations.
    private Func<ScanValue, Node> Sequence(Node draft)
    {
        for (int i = 0; i < _a.Inputs.Count; i++)
        {
            Node leaf = LeafOf(_a.Inputs[i]), outside = _node.Inputs[i];
            if (_copies[leaf] != draft) continue;
            if (_a.Inputs[i].Role == ScanRole.Sequence) return _ => outside;
            if (_a.Inputs[i].Role == ScanRole.State) return _ => _forward.Value.Before(leaf);
        }

        Node value = Collected(draft);
        return r => r.Sequence(value);
    }

    private Node Collected(Node draft)
    {
        Node value = Final(draft);
        _reverse.Output(value);
        return value;
    }

    private Node Rows(Node sequence) => _graph.Reshape(sequence, new Shape(checked(sequence.Shape[0] * sequence.Shape[1]), sequence.Shape[2]));

    // The node in the body of the reverse loop, with what it needs.
    private Node Final(Node draft)
    {
        if (_final.TryGetValue(draft, out Node? known)) return known;
        if (_sources.TryGetValue(draft, out Func<Node>? source)) return _final[draft] = source();
        return _final[draft] = Turned(draft) ?? _reverse.Body.Add(draft.Op, draft.Attributes, [.. draft.Inputs.Select(Final)]);
    }

    // The same weights on the right of a product in all iterations are transposed once, before the loop.
    private Node? Turned(Node draft)
    {
        if (draft.Op != MatMulOp.MatMul || !draft.Attribute<MatMulAttributes>().TransposeB || draft.Inputs[1].Shape.Rank != 2) return null;
        int i = Enumerable.Range(0, _a.Inputs.Count).FirstOrDefault(
            k => _a.Inputs[k].Role == ScanRole.Invariant && _copies[LeafOf(_a.Inputs[k])] == draft.Inputs[1], -1);
        if (i < 0) return null;
        Node turned = _reverse.Invariant(_graph.Permute(_node.Inputs[i], new Shape(1, 0)));
        return _reverse.Body.MatMul(Final(draft.Inputs[0]), turned, draft.Attribute<MatMulAttributes>().TransposeA);
    }

    private static bool IsZero(Node n) =>
        (n.Op == MovementOps.Broadcast ? n.Inputs[0] : n) is { Op: var op } c && op == LeafOps.Constant && c.Attribute<ConstantAttributes>().Value == 0;
}
