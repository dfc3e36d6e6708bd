using Nn.Backends.Gpu;

namespace Nn.Backends.OpenCl;

/// <summary>A device that an OpenCL driver offers.</summary>
/// <param name="Index">Its number in <see cref="OpenClDevices.List(out string?)"/>, for <c>--device opencl:n</c>.</param>
/// <param name="Version">The OpenCL version of the device with the driver's own words.</param>
/// <param name="Info">What it is.</param>
/// <param name="Limits">What a kernel may use.</param>
/// <param name="Unusable">Why <c>nn</c> cannot use it; null where it can.</param>
public sealed record OpenClDevice(int Index, string Version, DeviceInfo Info, GpuLimits Limits, string? Unusable)
{
    /// <summary>The driver's handle.</summary>
    internal nint Handle { get; init; }

    /// <summary>What a compiled kernel is good for: it must be compiled anew where this changes.</summary>
    internal string Identity => $"{Info.Name}\n{Info.Driver}\n{Version}";

    /// <summary>
    /// Whether its driver has a cache of its own and compiles every kernel a second time when asked for a binary, as PoCL does: there our cache costs
    /// more than it saves.
    /// </summary>
    internal bool KeepsBinaries => Info.Driver.StartsWith("Portable Computing Language", StringComparison.Ordinal);
}
