using System.Numerics;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Turns fused programs into launches of generated kernels.</summary>
internal static class FusedLaunches
{
    // Indices are signed, and those beyond the end must not wrap.
    private const long MostElements = int.MaxValue - (1 << 16);

    // Groups that keep a compute unit busy, and compute units where the device does not tell.
    private const int GroupsOfUnit = 4, UsualUnits = 16;

    /// <summary>The launches of a step, in order.</summary>
    /// <exception cref="NotSupportedException">The program does not fit the device.</exception>
    public static IEnumerable<Launch> Of(FusedStep step, GpuLimits limits, Arena scratch)
    {
        FusedProgram program = FusedSpace.Normalize(FusedLowering.Lower(step.Program));
        if (program.Count > MostElements) throw new NotSupportedException($"a space of {program.Extents} has more than {MostElements} elements");
        return Of(new FusedWork(program, [.. step.Slots.Select(BufferRange.Of)]), limits, new ScratchMemory(scratch), step);
    }

    private static IEnumerable<Launch> Of(FusedWork work, GpuLimits limits, ScratchMemory scratch, PlanStep step)
    {
        FusedProgram program = work.Program;
        if (program.Count == 0) return ZeroSums(work) is { } zeros ? [ElementKernel.Launch(zeros, limits, step)] : [];
        bool reducesRows = program.Code.Any(i => FusedValues.IsRowReduction(i.Op));
        if (reducesRows && program.TerminalAxes == 0) return RowKernel.Of(work, limits, scratch, step);
        if (reducesRows && RowKernel.Reduces(program, limits)) return RowKernel.Of(work, limits, scratch, step);
        if (program.RowAxes > 0) return FusedSplit.Of(work, scratch).SelectMany(part => Of(part, limits, scratch, step));
        if (program.TerminalAxes > 0) return TerminalKernel.Of(work, limits, scratch, step);
        return [ElementKernel.Launch(work, limits, step)];
    }

    // Sums of no elements are 0; nothing else has a value.
    private static FusedWork? ZeroSums(FusedWork work)
    {
        FusedProgram p = work.Program;
        FusedInstruction[] sums = [.. p.Code.Where(i => i.Op == FusedOp.TerminalSum)];
        int[] extents = [.. p.Extents.ToArray().Select((e, a) => a >= p.TerminalAxis && a < p.TerminalAxis + p.TerminalAxes ? 1 : e)];
        if (sums.Length == 0 || extents.Contains(0)) return null;
        FusedInstruction[] code = [.. sums.SelectMany((s, i) => new FusedInstruction[]
        {
            new(FusedOp.Constant, s.Type), new(FusedOp.Store, s.Type, 2 * i, Operand: s.Operand),
        })];
        return work with { Program = FusedSpace.Normalize(new FusedProgram(new Shape(extents), 0, 0, 0, p.Operands, code)) };
    }

    /// <summary>Groups that keep the device busy.</summary>
    public static int BusyGroups(GpuLimits limits) => GroupsOfUnit * (limits.ComputeUnits > 0 ? limits.ComputeUnits : UsualUnits);

    /// <summary>The usual size of a group: a power of two, no larger than what it works on.</summary>
    public static int GroupSize(GpuLimits limits, long elements) =>
        Math.Min((int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(elements, 32, 256)), 1 << BitOperations.Log2((uint)limits.MaxGroupSize));
}
