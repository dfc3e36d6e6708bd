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
public sealed record ScanState(int Input, Slot Present, Slot Next, bool Kept, Dim Offset, int Slices);

/// <summary>A value that the body writes to the placeholder <paramref name="Slot"/> in every iteration: a sequence of the result.</summary>
/// <param name="Value">The body's node.</param>
/// <param name="Slot">Its placeholder.</param>
/// <param name="Offset">Where the sequence starts in the result, in elements.</param>
public sealed record ScanOutput(Node Value, Slot Slot, Dim Offset);

/// <summary>
/// A loop over the leading axis of sequences. The result is one row: the values of each state, then the sequences, without gaps. Identity counts.
/// </summary>
public sealed class ScanAttributes(
    Graph body, int steps, bool reverse, IReadOnlyList<ScanInput> inputs, IReadOnlyList<ScanState> states, IReadOnlyList<ScanOutput> outputs)
{
    /// <summary>One iteration: reads the inputs' placeholders, assigns those of states and outputs.</summary>
    public Graph Body { get; } = body;

    /// <summary>Number of iterations.</summary>
    public int Steps { get; } = steps;

    /// <summary>Whether the last slice comes first.</summary>
    public bool Reverse { get; } = reverse;

    /// <summary>One for each input of the op.</summary>
    public IReadOnlyList<ScanInput> Inputs { get; } = inputs;

    /// <summary>The carried values.</summary>
    public IReadOnlyList<ScanState> States { get; } = states;

    /// <summary>The values collected.</summary>
    public IReadOnlyList<ScanOutput> Outputs { get; } = outputs;

    /// <summary>Elements of the result.</summary>
    public Dim Length { get; } = states.Select(s => s.Present.Shape.Elements * s.Slices).Concat(outputs.Select(o => o.Slot.Shape.Elements * steps)).Aggregate((Dim)0, (n, d) => n + d);

    /// <summary>The slice of the sequences that an iteration works on.</summary>
    public int Time(int iteration) => Reverse ? Steps - 1 - iteration : iteration;

    /// <summary>The slice of a state's values that holds the one after so many iterations.</summary>
    public int Slice(ScanState state, int iterations) => (Reverse ? Steps - iterations : iterations) % state.Slices;
}
