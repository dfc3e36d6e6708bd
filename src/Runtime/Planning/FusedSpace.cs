using Nn.Graphs;
using Nn.Ops;

namespace Nn.Planning;

/// <summary>Brings the iteration space of a program into its simplest form.</summary>
public static class FusedSpace
{
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
