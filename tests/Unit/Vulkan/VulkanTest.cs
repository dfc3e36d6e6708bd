using Nn.Backends.Vulkan;
using Nn.Files;
using Silk.NET.Vulkan;

namespace Nn.Tests.Unit.Vulkan;

/// <summary>Tests that need a Vulkan device: they skip, with the reason, where there is none.</summary>
[Collection(nameof(VulkanTest))]
public abstract class VulkanTest
{
    /// <summary>The first device that can be used.</summary>
    protected internal static VulkanDevice Device()
    {
        IReadOnlyList<VulkanDevice> all = VulkanDevices.List(out string? why);
        VulkanDevice? usable = all.FirstOrDefault(d => d.Unusable is null);
        Skip.If(usable is null, why ?? all[0].Unusable);
        return usable!;
    }

    /// <summary>The first device that can be used, on a connection of its own.</summary>
    private protected static VulkanDevice Device(VulkanInstance instance) => VulkanDevices.List(instance).First(d => d.Unusable is null);

    /// <summary>A backend that keeps nothing on disk: nothing can be written inside a file.</summary>
    private protected static VulkanBackend Open(VulkanDevice device) =>
        new(device, new DiskCache(Path.Combine(typeof(VulkanTest).Assembly.Location, "cache")), ShaderCode.Of);
}

/// <summary>One test at a time: drivers that run on the processor use all of it.</summary>
[CollectionDefinition(nameof(VulkanTest), DisableParallelization = true)]
public sealed class VulkanCollection;
