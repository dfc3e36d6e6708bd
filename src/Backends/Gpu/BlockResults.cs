using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Terminal reductions in several blocks: the results of each block in scratch memory, [blocks, results], and the program that joins them.</summary>
internal static class BlockResults
{
    /// <summary>The same work, but terminal reductions write to scratch memory.</summary>
    public static FusedWork InScratch(FusedWork work, int blocks, ScratchMemory scratch)
    {
        FusedProgram p = work.Program;
        BufferRange[] ranges = [.. work.Ranges];
        foreach (FusedInstruction t in Terminals(p)) ranges[t.Operand] = scratch.Reserve(blocks * Kept(p, p.Extents).Count * sizeof(float));
        return work with { Ranges = ranges };
    }

    /// <summary>What reduces the blocks of <paramref name="parts"/> to the results of <paramref name="work"/>.</summary>
    public static FusedWork Fold(FusedWork work, FusedWork parts, int blocks)
    {
        FusedProgram p = work.Program;
        Shape kept = Kept(p, p.Extents);
        var operands = new List<FusedOperand>();
        var ranges = new List<BufferRange>();
        var loads = new List<FusedInstruction>();
        var ends = new List<FusedInstruction>();
        foreach (FusedInstruction t in Terminals(p))
        {
            loads.Add(new FusedInstruction(FusedOp.Load, t.Type, Operand: operands.Count));
            operands.Add(new FusedOperand(t.Type, OperandRole.Input, new Shape([(int)kept.Count, .. kept.Strides().Select(s => (int)s)])));
            ranges.Add(parts.Ranges[t.Operand]);
            ends.Add(t with { A = loads.Count - 1, Operand = operands.Count });
            operands.Add(new FusedOperand(t.Type, OperandRole.Output, new Shape(0).Concat(Kept(p, p.Operands[t.Operand].Strides))));
            ranges.Add(work.Ranges[t.Operand]);
        }

        var program = new FusedProgram(new Shape(blocks).Concat(kept), 0, 0, 1, operands, [.. loads, .. ends]);
        return new FusedWork(FusedSpace.Normalize(program), ranges);
    }

    /// <summary>The entries of a shape for the axes that stay.</summary>
    public static Shape Kept(FusedProgram p, Shape shape) =>
        shape.Range(0, p.TerminalAxis).Concat(shape.Range(p.TerminalAxis + p.TerminalAxes, shape.Rank));

    private static IEnumerable<FusedInstruction> Terminals(FusedProgram p) => p.Code.Where(x => FusedValues.IsTerminal(x.Op));
}
