using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>The launches of each op that is an <see cref="OpStep"/>.</summary>
internal static class OpLaunches
{
    private static readonly Dictionary<Op, Func<OpStep, GpuLimits, IEnumerable<Launch>>> Rows = new()
    {
        [ReductionOps.CumulativeSum] = CumulativeSumKernel.Launches,
    };

    /// <summary>The launches of a step.</summary>
    /// <exception cref="NotSupportedException">There is no kernel, or it does not fit the limits.</exception>
    public static IEnumerable<Launch> Of(OpStep step, GpuLimits limits) =>
        Rows.TryGetValue(step.Op, out Func<OpStep, GpuLimits, IEnumerable<Launch>>? launches)
            ? launches(step, limits)
            : throw new NotSupportedException($"there is no GPU kernel for {step.Kind} steps");
}
