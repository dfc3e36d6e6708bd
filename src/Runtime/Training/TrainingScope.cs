using Nn.Graphs;
using Nn.Planning;

namespace Nn.Training;

/// <summary>One entry of a training plan under construction.</summary>
internal sealed class TrainingScope : BuildScope
{
    private readonly TrainingSlots _slots;
    private readonly Dictionary<Parameter, Node> _current = [];

    public TrainingScope(TrainingSlots slots, bool training)
    {
        (_slots, Training) = (slots, training);
        Seed = Graph.Read(slots.Seed);
        Step = Graph.Read(slots.Step);
    }

    public override GraphBuilder Graph { get; } = new();

    public override bool Training { get; }

    public override Node Seed { get; }

    public override Node Step { get; }

    public override Node Read(Parameter parameter) =>
        _current.TryGetValue(parameter, out Node? value) ? value : _current[parameter] = Graph.Read(_slots.Parameter(parameter));

    public override void Update(Parameter parameter, Node value)
    {
        if (!Training) return;
        _current[parameter] = value;
        Graph.Assign(_slots.Parameter(parameter), value);
    }

    public override Node Number(Hyperparameter number) => Graph.Read(_slots.Number(number));

    /// <summary>Replaces all weights of a row: whatever is built from now on sees the new ones.</summary>
    public void Replace(ParameterRow row, Node weights)
    {
        Graph.Assign(row.Slot, weights);
        for (int i = 0; i < row.Parameters.Count; i++)
        {
            Parameter p = row.Parameters[i];
            _current[p] = Graph.Reshape(Graph.Slice(weights, 0, row.Offsets[i], (int)p.Shape.Count), p.Shape);
        }

        ForgetOutputs();
    }
}
