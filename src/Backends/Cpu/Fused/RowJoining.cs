using System.Numerics;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>Joins several short rows of a program to one of whole vectors.</summary>
internal static class RowJoining
{
    // Long rows below which repeating the inputs costs more than masks.
    private const int FewestJoined = 8;

    /// <summary>
    /// The program over a matrix of few columns as one over fewer, longer rows of whole vectors: so many rows as fill them are joined. Inputs
    /// that do not vary from row to row must then be repeated to the new length. Null where that does not work or would not pay.
    /// </summary>
    public static FusedProgram? Widen(FusedProgram p, int lanes)
    {
        if (p.Extents.Rank != 2 || p.RowAxes == 1 || (p.TerminalAxes > 0 && p.TerminalAxis != 0)) return null;
        int rows = p.Extents[0], columns = p.Extents[1];
        if (columns == 0 || columns >= 2 * lanes || columns % lanes == 0) return null;
        int joined = lanes / (int)BigInteger.GreatestCommonDivisor(columns, lanes);
        if (rows % joined != 0 || rows < FewestJoined * joined) return null;

        Shape? Wide(Shape s) => s[1] == 1 && s[0] == columns ? new Shape(columns * joined, 1) : s[0] == 0 ? s : null;
        Shape?[] strides = [.. p.Operands.Select(o => Wide(o.Strides))];
        if (strides.Any(s => s is null) || p.Operands.Any(o => IsRepeated(o) && o.Type == DType.U8)) return null;
        if (p.Code.Any(i => i.Op == FusedOp.Index && !(i.Strides[1] != 0 && i.Strides[0] == (long)i.Strides[1] * columns))) return null;
        return new FusedProgram(
            new Shape(rows / joined, columns * joined), 0, p.TerminalAxis, p.TerminalAxes,
            [.. p.Operands.Select((o, i) => o with { Strides = strides[i]!.Value })],
            [.. p.Code.Select(i => i.Op == FusedOp.Index ? i with { Strides = new Shape(i.Strides[0] * joined, i.Strides[1]) } : i)]);
    }

    /// <summary>Whether an operand of a widened program is a row that must be repeated.</summary>
    public static bool IsRepeated(FusedOperand operand) => operand.Role == OperandRole.Input && operand.Strides[0] == 0 && operand.Strides[1] == 1;
}
