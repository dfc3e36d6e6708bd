using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>An opened device with its one queue.</summary>
internal sealed unsafe class LogicalDevice : IDisposable
{
    private readonly PhysicalDeviceMemoryProperties _memory;
    private bool _disposed;

    public LogicalDevice(VulkanDevice device)
    {
        (Description, Access, Api) = (device, device.Access, device.Access.Instance.Api);
        PhysicalDeviceMemoryProperties memory;
        Api.GetPhysicalDeviceMemoryProperties(Access.Handle, &memory);
        _memory = memory;
        using var extensions = new NativeText([.. Access.Extensions]);
        float priority = 1;
        var queue = new DeviceQueueCreateInfo
        {
            SType = StructureType.DeviceQueueCreateInfo,
            QueueFamilyIndex = Access.QueueFamily,
            QueueCount = 1,
            PQueuePriorities = &priority,
        };
        var info = new DeviceCreateInfo
        {
            SType = StructureType.DeviceCreateInfo,
            QueueCreateInfoCount = 1,
            PQueueCreateInfos = &queue,
            EnabledExtensionCount = extensions.Count,
            PpEnabledExtensionNames = extensions.All,
        };
        Device handle;
        Api.CreateDevice(Access.Handle, &info, null, &handle).Check("vkCreateDevice", device.Info.Name);
        Handle = handle;
        Queue compute;
        Api.GetDeviceQueue(handle, Access.QueueFamily, 0, &compute);
        Queue = compute;
    }

    /// <summary>What was opened.</summary>
    public VulkanDevice Description { get; }

    /// <summary>How its memory may be allocated and bound.</summary>
    public DeviceAccess Access { get; }

    /// <summary>The entry points.</summary>
    public Vk Api { get; }

    /// <summary>The driver's handle.</summary>
    public Device Handle { get; }

    /// <summary>The compute queue.</summary>
    public Queue Queue { get; }

    /// <summary>
    /// The number of a memory type that has <paramref name="required"/> among those that <paramref name="bits"/> allow: with
    /// <paramref name="wished"/> where possible, then in the largest heap.
    /// </summary>
    public uint MemoryType(uint bits, MemoryPropertyFlags required, MemoryPropertyFlags wished)
    {
        uint? best = null;
        (bool, ulong) bestRank = default;
        PhysicalDeviceMemoryProperties memory = _memory;
        for (int i = 0; i < memory.MemoryTypeCount; i++)
        {
            MemoryType type = memory.MemoryTypes[i];
            if ((bits >> i & 1) == 0 || (type.PropertyFlags & required) != required) continue;
            (bool, ulong) rank = ((type.PropertyFlags & wished) == wished, memory.MemoryHeaps[(int)type.HeapIndex].Size);
            if (best is not null && rank.CompareTo(bestRank) <= 0) continue;
            (best, bestRank) = ((uint)i, rank);
        }

        return best ?? throw new NnException(ExitCode.NoDevice, $"{Description.Info.Name} has no memory that is {required}; take another device");
    }

    /// <summary>Waits for whatever was submitted. A failure is not reported: this is for clearing away.</summary>
    public void Settle() => Api.DeviceWaitIdle(Handle);

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Api.DestroyDevice(Handle, null);
    }
}
