using Nn.Graphs;

namespace Nn.Graphs;

/// <summary>Plain loops over all coordinates of a shape, for the reference evaluations.</summary>
public static class Coordinates
{
    /// <summary>
    /// All coordinates in row-major order with their linear index. The array is reused from one to the next.
    /// </summary>
    public static IEnumerable<(int[] At, long Linear)> Of(Shape shape)
    {
        long count = shape.Count;
        var at = new int[shape.Rank];
        for (long linear = 0; linear < count; linear++)
        {
            yield return (at, linear);
            for (int axis = shape.Rank - 1; axis >= 0 && ++at[axis] == shape[axis]; axis--) at[axis] = 0;
        }
    }

    /// <summary>Σ coordinate · stride.</summary>
    public static long Offset(ReadOnlySpan<int> at, ReadOnlySpan<long> strides)
    {
        long offset = 0;
        for (int i = 0; i < strides.Length; i++) offset += at[i] * strides[i];
        return offset;
    }
}
