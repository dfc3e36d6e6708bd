using System.Numerics;

namespace Nn.Planning.Gpu;

/// <summary>Turns fused programs into launches of generated kernels.</summary>
internal static class FusedLaunches
{
    /// <summary>The launches of a step, in order.</summary>
    /// <exception cref="NotSupportedException">The program does not fit the device.</exception>
    public static IEnumerable<Launch> Of(FusedStep step, GpuLimits limits)
    {
        FusedProgram program = FusedSpace.Normalize(FusedLowering.Lower(step.Program));
        if (program.Count > int.MaxValue) throw new NotSupportedException($"a space of {program.Extents} has more than 2^31 elements");
        if (program.RowAxes > 0 || program.TerminalAxes > 0) throw new NotSupportedException("there is no GPU kernel for reductions");
        if (program.Count == 0) return [];
        return [ElementKernel.Launch(new FusedWork(program, [.. step.Slots.Select(BufferRange.Of)]), limits, step)];
    }

    /// <summary>The usual size of a group: a power of two, no larger than what it works on.</summary>
    public static int GroupSize(GpuLimits limits, long elements) =>
        Math.Min((int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(elements, 32, 256)), 1 << BitOperations.Log2((uint)limits.MaxGroupSize));
}
