using Nn.Backends;
using Nn.Backends.OpenCl;
using Nn.Backends.Vulkan;
using Silk.NET.Vulkan;

namespace Nn.Tests.Conformance;

/// <summary>
/// The GPU devices under test, software or real: the first usable one of each backend. They stay open for all tests, so that a kernel is compiled once.
/// </summary>
internal static class GpuDevices
{
    /// <summary>Tests of this collection run one after the other: backends belong to one thread, and PoCL 3 crashes where several compile.</summary>
    public const string Collection = "GPU";

    private static readonly Lazy<(IBackend? Backend, string Why)> s_openCl = new(() =>
    {
        IReadOnlyList<OpenClDevice> devices = OpenClDevices.List(out string? why);
        return devices.FirstOrDefault(d => d.Unusable is null) is { } device ? (new OpenClBackend(device), "") : (null, why ?? devices[0].Unusable!);
    });

    private static readonly Lazy<(IBackend? Backend, ValidationLog? Log, string Why)> s_vulkan = new(() =>
    {
        if (VulkanDevices.List(out string? why) is var all && !all.Any(d => d.Unusable is null)) return (null, null, why ?? all[0].Unusable!);
        var log = new ValidationLog(print: false);
        VulkanInstance instance;
        try
        {
            instance = new VulkanInstance(Vk.GetApi(), log);
        }
        catch (NnException e) when (e.Message.Contains(ValidationLog.Layer, StringComparison.Ordinal))
        {
            (instance, log) = (new VulkanInstance(validate: false), null);
        }

        return (new VulkanBackend(VulkanDevices.List(instance).First(d => d.Unusable is null)), log, "");
    });

    /// <summary>Those that there are.</summary>
    public static IEnumerable<IBackend> Present => new[] { s_openCl.Value.Backend, s_vulkan.Value.Backend }.OfType<IBackend>();

    /// <summary>The OpenCL device; the test is skipped where there is none.</summary>
    public static IBackend OpenCl()
    {
        Skip.If(s_openCl.Value.Backend is null, s_openCl.Value.Why);
        return s_openCl.Value.Backend;
    }

    /// <summary>
    /// The Vulkan device, under the validation layer where that is installed, and what the layer has said; the test is skipped where there is no device.
    /// </summary>
    public static (IBackend Backend, IReadOnlyCollection<string> Messages) Vulkan()
    {
        Skip.If(s_vulkan.Value.Backend is null, s_vulkan.Value.Why);
        return (s_vulkan.Value.Backend, s_vulkan.Value.Log?.Messages ?? []);
    }

    /// <summary>The device of a backend by the backend's name.</summary>
    public static IBackend Open(string backend) => backend == "vulkan" ? Vulkan().Backend : OpenCl();
}
