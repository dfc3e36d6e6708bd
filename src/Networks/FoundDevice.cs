using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Backends.Gpu;
using Nn.Backends.OpenCl;
using Nn.Backends.Vulkan;

namespace Nn.Networks;

/// <summary>A device of this machine.</summary>
/// <param name="Backend">The backend that speaks to it: cpu, opencl, vulkan.</param>
/// <param name="Index">Its number among the backend's devices.</param>
/// <param name="Info">What it is.</param>
/// <param name="Limits">What a GPU kernel may use; null for the processor.</param>
/// <param name="Unusable">Why it cannot be used; null where it can.</param>
/// <param name="Open">Opens it, for the caller to close.</param>
public sealed record FoundDevice(string Backend, int Index, DeviceInfo Info, GpuLimits? Limits, string? Unusable, Func<IBackend> Open)
{
    /// <summary>What <c>--device</c> calls it.</summary>
    public string Name => Backend == "cpu" ? Backend : $"{Backend}:{Index}";

    /// <summary>Whether it is a usable GPU and no processor posing as one.</summary>
    public bool RealGpu => Limits is not null && Unusable is null && !Info.Software;
}

/// <summary>The devices that one backend finds; they are looked for when they are first asked for, as drivers start then.</summary>
public sealed class DeviceFamily
{
    private readonly Lazy<(IReadOnlyList<FoundDevice> Devices, string? Why)> _found;

    /// <summary>A family that <paramref name="find"/> looks for, once.</summary>
    public DeviceFamily(string backend, Func<(IReadOnlyList<FoundDevice> Devices, string? Why)> find) => (Backend, _found) = (backend, new(find));

    /// <summary>A family that is known.</summary>
    public DeviceFamily(string backend, IReadOnlyList<FoundDevice> devices, string? why)
        : this(backend, () => (devices, why))
    {
    }

    /// <summary>The backend's name.</summary>
    public string Backend { get; }

    /// <summary>What it found.</summary>
    public IReadOnlyList<FoundDevice> Devices => _found.Value.Devices;

    /// <summary>Why it found none, or not all; else null.</summary>
    public string? Why => _found.Value.Why;

    /// <summary>All backends, in the order in which <c>auto</c> asks them for a GPU.</summary>
    public static IReadOnlyList<DeviceFamily> All() => [new("cpu", Cpu), new("vulkan", Vulkan), new("opencl", OpenCl)];

    private static (IReadOnlyList<FoundDevice> Devices, string? Why) Cpu()
    {
        using var cpu = new CpuBackend();
        return ([new FoundDevice(cpu.Name, 0, cpu.Device, null, null, () => OpenedDevices.New(new CpuBackend()))], null);
    }

    private static (IReadOnlyList<FoundDevice> Devices, string? Why) OpenCl()
    {
        IReadOnlyList<OpenClDevice> devices = OpenClDevices.List(out string? why);
        return ([.. devices.Select(d => new FoundDevice("opencl", d.Index, d.Info, d.Limits, d.Unusable, () => OpenedDevices.New(new OpenClBackend(d))))], why);
    }

    private static (IReadOnlyList<FoundDevice> Devices, string? Why) Vulkan()
    {
        IReadOnlyList<VulkanDevice> devices = VulkanDevices.List(out string? why);
        return ([.. devices.Select(d => new FoundDevice("vulkan", d.Index, d.Info, d.Limits, d.Unusable, () => OpenedDevices.New(new VulkanBackend(d))))], why);
    }
}
