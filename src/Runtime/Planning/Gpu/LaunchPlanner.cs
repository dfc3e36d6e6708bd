using System.Diagnostics.CodeAnalysis;

namespace Nn.Planning.Gpu;

/// <summary>Turns steps into launches: what both GPU backends run.</summary>
public static class LaunchPlanner
{
    /// <summary>Whether there are kernels for a step within the limits.</summary>
    public static bool Supports(Step step, GpuLimits limits, [NotNullWhen(false)] out string? why)
    {
        try
        {
            _ = Launches(step, limits, new Arena("scratch", persistent: false)).Count();
            why = null;
            return true;
        }
        catch (NotSupportedException e)
        {
            why = e.Message;
            return false;
        }
    }

    /// <summary>All launches of an entry.</summary>
    /// <exception cref="NotSupportedException">A step cannot run within the limits; the message says why.</exception>
    public static LaunchPlan Plan(Entry entry, GpuLimits limits)
    {
        var scratch = new Arena("scratch", persistent: false);
        var launches = entry.Steps.SelectMany(s => Launches(s, limits, scratch)).ToList();
        MarkWaits(launches);
        return new LaunchPlan(launches, scratch);
    }

    private static IEnumerable<Launch> Launches(Step step, GpuLimits limits, Arena scratch) => step switch
    {
        FusedStep s => FusedLaunches.Of(s, limits, scratch),
        MatMulStep s => [.. MatMulLaunches.Of(s, limits, scratch), .. Epilogue(s, s.Epilogue, limits, scratch)],
        ConvStep s => [.. ConvLaunches.Of(s, limits, scratch), .. Epilogue(s, s.Epilogue, limits, scratch)],
        PoolStep s => PoolLaunches.Of(s, limits),
        GatherStep s => IndexLaunches.Of(s, limits),
        ScatterAddStep s => IndexLaunches.Of(s, limits, scratch),
        CopyStep s => CopyLaunches.Of(s, limits),
        _ => throw new NotSupportedException($"there is no GPU kernel for {step.Kind} steps"),
    };

    // An epilogue runs over the result in memory, as a part of its step.
    private static IEnumerable<Launch> Epilogue(Step step, FusedStep? epilogue, GpuLimits limits, Arena scratch) =>
        epilogue is null ? [] : Launches(epilogue, limits, scratch).Select(l => new Launch(l.Kernel, l.Buffers, l.Constants, l.Groups) { Step = step });

    // A launch waits where it touches what an unfinished one writes, or writes what an unfinished one touches.
    private static void MarkWaits(IReadOnlyList<Launch> launches)
    {
        var open = new List<Launch>();
        foreach (Launch launch in launches)
        {
            launch.Waits = open.Any(o => Conflict(o, launch));
            if (launch.Waits) open.Clear();
            open.Add(launch);
        }
    }

    private static bool Conflict(Launch earlier, Launch later)
    {
        for (int i = 0; i < earlier.Buffers.Count; i++)
        {
            for (int j = 0; j < later.Buffers.Count; j++)
            {
                if ((earlier.Kernel.Buffers[i].Written || later.Kernel.Buffers[j].Written) && earlier.Buffers[i].Overlaps(later.Buffers[j])) return true;
            }
        }

        return false;
    }
}
