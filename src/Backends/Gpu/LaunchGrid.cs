using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>Counts groups and invocations of launches within a device's limits.</summary>
internal static class LaunchGrid
{
    /// <summary>Invocations of a group where nothing else decides.</summary>
    public static int GroupSize(GpuLimits limits) => Math.Min(256, limits.MaxGroupSize);

    /// <summary>Groups numbered x + y·(groups along x), at least <paramref name="groups"/> of them.</summary>
    public static (int X, int Y, int Z) Of(long groups, GpuLimits limits, int layers = 1)
    {
        long x = Math.Min(groups, limits.MaxGroups), y = (groups + x - 1) / x;
        if (y > limits.MaxGroups || layers > limits.MaxGroups)
            throw new NotSupportedException($"{groups} work groups in {layers} layers are more than the device takes ({limits.MaxGroups} along an axis)");
        return ((int)x, (int)y, layers);
    }

    /// <summary>Groups of <see cref="GroupSize"/> invocations, one for each element.</summary>
    public static (int X, int Y, int Z) OfElements(long elements, GpuLimits limits) =>
        Of((elements + GroupSize(limits) - 1) / GroupSize(limits), limits);

    /// <summary>Refuses what kernels, which count in 32 bits, cannot address.</summary>
    public static void CheckAddressable(params ReadOnlySpan<Slot> slots)
    {
        foreach (Slot slot in slots)
        {
            // An offset inside the bound range and a partly used group come on top.
            if (slot.Shape.Count > int.MaxValue - (1 << 20))
                throw new NotSupportedException($"{slot} has more than 2³¹ elements, which GPU kernels do not address");
        }
    }
}
