namespace Silk.NET.Vulkan;

/// <summary>Handle of VkInstance, a pointer.</summary>
public struct Instance(nint? handle = null)
{
    public nint Handle = handle ?? 0;
}

/// <summary>Handle of VkPhysicalDevice, a pointer.</summary>
public struct PhysicalDevice(nint? handle = null)
{
    public nint Handle = handle ?? 0;
}

/// <summary>Handle of VkDevice, a pointer.</summary>
public struct Device(nint? handle = null)
{
    public nint Handle = handle ?? 0;
}

/// <summary>Handle of VkQueue, a pointer.</summary>
public struct Queue(nint? handle = null)
{
    public nint Handle = handle ?? 0;
}

/// <summary>Handle of VkCommandBuffer, a pointer.</summary>
public struct CommandBuffer(nint? handle = null)
{
    public nint Handle = handle ?? 0;
}

/// <summary>Handle of VkBuffer, 64 bits.</summary>
public struct Buffer(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkDeviceMemory, 64 bits.</summary>
public struct DeviceMemory(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkShaderModule, 64 bits.</summary>
public struct ShaderModule(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkDescriptorSetLayout, 64 bits.</summary>
public struct DescriptorSetLayout(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkDescriptorPool, 64 bits.</summary>
public struct DescriptorPool(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkDescriptorSet, 64 bits.</summary>
public struct DescriptorSet(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkPipelineLayout, 64 bits.</summary>
public struct PipelineLayout(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkPipelineCache, 64 bits.</summary>
public struct PipelineCache(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkPipeline, 64 bits.</summary>
public struct Pipeline(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkCommandPool, 64 bits.</summary>
public struct CommandPool(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkFence, 64 bits.</summary>
public struct Fence(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkQueryPool, 64 bits.</summary>
public struct QueryPool(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkSemaphore, 64 bits.</summary>
public struct Semaphore(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkBufferView, 64 bits.</summary>
public struct BufferView(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkSampler, 64 bits.</summary>
public struct Sampler(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}

/// <summary>Handle of VkDebugUtilsMessengerEXT, 64 bits.</summary>
public struct DebugUtilsMessengerEXT(ulong? handle = null)
{
    public ulong Handle = handle ?? 0;
}
