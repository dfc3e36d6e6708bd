using Nn.Backends.Gpu;

namespace Nn.Backends.Vulkan;

/// <summary>A device that a Vulkan driver offers.</summary>
public sealed class VulkanDevice
{
    internal VulkanDevice(DeviceAccess access, string version, DeviceInfo info, GpuLimits limits, string? unusable) =>
        (Access, Version, Info, Limits, Unusable) = (access, version, info, limits, unusable);

    /// <summary>Its number in <see cref="VulkanDevices.List(out string?)"/>, for <c>--device vulkan:n</c>.</summary>
    public int Index => Access.Index;

    /// <summary>The Vulkan version of the device.</summary>
    public string Version { get; }

    /// <summary>What it is.</summary>
    public DeviceInfo Info { get; }

    /// <summary>What a kernel may use.</summary>
    public GpuLimits Limits { get; }

    /// <summary>Why <c>nn</c> cannot use it; null where it can.</summary>
    public string? Unusable { get; }

    /// <summary>How to open it.</summary>
    internal DeviceAccess Access { get; }
}
