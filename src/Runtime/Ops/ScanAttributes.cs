using Nn.Graphs;

namespace Nn.Ops;

/// <summary>What an input of a scan is to its body.</summary>
public enum ScanRole
{
    /// <summary>[steps, …]: the body sees one slice at a time.</summary>
    Sequence,

    /// <summary>The first value of a state.</summary>
    State,

    /// <summary>The same in all iterations.</summary>
    Invariant,
}

/// <summary>An input: the body reads it from <paramref name="Slot"/>, a placeholder that lies nowhere.</summary>
public sealed record ScanInput(ScanRole Role, Slot Slot);

/// <summary>
/// A value that the body reads from <paramref name="Present"/> and writes to <paramref name="Next"/> for the next iteration.
/// </summary>
/// <param name="Input">Which input of the scan is its first value.</param>
/// <param name="Present">Placeholder of the value before the iteration.</param>
/// <param name="Next">Placeholder of the value after it.</param>
/// <param name="Kept">Whether all its values stay in the result; else only the last two.</param>
/// <param name="Offset">Where its values start in the result, in elements.</param>
/// <param name="Slices">How many values the result has room for: steps + 1, or 2.</param>
public sealed record ScanState(int Input, Slot Present, Slot Next, bool Kept, Dim Offset, Dim Slices);

/// <summary>A value that the body writes to the placeholder <paramref name="Slot"/> in every iteration: a sequence of the result.</summary>
/// <param name="Value">The body's node.</param>
/// <param name="Slot">Its placeholder.</param>
/// <param name="Offset">Where the sequence starts in the result, in elements.</param>
public sealed record ScanOutput(Node Value, Slot Slot, Dim Offset);

/// <summary>
/// A loop over the leading axis of sequences. The result is one row: the values of each state, then the sequences, without gaps. Identity counts.
/// </summary>
public sealed class ScanAttributes
{
    private ScanAttributes? _keeping;

    private ScanAttributes(
        Graph body, Dim steps, bool reverse, IReadOnlyList<ScanInput> inputs, IReadOnlyList<ScanState> states, IReadOnlyList<ScanOutput> outputs)
    {
        (Body, Steps, Reverse, Inputs) = (body, steps, reverse, inputs);
        Dim offset = 0;
        States = [.. states.Select(s => s with { Offset = Take(s.Present.Shape, s.Slices) })];
        Outputs = [.. outputs.Select(o => o with { Offset = Take(o.Slot.Shape, steps) })];
        Length = offset;

        Dim Take(Shape value, Dim slices)
        {
            Dim start = offset;
            offset += value.Elements * slices;
            return start;
        }
    }

    /// <summary>One iteration: reads the inputs' placeholders, assigns those of states and outputs.</summary>
    public Graph Body { get; }

    /// <summary>Number of iterations.</summary>
    public Dim Steps { get; }

    /// <summary>Whether the last slice comes first.</summary>
    public bool Reverse { get; }

    /// <summary>One for each input of the op.</summary>
    public IReadOnlyList<ScanInput> Inputs { get; }

    /// <summary>The carried values.</summary>
    public IReadOnlyList<ScanState> States { get; }

    /// <summary>The values collected.</summary>
    public IReadOnlyList<ScanOutput> Outputs { get; }

    /// <summary>Elements of the result.</summary>
    public Dim Length { get; }

    /// <summary>
    /// The same loop keeping what its gradient takes: all values of its states, and the results of products, which cost most to compute again. The history of
    /// a running sum is not among it: the gradient of a sum takes no values.
    /// </summary>
    internal ScanAttributes Keeping => _keeping ??= Keep();

    /// <summary>A loop whose result is laid out: the offsets of states and outputs are found here.</summary>
    /// <param name="body">One iteration.</param>
    /// <param name="steps">Number of iterations.</param>
    /// <param name="reverse">Whether the last slice comes first.</param>
    /// <param name="inputs">One for each input of the op.</param>
    /// <param name="states">The carried values, in the order of the result.</param>
    /// <param name="outputs">The values collected, in the order of the result.</param>
    internal static ScanAttributes Lay(
        Graph body, Dim steps, bool reverse, IReadOnlyList<ScanInput> inputs, IReadOnlyList<ScanState> states, IReadOnlyList<ScanOutput> outputs) =>
        new(body, steps, reverse, inputs, states, outputs);

    /// <summary>The slice of the sequences that an iteration works on.</summary>
    public int Time(int iteration) => Reverse ? Steps - 1 - iteration : iteration;

    /// <summary>The slice of a state's values that holds the one after so many iterations.</summary>
    public Dim Slice(ScanState state, Dim iterations)
    {
        Dim slice = Reverse ? Steps - iterations : iterations;
        // Of two that are overwritten in turn nobody needs to know which before the number of iterations is known.
        return state.Kept ? slice : slice.IsKnown ? slice % state.Slices.Extent : 0;
    }

    /// <summary>Whether the history that a gradient takes is in the result.</summary>
    internal bool KeepsHistory => States.All(s => s.Kept || IsRunningSum(s));

    private ScanAttributes Keep()
    {
        HashSet<Node> assigned = [.. Body.Assignments.Select(a => a.Value)];
        ScanOutput[] products = [.. Body.Nodes.Where(n => n.Op == MatMulOp.MatMul && !assigned.Contains(n))
            .Select(n => new ScanOutput(n, Slot.Placeholder($"product{n.Id}", n.Shape, DType.F32), 0))];
        var body = new Graph(Body.Nodes, [.. Body.Assignments, .. products.Select(p => new Assignment(p.Slot, p.Value))]);
        return new ScanAttributes(
            body, Steps, Reverse, Inputs,
            [.. States.Select(s => s.Kept || IsRunningSum(s) ? s : s with { Kept = true, Slices = Steps + 1 })],
            [.. Outputs, .. products]);
    }

    // Whether the body does nothing with a state but to add to it.
    private bool IsRunningSum(ScanState state)
    {
        Node next = Body.Assignments.First(a => a.Slot == state.Next).Value;
        return (next.Op == ElementwiseOps.Add || next.Op == ElementwiseOps.Sub) && next.Inputs.Count(Reads) == 1
            && Body.Nodes.All(n => n == next || !n.Inputs.Any(i => i == next || Reads(i)))
            && Body.Assignments.All(a => a.Slot == state.Next || (a.Value != next && !Reads(a.Value)));

        bool Reads(Node n) => n.Op.Stored && n.Slot == state.Present;
    }
}
