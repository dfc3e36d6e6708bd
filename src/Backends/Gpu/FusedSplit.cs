using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>
/// Takes a program with rows and terminal reductions apart: first the row reductions, whose results go to scratch memory; then what varies within
/// rows, as a program without rows; last the stores of one value a row.
/// </summary>
internal sealed class FusedSplit
{
    private readonly FusedProgram _program;
    private readonly RowAnalysis _analysis;
    private readonly List<FusedOperand> _operands;
    private readonly List<BufferRange> _ranges;
    private readonly Dictionary<int, int> _saved = [];

    private FusedSplit(FusedWork work, ScratchMemory scratch)
    {
        _program = work.Program;
        _analysis = new RowAnalysis(_program);
        (_operands, _ranges) = ([.. _program.Operands], [.. work.Ranges]);
        int last = _program.Extents.Rank - 1;
        Shape rows = _program.Extents.Range(0, last);
        var strides = new Shape([.. rows.Strides().Select(s => (int)s), 0]);
        foreach (int r in Reductions)
        {
            _saved[r] = _operands.Count;
            _operands.Add(new FusedOperand(_program.Code[r].Type, OperandRole.Output, strides));
            _ranges.Add(scratch.Reserve(rows.Count * sizeof(float)));
        }
    }

    private IEnumerable<int> Reductions => Enumerable.Range(0, _program.Code.Count).Where(i => FusedValues.IsRowReduction(_program.Code[i].Op));

    /// <summary>The parts in the order in which they run.</summary>
    public static IEnumerable<FusedWork> Of(FusedWork work, ScratchMemory scratch)
    {
        var split = new FusedSplit(work, scratch);
        if (split._saved.Count > 0) yield return split.Rows();
        if (split.Rest(varying: true) is { } elements) yield return elements;
        if (split.Rest(varying: false) is { } rows) yield return rows;
    }

    private FusedWork Rows()
    {
        // Roots stand at the end, so that positions before them stay.
        FusedInstruction[] all =
        [
            .. _program.Code.Where(x => !IsRoot(x.Op)),
            .. Reductions.Select(r => new FusedInstruction(FusedOp.Store, _program.Code[r].Type, r, Operand: _saved[r])),
        ];
        return new FusedWork(
            new FusedProgram(_program.Extents, 1, 0, 0, _operands, FusedLowering.WithoutUnused(all)), _ranges);
    }

    private FusedWork? Rest(bool varying)
    {
        bool Keeps(int i) => !IsRoot(_program.Code[i].Op) || _analysis.Varies[i] == varying;
        FusedInstruction[] code = [.. _program.Code.Select((x, i) =>
            _saved.TryGetValue(i, out int saved) ? new FusedInstruction(FusedOp.Load, x.Type, Operand: saved) : x)];
        int[] kept = [.. Enumerable.Range(0, code.Length).Where(Keeps)];
        if (!kept.Any(i => IsRoot(code[i].Op))) return null;
        FusedInstruction[] rest = FusedLowering.WithoutUnused([.. kept.Select(i => code[i])]);
        FusedOperand[] operands = [.. _operands.Select((o, i) => _saved.ContainsValue(i) ? o with { Role = OperandRole.Input } : o)];
        Shape extents = varying ? _program.Extents : _program.Extents.With(-1, 1);
        var program = new FusedProgram(extents, 0, _program.TerminalAxis, varying ? _program.TerminalAxes : 0, operands, rest);
        return new FusedWork(FusedSpace.Normalize(program), _ranges);
    }

    private static bool IsRoot(FusedOp op) => op == FusedOp.Store || FusedValues.IsTerminal(op);
}
