using Nn.Backends.Gpu;
using Nn.Files;
using Nn.Graphs;
using Silk.NET.Core;
using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>The Vulkan devices of this machine.</summary>
public static unsafe class VulkanDevices
{
    // What a driver that implements only a part of Vulkan wants to be told, as MoltenVK.
    private const string PortabilitySubset = "VK_KHR_portability_subset";

    // No device has less; drivers that only compile, such as RADV without hardware, tell of none.
    private const long LeastMemory = 1 << 20;

    // It stays open for the life of the process, as drivers do not survive being unloaded.
    private static readonly Lazy<VulkanInstance> Instance = new(() => new VulkanInstance(ValidationLog.Wanted));

    /// <summary>All devices of all drivers, usable or not, numbered in the order in which the loader names them.</summary>
    /// <param name="why">Why there is none; null where there is one.</param>
    public static IReadOnlyList<VulkanDevice> List(out string? why)
    {
        try
        {
            IReadOnlyList<VulkanDevice> devices = List(Instance.Value);
            why = devices.Count > 0 ? null : "no Vulkan driver is installed";
            return devices;
        }
        catch (NnException e)
        {
            why = e.Message;
            return [];
        }
    }

    /// <summary>The devices of a connection.</summary>
    /// <exception cref="NnException">A driver fails.</exception>
    internal static IReadOnlyList<VulkanDevice> List(VulkanInstance instance) => [.. instance.PhysicalDevices().Select((d, i) => Describe(instance, d, i))];

    /// <summary>A packed version as text.</summary>
    internal static string Text(uint version) => $"{((Version32)version).Major & 0x7F}.{((Version32)version).Minor}.{((Version32)version).Patch}";

    private static VulkanDevice Describe(VulkanInstance instance, PhysicalDevice device, int index)
    {
        var p = new DeviceProperties(instance.Api, device);
        uint? family = ComputeFamily(instance.Api, device);
        PhysicalDeviceLimits l = p.Limits;
        string[] extensions = [.. p.Extensions.Where(e => e == PortabilitySubset)];
        bool software = p.Type == PhysicalDeviceType.Cpu;
        var info = new DeviceInfo(
            p.Name, p.Driver, p.MemoryBytes, Math.Min(p.LargestAllocation, p.LargestBuffer), software ? Environment.ProcessorCount : p.ComputeUnits,
            string.Join(' ', [$"Vulkan {Text(p.ApiVersion)}", .. extensions]), software);
        int words = (int)l.MaxPushConstantsSize / 4;
        // A buffer takes a word; a quarter of them is left to constants.
        uint buffers = Math.Min(Math.Min(l.MaxPerStageDescriptorStorageBuffers, l.MaxDescriptorSetStorageBuffers), (uint)words * 3 / 4);
        uint groups = Math.Min(l.MaxComputeWorkGroupCount[0], Math.Min(l.MaxComputeWorkGroupCount[1], l.MaxComputeWorkGroupCount[2]));
        var limits = new GpuLimits(
            (int)Math.Min(l.MaxComputeWorkGroupInvocations, l.MaxComputeWorkGroupSize[0]), (int)l.MaxComputeSharedMemorySize, (int)buffers,
            (int)Math.Min(groups, int.MaxValue), info.ComputeUnits, FusesMultiplyAdd: !software)
        {
            Choices = new ProductChoices(DiskCache.Default, $"vulkan\n{info.Name}\n{info.Driver}"),
            BindingAlignment = (int)Math.Max(Arena.Alignment, (long)l.MinStorageBufferOffsetAlignment),
        };
        string? unusable =
            p.ApiVersion < Vk.Version11 ? $"nn needs Vulkan 1.1, it has {Text(p.ApiVersion)}"
            : family is null ? "it has no compute queue"
            : WithoutMemory(p.MemoryBytes);
        var access = new DeviceAccess(
            instance, index, device, family ?? 0, extensions, p.Identity, p.LargestAllocation, p.LargestBuffer, l.MaxStorageBufferRange,
            (long)l.MinStorageBufferOffsetAlignment, words);
        return new VulkanDevice(access, Text(p.ApiVersion), info, limits, unusable);
    }

    /// <summary>Why a device with so much memory of its own cannot be used; null where it can.</summary>
    internal static string? WithoutMemory(long bytes) =>
        bytes < LeastMemory ? $"its driver tells of {bytes:N0} bytes of memory, so it stands for no hardware or is not ready" : null;

    // A family without graphics, where there is one, is not shared with the desktop.
    private static uint? ComputeFamily(Vk api, PhysicalDevice device)
    {
        uint count = 0;
        api.GetPhysicalDeviceQueueFamilyProperties(device, &count, null);
        var families = new QueueFamilyProperties[count];
        fixed (QueueFamilyProperties* p = families) api.GetPhysicalDeviceQueueFamilyProperties(device, &count, p);
        int Find(QueueFlags without) =>
            Array.FindIndex(families, f => f.QueueCount > 0 && f.QueueFlags.HasFlag(QueueFlags.ComputeBit) && (f.QueueFlags & without) == 0);
        int alone = Find(QueueFlags.GraphicsBit), any = Find(QueueFlags.None);
        return alone >= 0 ? (uint)alone : any >= 0 ? (uint)any : null;
    }
}
