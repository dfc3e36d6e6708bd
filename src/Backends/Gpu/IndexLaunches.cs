using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Launches that take rows of a table by number.</summary>
internal static class IndexLaunches
{
    /// <summary>A gather; rows of bytes move as 32-bit words where they are made of whole ones.</summary>
    public static IEnumerable<Launch> Of(GatherStep step, GpuLimits limits)
    {
        LaunchGrid.CheckAddressable(step.Table, step.Index, step.Output);
        long count = step.Index.Shape.Count * step.Geometry.RowElements, columns = step.Geometry.RowElements;
        if (count == 0) yield break;
        DType type = step.Table.Type;
        if (type == DType.U8 && columns % 4 == 0 && step.Table.Offset % 4 == 0 && step.Output.Offset % 4 == 0)
            (type, count, columns) = (DType.I32, count / 4, columns / 4);
        bool bytes = type == DType.U8;
        // Bytes: one invocation a word of the result, which may begin and end inside one.
        long invocations = bytes ? count / 4 + 2 : count;
        yield return TunedKernel.Of(bytes ? "gather_bytes" : "gather", LaunchGrid.GroupSize(limits), [type, DType.I32, type]).Launch(
            step, LaunchGrid.OfElements(invocations, limits), [BufferRange.Of(step.Table), BufferRange.Of(step.Index), BufferRange.Of(step.Output)],
            (int)count, step.Geometry.Rows, (int)columns);
    }

    /// <summary>
    /// A scatter-add, each sum in the order of the rows: either every element of the result looks through all numbers, or, where that would be
    /// long, numbers are linked to their next places first.
    /// </summary>
    public static IEnumerable<Launch> Of(ScatterAddStep step, GpuLimits limits, Arena scratch)
    {
        LaunchGrid.CheckAddressable(step.Index, step.Source, step.Output);
        long elements = step.Output.Shape.Count;
        int numbers = checked((int)step.Index.Shape.Count), columns = checked((int)step.Geometry.RowElements), size = LaunchGrid.GroupSize(limits);
        if (elements == 0) yield break;
        if (numbers == 0 || !Links(elements, numbers, limits))
        {
            yield return TunedKernel.Of("scatter_add", size, [DType.I32, DType.F32, DType.F32]).Launch(
                step, LaunchGrid.OfElements(elements, limits), [BufferRange.Of(step.Index), BufferRange.Of(step.Source), BufferRange.Of(step.Output)],
                (int)elements, numbers, columns);
            yield break;
        }

        var links = new BufferRange(scratch, 0, 2L * numbers * sizeof(int));
        scratch.Grow(links.Bytes);
        yield return CopyLaunches.Clear(step, step.Output, limits);
        yield return TunedKernel.Of("scatter_links", size, [DType.I32, DType.I32]).Launch(
            step, LaunchGrid.OfElements(numbers, limits), [BufferRange.Of(step.Index), links], numbers);
        yield return TunedKernel.Of("scatter_chains", size, [DType.I32, DType.F32, DType.I32, DType.F32]).Launch(
            step, LaunchGrid.OfElements((long)numbers * columns, limits),
            [BufferRange.Of(step.Index), BufferRange.Of(step.Source), links, BufferRange.Of(step.Output)], numbers, step.Geometry.Rows, columns);
    }

    // Looking through all numbers costs elements × numbers; linking numbers × numbers, and two more launches. What one unit does at a time is free.
    private static bool Links(long elements, int numbers, GpuLimits limits)
    {
        const double InvocationsPerUnit = 2048, CyclesPerNumber = 6, LaunchCycles = 3000;
        double atOnce = InvocationsPerUnit * Math.Max(1, limits.ComputeUnits);
        double direct = Math.Max(1, elements / atOnce) * numbers * CyclesPerNumber;
        return direct > Math.Max(1, numbers / atOnce) * numbers * CyclesPerNumber + 2 * LaunchCycles;
    }
}
