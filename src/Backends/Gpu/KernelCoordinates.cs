using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>Coordinates from linear indices in kernel code.</summary>
internal static class KernelCoordinates
{
    /// <summary>The coordinates of element <paramref name="linear"/> of a row-major space.</summary>
    public static int[] Split(KernelBuilder k, Shape extents, int linear)
    {
        var at = new int[extents.Rank];
        for (int a = extents.Rank - 1; a >= 0; a--)
        {
            at[a] = a == 0 ? linear : k.Remainder(linear, extents[a]);
            if (a > 0) linear = k.Quotient(linear, extents[a]);
        }

        return at;
    }
}
