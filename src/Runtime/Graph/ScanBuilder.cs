using Nn.Ops;

namespace Nn.Graphs;

/// <summary>
/// Makes a loop over the leading axis of sequences. What the body needs from outside comes in by <see cref="Sequence"/>, <see cref="State"/> and
/// <see cref="Invariant"/>, which give nodes of <see cref="Body"/>.
/// </summary>
/// <param name="outer">The graph that the loop is part of.</param>
/// <param name="steps">Number of iterations, at least 1; known once an entry is built.</param>
/// <param name="reverse">Whether the last slice comes first.</param>
/// <param name="keep">Whether a gradient will be asked for: keeps all values of the states but of running sums, and the results of products, which cost most to
/// compute again. The gradient of a loop that keeps less runs it once more.</param>
public sealed class ScanBuilder(GraphBuilder outer, Dim steps, bool reverse = false, bool keep = false)
{
    private sealed record State(Node Initial, Node Present, bool Kept)
    {
        public Node? Next { get; set; }
    }

    private readonly Dictionary<(ScanRole Role, Node Value), Node> _inputs = [];
    private readonly List<State> _states = [];
    private readonly List<Node> _outputs = [];

    /// <summary>Makes the nodes of one iteration.</summary>
    public GraphBuilder Body { get; } = new() { Label = outer.Label };

    /// <summary>The slice of a sequence [steps, …] that an iteration works on.</summary>
    public Node Sequence(Node sequence) => sequence.Shape.Rank > 0 && sequence.Shape[0] == steps
        ? Input(ScanRole.Sequence, sequence, sequence.Shape.Range(1, sequence.Shape.Rank))
        : throw new ShapeException($"scan: a sequence of {steps} steps was expected, not {sequence.Shape}");

    /// <summary>A value that is the same in all iterations.</summary>
    public Node Invariant(Node value) => Input(ScanRole.Invariant, value, value.Shape);

    /// <summary>A value carried from each iteration to the next.</summary>
    /// <param name="initial">Its value in the first iteration, f32.</param>
    /// <param name="kept">Whether its value after every iteration is wanted, not just the last.</param>
    public Node StateFrom(Node initial, bool kept = false)
    {
        Node present = Body.Read(Slot.Placeholder($"state{_states.Count}", initial.Shape, initial.Type));
        _states.Add(new State(initial, present, kept));
        return present;
    }

    /// <summary>Gives a state its value for the next iteration.</summary>
    public void Next(Node state, Node value)
    {
        if (value.Shape != state.Shape || value.Type != state.Type) throw new ShapeException($"scan: a state of {state.Shape} cannot become {value.Shape}");
        _states.First(s => s.Present == state).Next = value;
    }

    /// <summary>Collects a value of every iteration.</summary>
    public void Output(Node value)
    {
        if (value.Type != DType.F32) throw new ShapeException($"scan: sequences are f32, not {value.Type.Name()}");
        if (!_outputs.Contains(value)) _outputs.Add(value);
    }

    /// <summary>The loop. Inputs that the body does not use after all are left out.</summary>
    public ScanValue Build()
    {
        var next = new List<(Slot Slot, Node Value)>();
        foreach (State s in _states)
            next.Add((Slot.Placeholder($"{s.Present.Slot.Name}'", s.Present.Shape, DType.F32), s.Next ?? throw new InvalidOperationException(
                "scan: a state has no next value")));
        foreach ((Slot slot, Node value) in next) Body.Assign(slot, value);
        foreach (Node value in _outputs) Body.Assign(Slot.Placeholder($"out{_outputs.IndexOf(value)}", value.Shape, DType.F32), value);
        Graph body = Body.Build();

        var used = body.Nodes.Where(n => n.Op.Stored).Select(n => n.Slot).ToHashSet();
        var inputs = new List<(Node Value, ScanInput Input)>();
        foreach (((ScanRole role, Node value), Node placeholder) in _inputs)
        {
            if (used.Contains(placeholder.Slot)) inputs.Add((value, new ScanInput(role, placeholder.Slot)));
        }

        var states = new List<ScanState>();
        foreach ((State s, (Slot after, _)) in _states.Zip(next))
        {
            states.Add(new ScanState(inputs.Count, s.Present.Slot, after, s.Kept, 0, s.Kept ? steps + 1 : (Dim)2));
            inputs.Add((s.Initial, new ScanInput(ScanRole.State, s.Present.Slot)));
        }

        ScanOutput[] outputs = [.. body.Assignments.Skip(states.Count).Select(a => new ScanOutput(a.Value, a.Slot, 0))];
        var attributes = ScanAttributes.Lay(body, steps, reverse, [.. inputs.Select(i => i.Input)], states, outputs);
        if (keep) attributes = attributes.Keeping;
        return new ScanValue(outer, outer.Add(ScanOp.Scan, attributes, [.. inputs.Select(i => i.Value)]));
    }

    private Node Input(ScanRole role, Node value, Shape slice)
    {
        if (_inputs.TryGetValue((role, value), out Node? known)) return known;
        string name = role == ScanRole.Sequence ? $"slice{_inputs.Count}" : value.Op.Stored ? value.Slot.Name : $"value{_inputs.Count}";
        return _inputs[(role, value)] = Body.Read(Slot.Placeholder(name, slice, value.Type));
    }
}
