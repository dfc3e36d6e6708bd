using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>One entry of a training plan under construction.</summary>
internal sealed class TrainingScope : BuildScope
{
    private readonly TrainingSlots _slots;
    private readonly Dictionary<Parameter, Node> _current = [];
    private readonly HashSet<Node> _updated = [];
    private readonly Dictionary<ParameterRow, Node> _replaced = [];
    private readonly bool _training;
    private readonly Lazy<HashSet<Parameter>> _trained;
    private bool _elsewhere;
    private bool _frozen;

    /// <summary>A scope whose steps count from so many <paramref name="back"/>.</summary>
    /// <param name="slots">Where everything is.</param>
    /// <param name="training">Whether it is a step of the training.</param>
    /// <param name="back">How many steps were counted since.</param>
    /// <param name="still">Weights that stand still in this entry, though others of the training change them.</param>
    public TrainingScope(TrainingSlots slots, bool training, int back = 0, IReadOnlySet<Parameter>? still = null)
    {
        Still = still ?? new HashSet<Parameter>();
        (_slots, _training) = (slots, training);
        _trained = new Lazy<HashSet<Parameter>>(() => [.. slots.Rows.SelectMany(r => r.Parameters).Where(p => !Still.Contains(p))]);
        Seed = Graph.Read(slots.Seed);
        Step = back == 0 ? Graph.Read(slots.Step) : Graph.Sub(Graph.Read(slots.Step), Graph.Constant(back, DType.I32));
    }

    public override GraphBuilder Graph { get; } = new();

    /// <summary>Not within a model that no step trains: that is used as in prediction.</summary>
    public override bool Training => _training && !_frozen;

    public override bool Differentiated => _training || HasDerivatives;

    public override IReadOnlySet<Node>? Constants => _updated;

    public override Node Seed { get; }

    public override Node Step { get; }

    public override Node Read(Parameter parameter) =>
        _current.TryGetValue(parameter, out Node? value) ? value : _current[parameter] = Graph.Read(
            _training ? _slots.Parameter(parameter) : _slots.InForce(parameter));

    public override void Update(Parameter parameter, Node value)
    {
        if (!Training || _elsewhere) return;
        _current[parameter] = value;
        Graph.Assign(_slots.Parameter(parameter), value);
    }

    protected override IReadOnlyList<Node> Build(Model model, IReadOnlyList<Node> inputs)
    {
        bool before = _frozen;
        // What has nothing to train goes along with what it is part of.
        if (model.Parameters.Any(p => p.Kind != ParameterKind.State)) _frozen = !model.Parameters.Any(_trained.Value.Contains);
        try
        {
            return base.Build(model, inputs);
        }
        finally
        {
            _frozen = before;
        }
    }

    public override Node Number(Hyperparameter number)
    {
        if (_slots.Column(number) is not { } column) return Graph.Read(_slots.Number(number));
        Node row = Graph.Gather(Graph.Read(_slots.Rates), Graph.Read(_slots.Cursor));
        return Graph.Reshape(Graph.Slice(row, 1, column, 1), Shape.Scalar);
    }

    /// <summary>Weights that stand still in this entry.</summary>
    public IReadOnlySet<Parameter> Still { get; }

    /// <summary>The present weights of a row.</summary>
    public Node Row(ParameterRow row) => _replaced.TryGetValue(row, out Node? weights) ? weights : Graph.Read(row.Slot);

    /// <summary>Rows of weights that this step has updated; to later updates they are given, whatever they were computed from.</summary>
    public IReadOnlySet<Node> Updated => _updated;

    /// <summary>Replaces all weights of a row: whatever is built from now on sees the new ones.</summary>
    public void Replace(ParameterRow row, Node weights)
    {
        Graph.Assign(row.Slot, weights);
        _updated.Add(weights);
        _replaced[row] = weights;
        See(row, weights);
    }

    /// <summary>
    /// What <paramref name="build"/> makes with other weights in a row. It draws the random numbers of the streams after <paramref name="streams"/> once more,
    /// and leaves states as they are.
    /// </summary>
    public Node Elsewhere(ParameterRow row, Node weights, int streams, Func<Node> build)
    {
        Node[] here = [.. row.Parameters.Select(Read)];
        (int after, Streams, _elsewhere) = (Streams, streams, true);
        See(row, weights);
        Node value = build();
        (Streams, _elsewhere) = (after, false);
        for (int i = 0; i < here.Length; i++) _current[row.Parameters[i]] = here[i];
        ForgetOutputs();
        return value;
    }

    private void See(ParameterRow row, Node weights)
    {
        for (int i = 0; i < row.Parameters.Count; i++)
        {
            Parameter p = row.Parameters[i];
            _current[p] = Graph.Reshape(Graph.Slice(weights, 0, row.Offsets[i], (int)p.Shape.Count), p.Shape);
        }

        ForgetOutputs();
    }
}
