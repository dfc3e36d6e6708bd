using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Unit.Planning;

/// <summary>
/// Small random graphs with gradients and in-place updates, from a seed: what fusion, layout and backends must carry without
/// changing an answer.
/// </summary>
public sealed class RandomGraph
{
    private readonly Random _random;
    private readonly GraphBuilder _g = new();
    private readonly PlanBuilder _plan;
    private readonly string _prefix;
    private readonly List<Node> _pool = [];
    private readonly List<Slot> _inputs = [];

    private RandomGraph(int seed, PlanBuilder plan, string prefix) => (_random, _plan, _prefix) = (new Random(seed), plan, prefix);

    /// <summary>The plan of one entry, <c>step</c>, and the slots that want random values.</summary>
    public static (Plan Plan, IReadOnlyList<Slot> Inputs) Make(int seed)
    {
        var plan = new PlanBuilder();
        var graph = new RandomGraph(seed, plan, "");
        graph.Build();
        return (plan.Build(), graph._inputs);
    }

    /// <summary>A plan with an entry for each seed; names of entries and slots start with <see cref="Prefix"/>.</summary>
    public static (Plan Plan, IReadOnlyList<Slot> Inputs) Make(IEnumerable<int> seeds)
    {
        var plan = new PlanBuilder();
        var inputs = new List<Slot>();
        foreach (int seed in seeds)
        {
            var graph = new RandomGraph(seed, plan, Prefix(seed));
            graph.Build();
            inputs.AddRange(graph._inputs);
        }

        return (plan.Build(), inputs);
    }

    /// <summary>How the names of a seed's entry and slots start in a plan of several.</summary>
    public static string Prefix(int seed) => $"{seed}.";

    private void Build()
    {
        int batch = Pick(1, 2, 3, 7, 16), features = Pick(1, 3, 5, 8, 17, 33);
        Node x = Input("x", new Shape(batch, features));
        _pool.Add(x);
        var weights = new List<Slot>();
        int steps = _random.Next(3, 14);
        for (int i = 0; i < steps; i++) Grow(weights, i);
        // The last values go out, and one of them is a loss.
        Node last = _pool[^1];
        Node loss = _g.Reshape(_g.Mean(_g.Mul(last, last), new Shape([.. Enumerable.Range(0, last.Shape.Rank)])), Shape.Scalar);
        _g.Assign(_plan.Slot("out", _prefix + "loss", Shape.Scalar, DType.F32), loss);
        for (int i = 0; i < 3; i++)
        {
            Node value = Any();
            _g.Assign(_plan.Slot("out", $"{_prefix}value{i}", value.Shape, value.Type), value);
        }

        Node[] reads = [.. weights.Select(_g.Read)];
        IReadOnlyList<Node> gradients = Autodiff.Gradients(_g, loss, reads);
        for (int i = 0; i < reads.Length; i++)
            _g.Assign(weights[i], _g.Sub(reads[i], _g.Mul(gradients[i], _g.Constant(0.1))));
        _plan.Entry(_prefix + "step", _g.Build());
    }

    private Node Input(string name, Shape shape)
    {
        Slot slot = _plan.Slot("in", _prefix + name, shape, DType.F32);
        _inputs.Add(slot);
        return _g.Read(slot);
    }

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];

    private Node Any() => _pool[_random.Next(Math.Max(0, _pool.Count - 6), _pool.Count)];

    private void Grow(List<Slot> weights, int i)
    {
        Node a = Any();
        Shape s = a.Shape;
        Node Weight(Shape shape)
        {
            Slot slot = _plan.Slot("weights", $"{_prefix}w{weights.Count}", shape, DType.F32);
            weights.Add(slot);
            _inputs.Add(slot);
            return _g.Read(slot);
        }

        Node result = _random.Next(14) switch
        {
            0 => _g.MatMul(a, Weight(new Shape(s[-1], Pick(1, 4, 9, 16)))),
            1 => _g.Add(a, Weight(new Shape(s[-1]))),
            2 => _g.Tanh(a),
            3 => _g.Max(a, _g.Constant(0)),
            4 => Softmax(a),
            5 => _g.Sub(a, _g.Mean(a, new Shape(0))),
            6 => _g.Mul(a, _g.Sigmoid(a)),
            7 => s.Rank == 2 ? _g.Permute(a, new Shape(1, 0)) : _g.Tanh(a),
            8 => _g.Concat(s.Rank - 1, a, _g.Exp(_g.Neg(_g.Abs(a)))),
            9 => s[-1] > 1 ? _g.Slice(a, -1, _random.Next(0, s[-1] / 2), s[-1] / 2 + (s[-1] % 2)) : _g.Abs(a),
            10 => _pool.FirstOrDefault(p => p != a && p.Shape == s) is { } other ? _g.Add(a, _g.Mul(other, Weight(Shape.Scalar))) : _g.Softplus(a),
            11 => _g.Div(a, _g.Sqrt(_g.Add(_g.Mean(_g.Mul(a, a), new Shape(s.Rank - 1)), _g.Constant(0.1)))),
            12 => Repeated(a, Weight(new Shape(s[-1])), Weight(new Shape(s[-1], s[-1]))),
            _ => _g.Reshape(a, s.Rank == 2 ? new Shape((int)s.Count, 1) : new Shape(1, (int)s.Count)),
        };
        if (result.Shape.Count <= 4096) _pool.Add(result);
    }

    // A repeated row is computed anew by every program, but a product reads it from memory.
    private Node Repeated(Node a, Node row, Node square)
    {
        Node rows = _g.BroadcastTo(row, a.Shape);
        Node product = _g.MatMul(rows, square);
        return _g.Tanh(_g.Add(_g.Mul(row, rows), _g.Mul(product, product)));
    }

    private Node Softmax(Node a)
    {
        var last = new Shape(a.Shape.Rank - 1);
        Node e = _g.Exp(_g.Sub(a, _g.Detach(_g.ReduceMax(a, last))));
        return _g.Div(e, _g.Sum(e, last));
    }
}
