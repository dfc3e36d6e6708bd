using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Backends.Cpu.Fused;

/// <summary>How many values become one.</summary>
internal sealed class Reduction
{
    private static readonly Reduction Sum = new(VectorOp.Add, VectorOp.FoldSum, 0, 0);
    private static readonly Reduction Largest = new(VectorOp.Max, VectorOp.FoldMax, float.NegativeInfinity, int.MinValue);

    private readonly float _noFloats;
    private readonly int _noInts;

    private Reduction(VectorOp step, VectorOp lanes, float noFloats, int noInts) => (Step, Lanes, _noFloats, _noInts) = (step, lanes, noFloats, noInts);

    /// <summary>Takes one more vector in.</summary>
    public VectorOp Step { get; }

    /// <summary>Joins the lanes of a vector.</summary>
    public VectorOp Lanes { get; }

    /// <summary>The reduction of an instruction that reduces rows, or whole axes.</summary>
    public static Reduction Of(FusedOp op) => op switch
    {
        FusedOp.RowSum or FusedOp.TerminalSum => Sum,
        FusedOp.RowMax or FusedOp.RowArgMax or FusedOp.TerminalMax => Largest,
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "no reduction"),
    };

    /// <summary>The result for no values: it changes no other.</summary>
    public double Identity(DType type) => type == DType.F32 ? _noFloats : _noInts;

    /// <summary><see cref="Identity"/> as bits.</summary>
    public int IdentityBits(DType type) => type == DType.F32 ? BitConverter.SingleToInt32Bits(_noFloats) : _noInts;
}
