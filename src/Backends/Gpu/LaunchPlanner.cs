using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Turns steps into launches: what both GPU backends run.</summary>
public static class LaunchPlanner
{
    /// <summary>All launches of an entry.</summary>
    /// <exception cref="NotSupportedException">A step cannot run within the limits; the message says why.</exception>
    public static LaunchPlan Plan(Entry entry, GpuLimits limits)
    {
        var scratch = new Arena("scratch", persistent: false);
        PlanStep[] kernels = [.. entry.Steps.SelectMany(s => s.Kernels)];
        var launches = kernels.SelectMany((s, i) => Launches(s, kernels.Skip(i + 1), limits, scratch)).ToList();
        MarkWaits(launches, limits.BindingAlignment);
        return new LaunchPlan(launches, scratch);
    }

    private static IEnumerable<Launch> Launches(PlanStep step, IEnumerable<PlanStep> later, GpuLimits limits, Arena scratch) => step switch
    {
        FusedStep s => FusedLaunches.Of(s, limits, scratch),
        MatMulStep s => Epilogues.Apply(s, s.Epilogue, MatMulLaunches.Of(s, limits, scratch), IsRead(s.C, later), limits, scratch),
        ConvStep s => Epilogues.Apply(s, s.Epilogue, ConvLaunches.Of(s, limits, scratch), IsRead(s.C, later), limits, scratch),
        PoolStep s => PoolLaunches.Of(s, limits),
        GatherStep s => IndexLaunches.Of(s, limits),
        ScatterAddStep s => IndexLaunches.Of(s, limits, scratch),
        CopyStep s => CopyLaunches.Of(s, limits),
        OpStep s => OpLaunches.Of(s, limits),
        _ => throw new NotSupportedException($"there is no GPU kernel for {step.Kind} steps"),
    };

    // Whether anything reads a slot before other values take its place.
    private static bool IsRead(Slot slot, IEnumerable<PlanStep> later)
    {
        foreach (PlanStep step in later)
        {
            if (step.Reads.Any(slot.Overlaps)) return true;
            if (step.Writes.Any(w => w.Overlaps(slot) && w.Offset <= slot.Offset && slot.Offset + slot.Bytes <= w.Offset + w.Bytes)) return false;
        }

        return slot.Persistent;
    }

    // A launch waits where it touches what an unfinished one writes, or writes what an unfinished one touches.
    private static void MarkWaits(IReadOnlyList<Launch> launches, int alignment)
    {
        var open = new List<Launch>();
        foreach (Launch launch in launches)
        {
            launch.Waits = open.Any(o => Conflict(o, launch, alignment));
            if (launch.Waits) open.Clear();
            open.Add(launch);
        }
    }

    private static bool Conflict(Launch earlier, Launch later, int alignment)
    {
        // Slices of a loop need not begin at a line: what is bound, and what a device may write together, are whole lines.
        BufferRange Lines(BufferRange r) =>
            r with { Offset = r.Offset / alignment * alignment, Bytes = (r.Offset % alignment + r.Bytes + alignment - 1) / alignment * alignment };
        for (int i = 0; i < earlier.Buffers.Count; i++)
        {
            for (int j = 0; j < later.Buffers.Count; j++)
            {
                if ((earlier.Kernel.Buffers[i].Written || later.Kernel.Buffers[j].Written) && Lines(earlier.Buffers[i]).Overlaps(Lines(later.Buffers[j])))
                    return true;
            }
        }

        return false;
    }
}
