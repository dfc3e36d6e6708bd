using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Results whose sums are computed in parts: memory for the parts, and their sum in a fixed order.</summary>
internal static class PartialSums
{
    /// <summary>Memory for <paramref name="parts"/> results one after the other.</summary>
    public static BufferRange Reserve(Arena scratch, Slot result, int parts)
    {
        if (result.Shape.Count * parts > int.MaxValue) throw new NotSupportedException($"{parts} parts of {result} are more than 2³¹ elements");
        // Steps follow each other, so all of them may use the same memory; launches that do so wait.
        scratch.Grow(result.Bytes * parts);
        return new BufferRange(scratch, 0, result.Bytes * parts);
    }

    /// <summary>Adds them up, first to last.</summary>
    public static Launch Add(PlanStep step, BufferRange parts, Slot result, int count, int columns, GpuLimits limits) =>
        TunedKernel.Of("add_parts", LaunchGrid.GroupSize(limits), [DType.F32, DType.F32]).Launch(
            step, LaunchGrid.OfElements(result.Shape.Count, limits), [parts, BufferRange.Of(result)], (int)result.Shape.Count, count, columns);
}
