using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Launches of strided copies.</summary>
internal static class CopyLaunches
{
    private const int MaxAxes = 6;

    private readonly record struct Axis(long Extent, long Input, long Output);

    /// <summary>The copy, after zeros where it asks for them.</summary>
    public static IEnumerable<Launch> Of(CopyStep step, GpuLimits limits)
    {
        LaunchGrid.CheckAddressable(step.Input, step.Output);
        if (step.Movement.Clear && step.Output.Shape.Count > 0) yield return Clear(step, step.Output, limits);
        if (step.Movement.Extents.Count == 0) yield break;
        List<Axis> axes = Merge(step.Movement);
        if (axes.Count > MaxAxes) throw new NotSupportedException($"a copy over {axes.Count} axes: GPU kernels take {MaxAxes}");
        DType type = step.Input.Type;
        var kernel = TunedKernel.Of(
            type == DType.U8 ? "copy_bytes" : "copy", LaunchGrid.GroupSize(limits), [type, type], new KernelSetting("AXES", axes.Count));
        Axis At(int i) => i < axes.Count ? axes[i] : new Axis(1, 0, 0);
        int[] constants =
        [
            checked((int)step.Movement.Extents.Count), checked((int)step.Movement.FromOffset), checked((int)step.Movement.ToOffset),
            .. Enumerable.Range(1, MaxAxes - 1).Select(i => checked((int)At(i).Extent)),
            .. Enumerable.Range(0, MaxAxes).Select(i => checked((int)At(i).Input)),
            .. Enumerable.Range(0, MaxAxes).Select(i => checked((int)At(i).Output)),
        ];
        yield return kernel.Launch(
            step, LaunchGrid.OfElements(step.Movement.Extents.Count, limits), [BufferRange.Of(step.Input), BufferRange.Of(step.Output)], constants);
    }

    /// <summary>Zeros over a whole slot.</summary>
    public static Launch Clear(PlanStep step, Slot slot, GpuLimits limits)
    {
        bool words = slot.Offset % sizeof(int) == 0 && slot.Bytes % sizeof(int) == 0;
        var kernel = TunedKernel.Of(words ? "clear" : "clear_bytes", LaunchGrid.GroupSize(limits), [words ? DType.I32 : DType.U8]);
        long count = words ? slot.Bytes / sizeof(int) : slot.Bytes;
        return kernel.Launch(step, LaunchGrid.OfElements(count, limits), [BufferRange.Of(slot)], checked((int)count));
    }

    // Axes that run on from each other are one.
    private static List<Axis> Merge(Movement m)
    {
        List<Axis> axes = [.. m.Extents.Select((extent, i) => new Axis(extent, m.From[i], m.To[i])).Where(a => a.Extent > 1)];
        for (int i = axes.Count - 2; i >= 0; i--)
        {
            (Axis outer, Axis inner) = (axes[i], axes[i + 1]);
            if (outer.Input != inner.Input * inner.Extent || outer.Output != inner.Output * inner.Extent) continue;
            axes[i] = inner with { Extent = inner.Extent * outer.Extent };
            axes.RemoveAt(i + 1);
        }

        if (axes.Count == 0) axes.Add(new Axis(1, 0, 0));
        return axes;
    }
}
