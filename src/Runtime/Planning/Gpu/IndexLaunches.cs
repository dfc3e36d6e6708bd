using Nn.Graphs;

namespace Nn.Planning.Gpu;

/// <summary>Launches that take rows of a table by number.</summary>
internal static class IndexLaunches
{
    /// <summary>A gather; rows of bytes move as 32-bit words where they are made of whole ones.</summary>
    public static IEnumerable<Launch> Of(GatherStep step, GpuLimits limits)
    {
        LaunchGrid.CheckAddressable(step.Table, step.Index, step.Output);
        long count = step.Index.Shape.Count * step.RowElements, columns = step.RowElements;
        if (count == 0) yield break;
        DType type = step.Table.Type;
        if (type == DType.U8 && columns % 4 == 0 && step.Table.Offset % 4 == 0 && step.Output.Offset % 4 == 0)
            (type, count, columns) = (DType.I32, count / 4, columns / 4);
        bool bytes = type == DType.U8;
        // Bytes: one invocation a word of the result, which may begin and end inside one.
        long invocations = bytes ? count / 4 + 2 : count;
        yield return TunedKernel.Of(bytes ? "gather_bytes" : "gather", LaunchGrid.GroupSize(limits), [type, DType.I32, type]).Launch(
            step, LaunchGrid.OfElements(invocations, limits), [BufferRange.Of(step.Table), BufferRange.Of(step.Index), BufferRange.Of(step.Output)],
            (int)count, step.Rows, (int)columns);
    }
}
