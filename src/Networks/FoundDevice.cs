using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Backends.OpenCl;
using Nn.Backends.Vulkan;
using Nn.Planning.Gpu;

namespace Nn.Networks;

/// <summary>A device of this machine.</summary>
/// <param name="Backend">The backend that speaks to it: cpu, opencl, vulkan.</param>
/// <param name="Index">Its number among the backend's devices.</param>
/// <param name="Info">What it is.</param>
/// <param name="Limits">What a GPU kernel may use; null for the processor.</param>
/// <param name="Unusable">Why it cannot be used; null where it can.</param>
/// <param name="Open">Opens it.</param>
public sealed record FoundDevice(string Backend, int Index, DeviceInfo Info, GpuLimits? Limits, string? Unusable, Func<IBackend> Open)
{
    /// <summary>What <c>--device</c> calls it.</summary>
    public string Name => Backend == "cpu" ? Backend : $"{Backend}:{Index}";

    /// <summary>Whether it is a usable GPU and no processor posing as one.</summary>
    public bool RealGpu => Limits is not null && Unusable is null && !Info.Software;
}

/// <summary>The devices that one backend finds.</summary>
/// <param name="Backend">Its name.</param>
/// <param name="Devices">What it found.</param>
/// <param name="Why">Why it found none, or not all; else null.</param>
public sealed record DeviceFamily(string Backend, IReadOnlyList<FoundDevice> Devices, string? Why)
{
    /// <summary>All backends, in the order in which <c>auto</c> asks them for a GPU. Finding out takes time: drivers start.</summary>
    public static IReadOnlyList<DeviceFamily> All() => [Cpu(), Vulkan(), OpenCl()];

    private static DeviceFamily Cpu()
    {
        using var cpu = new CpuBackend();
        return new DeviceFamily(cpu.Name, [new FoundDevice(cpu.Name, 0, cpu.Device, null, null, () => new CpuBackend())], null);
    }

    private static DeviceFamily OpenCl()
    {
        IReadOnlyList<OpenClDevice> devices = OpenClDevices.List(out string? why);
        return new DeviceFamily("opencl", [.. devices.Select(d => new FoundDevice("opencl", d.Index, d.Info, d.Limits, d.Unusable, () => new OpenClBackend(d)))], why);
    }

    private static DeviceFamily Vulkan()
    {
        IReadOnlyList<VulkanDevice> devices = VulkanDevices.List(out string? why);
        return new DeviceFamily("vulkan", [.. devices.Select(d => new FoundDevice("vulkan", d.Index, d.Info, d.Limits, d.Unusable, () => new VulkanBackend(d)))], why);
    }
}
