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
        PoolGeometry g = step.Geometry;
        (string source, KernelSetting[] settings) = g.Pass switch
        {
            PoolPass.Max => ("pool", new KernelSetting[] { new("LARGEST", 1) }),
            PoolPass.Average => ("pool", [new("LARGEST", 0)]),
            PoolPass.MaxGradient => ("pool_max_gradient", []),
            _ => ("pool_average_gradient", []),
        };
        PoolAttributes p = g.Attributes;
        Slot[] slots = [.. step.Reads, step.Output];
        yield return TunedKernel.Of(source, LaunchGrid.GroupSize(limits), [.. slots.Select(_ => DType.F32)], settings).Launch(
            step, LaunchGrid.OfElements(count, limits), [.. slots.Select(BufferRange.Of)],
            (int)count, g.Image[1], g.Image[2], g.Image[3], g.Pooled[1], g.Pooled[2],
            p.WindowY, p.WindowX, p.StrideY, p.StrideX, p.Top, p.Left);
    }
}
