using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>How a fused program uses one of its operands.</summary>
public enum OperandRole
{
    /// <summary>Read with <see cref="FusedOp.Load"/>.</summary>
    Input,

    /// <summary>Written with <see cref="FusedOp.Store"/>, or with a terminal reduction.</summary>
    Output,
}

/// <summary>
/// One tensor that a fused program touches: element strides per axis of the program's space, 0 along axes on which it
/// does not vary. The stride along the last axis is 0 or 1. A part of a larger tensor starts at its element <paramref name="Offset"/>.
/// </summary>
public sealed record FusedOperand(DType Type, OperandRole Role, Shape Strides, long Offset = 0)
{
    /// <summary>Bytes that the program touches in a space of these extents.</summary>
    public long Bytes(Shape extents)
    {
        Shape strides = Strides;
        return Enumerable.Range(0, extents.Rank).Aggregate((long)Type.Size(), (n, a) => strides[a] == 0 ? n : n * extents[a]);
    }
}

/// <summary>
/// A short list of elementwise instructions and reductions over one iteration space: the unit that a backend compiles
/// into one kernel. An instruction's value varies over all axes, only over the rows (all axes but the last
/// <see cref="RowAxes"/>), or not at all. All stores and terminal reductions stand at the end of the list, so that an output may
/// share memory with an input of the same strides.
/// </summary>
public sealed class FusedProgram : IEquatable<FusedProgram>
{
    private readonly Lazy<int> _hash;

    /// <summary>Creates a program; extents are at most four axes, outermost first.</summary>
    public FusedProgram(
        Shape extents, int rowAxes, int terminalAxis, int terminalAxes,
        IReadOnlyList<FusedOperand> operands, IReadOnlyList<FusedInstruction> code)
    {
        (Extents, RowAxes, TerminalAxis, TerminalAxes) = (extents, rowAxes, terminalAxis, terminalAxes);
        (Operands, Code) = (operands, code);
        _hash = new Lazy<int>(() =>
        {
            var h = new HashCode();
            h.Add(Extents);
            foreach (FusedInstruction i in Code) h.Add(i);
            return h.ToHashCode();
        });
    }

    /// <summary>Extents of the iteration space, outermost axis first; one to four axes.</summary>
    public Shape Extents { get; }

    /// <summary>
    /// Number of trailing axes (0 or 1) over which row reductions run. Where 1, every <c>Row…</c> instruction reduces
    /// the last axis and its value is the same for the whole row.
    /// </summary>
    public int RowAxes { get; }

    /// <summary>First axis over which terminal reductions run; meaningless where <see cref="TerminalAxes"/> is 0.</summary>
    public int TerminalAxis { get; }

    /// <summary>
    /// Number of adjacent axes over which terminal reductions run (0: there are none). They may be the leading axes (bias
    /// gradients), axes in the middle (pooling over pixels), or all of them (a norm).
    /// </summary>
    public int TerminalAxes { get; }

    /// <summary>The tensors touched.</summary>
    public IReadOnlyList<FusedOperand> Operands { get; }

    /// <summary>The instructions in execution order.</summary>
    public IReadOnlyList<FusedInstruction> Code { get; }

    /// <summary>Elements of the iteration space.</summary>
    public long Count => Extents.Count;

    /// <inheritdoc/>
    public bool Equals(FusedProgram? other) =>
        ReferenceEquals(this, other) || other is not null && Extents == other.Extents && RowAxes == other.RowAxes && TerminalAxis == other.TerminalAxis
        && TerminalAxes == other.TerminalAxes && Operands.SequenceEqual(other.Operands) && Code.SequenceEqual(other.Code);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FusedProgram);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash.Value;
}
