using Nn.Ops;

namespace Nn.Graphs;

/// <summary>What a loop gives, by the nodes of its body.</summary>
public sealed class ScanValue(GraphBuilder graph, Node row)
{
    private readonly ScanAttributes _a = row.Attribute<ScanAttributes>();

    /// <summary>The value of the op: everything in one row.</summary>
    public Node Row { get; } = row;

    /// <summary>A state after the last iteration.</summary>
    public Node Last(Node state) => Last(Row, StateOf(state.Slot));

    /// <summary>A kept state after each iteration, in the order of the sequences: [steps, …].</summary>
    public Node After(Node state) => After(Row, StateOf(state.Slot));

    /// <summary>A kept state before each iteration, in the order of the sequences: [steps, …].</summary>
    public Node Before(Node state) => Values(Row, StateOf(state.Slot), _a.Reverse ? 1 : 0, _a.Steps);

    /// <summary>A collected value of the body, in the order of the sequences: [steps, …].</summary>
    public Node Sequence(Node value) => Sequence(Row, _a.Outputs.First(o => o.Value == value));

    /// <summary>The part of a row like this one, such as its gradient, that belongs to a state after the last iteration.</summary>
    internal Node Last(Node of, ScanState state) => Values(of, state, _a.Slice(state, _a.Steps));

    /// <summary>The part that belongs to a state before the first iteration.</summary>
    internal Node First(Node of, ScanState state) => Values(of, state, _a.Slice(state, 0));

    /// <summary>The part that belongs to a state after each iteration.</summary>
    internal Node After(Node of, ScanState state) => Values(of, state, _a.Reverse ? 0 : 1, _a.Steps);

    /// <summary>The part that belongs to a state after each iteration but the last.</summary>
    internal Node Between(Node of, ScanState state) => Values(of, state, 1, _a.Steps - 1);

    /// <summary>The part that belongs to a sequence.</summary>
    internal Node Sequence(Node of, ScanOutput output) => Part(of, output.Offset, new Shape(_a.Steps).Concat(output.Slot.Shape));

    private ScanState StateOf(Slot present) => _a.States.First(s => s.Present == present);

    private Node Values(Node of, ScanState state, int first, Dim count) => state.Kept
        ? Part(of, state.Offset + state.Present.Shape.Elements * first, new Shape(count).Concat(state.Present.Shape))
        : throw new InvalidOperationException("scan: the history of a state is wanted, but not kept");

    private Node Values(Node of, ScanState state, Dim slice) =>
        Part(of, state.Offset + state.Present.Shape.Elements * slice, state.Present.Shape);

    private Node Part(Node of, Dim offset, Shape shape) => graph.Reshape(graph.Slice(of, 0, offset, shape.Elements), shape);
}
