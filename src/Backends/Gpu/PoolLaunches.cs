using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Launches of pooling: one invocation an element of the result.</summary>
internal static class PoolLaunches
{
    /// <summary>The pool or its gradient.</summary>
    public static IEnumerable<Launch> Of(PoolStep step, GpuLimits limits)
    {
        LaunchGrid.CheckAddressable([.. step.Reads, step.Output]);
        long count = step.Output.Shape.Count;
        if (count == 0) yield break;
        (string source, KernelSetting[] settings) = step.Pass switch
        {
            PoolPass.Max => ("pool", new KernelSetting[] { new("LARGEST", 1) }),
            PoolPass.Average => ("pool", [new("LARGEST", 0)]),
            PoolPass.MaxGradient => ("pool_max_gradient", []),
            _ => ("pool_average_gradient", []),
        };
        PoolAttributes p = step.Attributes;
        Slot[] slots = [.. step.Reads, step.Output];
        yield return TunedKernel.Of(source, LaunchGrid.GroupSize(limits), [.. slots.Select(_ => DType.F32)], settings).Launch(
            step, LaunchGrid.OfElements(count, limits), [.. slots.Select(BufferRange.Of)],
            (int)count, step.Image[1], step.Image[2], step.Image[3], step.Pooled[1], step.Pooled[2],
            p.WindowY, p.WindowX, p.StrideY, p.StrideX, p.Top, p.Left);
    }
}
