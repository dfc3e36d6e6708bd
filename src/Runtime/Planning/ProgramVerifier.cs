using Nn.Ops;

namespace Nn.Planning;

/// <summary>What must hold of a fused program.</summary>
internal static class ProgramVerifier
{
    /// <summary>One sentence for each thing that does not hold.</summary>
    public static IEnumerable<string> Mistakes(FusedProgram program)
    {
        if (program.Extents.Rank is < 1 or > 4) yield return $"the space {program.Extents} has not one to four axes";
        if (program.TerminalAxes > 0 && program.TerminalAxis + program.TerminalAxes > program.Extents.Rank)
            yield return "reductions run over axes that the space does not have";
        for (int o = 0; o < program.Operands.Count; o++)
        {
            if (program.Operands[o].Strides.Rank != program.Extents.Rank)
                yield return $"operand {o} has strides {program.Operands[o].Strides} in the space {program.Extents}";
        }

        bool ends = false;
        for (int i = 0; i < program.Code.Count; i++)
        {
            FusedInstruction x = program.Code[i];
            foreach (int from in new[] { x.A, x.B, x.C }.Where(k => k >= i)) yield return $"instruction {i}, {x.Op}, needs {from}, which comes later";
            bool end = x.Op is FusedOp.Store or FusedOp.TerminalSum or FusedOp.TerminalMax, names = end || x.Op == FusedOp.Load;
            if (ends && !end) yield return $"instruction {i}, {x.Op}, stands behind what ends the program";
            ends |= end;
            if (!names) continue;
            if (x.Operand < 0 || x.Operand >= program.Operands.Count)
                yield return $"instruction {i}, {x.Op}, names operand {x.Operand} of {program.Operands.Count}";
            else if (program.Operands[x.Operand].Role != (end ? OperandRole.Output : OperandRole.Input))
                yield return $"instruction {i}, {x.Op}, takes operand {x.Operand} the wrong way round";
        }
    }
}
