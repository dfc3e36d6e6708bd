using System.Numerics;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Cpu.Fused;

/// <summary>Brings the iteration space of a program into its simplest form.</summary>
internal static class FusedSpace
{
    // Long rows below which repeating the inputs costs more than masks.
    private const int FewestJoined = 8;

    /// <summary>
    /// The same program without axes of extent 1, reductions over such axes replaced by their operand, and with neighbouring
    /// axes joined where every operand passes through them in one stride.
    /// </summary>
    public static FusedProgram Normalize(FusedProgram program)
    {
        FusedProgram p = program;
        for (int axis = p.Extents.Rank - 1; axis >= 0; axis--)
        {
            if (p.Extents[axis] == 1 && p.Extents.Rank > 1) p = WithoutAxis(p, axis);
        }

        for (int axis = p.Extents.Rank - 2; axis >= 0; axis--)
        {
            if (CanJoin(p, axis)) p = Joined(p, axis);
        }

        return p;
    }

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
            new Shape(rows / joined, columns * joined), 0, p.TerminalAxis, p.TerminalAxes, [.. p.Operands.Select((o, i) => o with { Strides = strides[i]!.Value })],
            [.. p.Code.Select(i => i.Op == FusedOp.Index ? i with { Strides = new Shape(i.Strides[0] * joined, i.Strides[1]) } : i)]);
    }

    /// <summary>Whether an operand of a widened program is a row that must be repeated.</summary>
    public static bool IsRepeated(FusedOperand operand) => operand.Role == OperandRole.Input && operand.Strides[0] == 0 && operand.Strides[1] == 1;

    private static FusedProgram WithoutAxis(FusedProgram p, int axis)
    {
        bool last = axis == p.Extents.Rank - 1;
        bool terminal = p.TerminalAxes > 0 && axis >= p.TerminalAxis && axis < p.TerminalAxis + p.TerminalAxes;
        int terminalAxes = p.TerminalAxes - (terminal ? 1 : 0);
        int terminalAxis = p.TerminalAxis - (!terminal && p.TerminalAxes > 0 && axis < p.TerminalAxis ? 1 : 0);
        bool rows = last && p.RowAxes == 1;
        Shape Without(Shape s) => s.Rank == 0 ? s : s.Range(0, axis).Concat(s.Range(axis + 1, s.Rank));
        FusedOp Replaced(FusedOp op) => op switch
        {
            FusedOp.RowSum or FusedOp.RowMax when rows => FusedOp.Convert,
            FusedOp.RowArgMax when rows => FusedOp.Constant,
            FusedOp.TerminalSum or FusedOp.TerminalMax when terminalAxes == 0 => FusedOp.Store,
            _ => op,
        };
        FusedInstruction[] code = [.. p.Code.Select(i =>
        {
            FusedOp op = Replaced(i.Op);
            return i with { Op = op, A = op == FusedOp.Constant ? -1 : i.A, Strides = Without(i.Strides) };
        })];
        return new FusedProgram(
            Without(p.Extents), rows ? 0 : p.RowAxes, terminalAxis, terminalAxes,
            [.. p.Operands.Select(o => o with { Strides = Without(o.Strides) })], code);
    }

    private static bool CanJoin(FusedProgram p, int axis)
    {
        int next = axis + 1, extent = p.Extents[next];
        bool IsTerminal(int a) => p.TerminalAxes > 0 && a >= p.TerminalAxis && a < p.TerminalAxis + p.TerminalAxes;
        if (p.RowAxes == 1 && next == p.Extents.Rank - 1) return false;
        if (IsTerminal(axis) != IsTerminal(next) || (long)extent * p.Extents[axis] > int.MaxValue) return false;
        return p.Operands.All(o => o.Strides[axis] == (long)o.Strides[next] * extent)
            && p.Code.All(i => i.Op != FusedOp.Index || i.Strides[axis] == (long)i.Strides[next] * extent);
    }

    private static FusedProgram Joined(FusedProgram p, int axis)
    {
        Shape Join(Shape s) => s.Rank == 0 ? s : s.Range(0, axis).Concat(s.Range(axis + 1, s.Rank));
        Shape extents = Join(p.Extents).With(axis, p.Extents[axis] * p.Extents[axis + 1]);
        bool both = p.TerminalAxes > 0 && axis >= p.TerminalAxis && axis < p.TerminalAxis + p.TerminalAxes;
        bool before = p.TerminalAxes > 0 && axis < p.TerminalAxis;
        return new FusedProgram(
            extents, p.RowAxes, p.TerminalAxis - (before ? 1 : 0), p.TerminalAxes - (both ? 1 : 0),
            [.. p.Operands.Select(o => o with { Strides = Join(o.Strides) })], [.. p.Code.Select(i => i with { Strides = Join(i.Strides) })]);
    }
}
