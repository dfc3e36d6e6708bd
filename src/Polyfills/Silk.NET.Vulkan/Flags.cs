namespace Silk.NET.Vulkan;

/// <summary>VkInstanceCreateFlags.</summary>
[Flags]
public enum InstanceCreateFlags
{
    None = 0,
    EnumeratePortabilityBitKhr = 1,
}

/// <summary>VkQueueFlags.</summary>
[Flags]
public enum QueueFlags
{
    None = 0,
    GraphicsBit = 1,
    ComputeBit = 2,
    TransferBit = 4,
    SparseBindingBit = 8,
    ProtectedBit = 16,
}

/// <summary>VkDeviceQueueCreateFlags.</summary>
[Flags]
public enum DeviceQueueCreateFlags
{
    None = 0,
}

/// <summary>VkMemoryPropertyFlags.</summary>
[Flags]
public enum MemoryPropertyFlags
{
    None = 0,
    DeviceLocalBit = 1,
    HostVisibleBit = 2,
    HostCoherentBit = 4,
    HostCachedBit = 8,
    LazilyAllocatedBit = 16,
    ProtectedBit = 32,
}

/// <summary>VkMemoryHeapFlags.</summary>
[Flags]
public enum MemoryHeapFlags
{
    None = 0,
    DeviceLocalBit = 1,
    MultiInstanceBit = 2,
}

/// <summary>VkMemoryMapFlags.</summary>
[Flags]
public enum MemoryMapFlags
{
    None = 0,
}

/// <summary>VkBufferCreateFlags.</summary>
[Flags]
public enum BufferCreateFlags
{
    None = 0,
}

/// <summary>VkBufferUsageFlags.</summary>
[Flags]
public enum BufferUsageFlags
{
    None = 0,
    TransferSrcBit = 1,
    TransferDstBit = 2,
    UniformBufferBit = 16,
    StorageBufferBit = 32,
}

/// <summary>VkShaderModuleCreateFlags.</summary>
[Flags]
public enum ShaderModuleCreateFlags
{
    None = 0,
}

/// <summary>VkDescriptorSetLayoutCreateFlags.</summary>
[Flags]
public enum DescriptorSetLayoutCreateFlags
{
    None = 0,
}

/// <summary>VkDescriptorPoolCreateFlags.</summary>
[Flags]
public enum DescriptorPoolCreateFlags
{
    None = 0,
    FreeDescriptorSetBit = 1,
}

/// <summary>VkPipelineLayoutCreateFlags.</summary>
[Flags]
public enum PipelineLayoutCreateFlags
{
    None = 0,
}

/// <summary>VkPipelineCacheCreateFlags.</summary>
[Flags]
public enum PipelineCacheCreateFlags
{
    None = 0,
}

/// <summary>VkPipelineShaderStageCreateFlags.</summary>
[Flags]
public enum PipelineShaderStageCreateFlags
{
    None = 0,
}

/// <summary>VkPipelineCreateFlags.</summary>
[Flags]
public enum PipelineCreateFlags
{
    None = 0,
}

/// <summary>VkShaderStageFlags.</summary>
[Flags]
public enum ShaderStageFlags
{
    None = 0,
    ComputeBit = 32,
}

/// <summary>VkPipelineStageFlags.</summary>
[Flags]
public enum PipelineStageFlags
{
    None = 0,
    TopOfPipeBit = 1,
    ComputeShaderBit = 2048,
    TransferBit = 4096,
    BottomOfPipeBit = 8192,
    HostBit = 16384,
    AllCommandsBit = 65536,
}

/// <summary>VkAccessFlags.</summary>
[Flags]
public enum AccessFlags
{
    None = 0,
    ShaderReadBit = 32,
    ShaderWriteBit = 64,
    TransferReadBit = 2048,
    TransferWriteBit = 4096,
    HostReadBit = 8192,
    HostWriteBit = 16384,
    MemoryReadBit = 32768,
    MemoryWriteBit = 65536,
}

/// <summary>VkDependencyFlags.</summary>
[Flags]
public enum DependencyFlags
{
    None = 0,
}

/// <summary>VkCommandPoolCreateFlags.</summary>
[Flags]
public enum CommandPoolCreateFlags
{
    None = 0,
    TransientBit = 1,
    ResetCommandBufferBit = 2,
}

/// <summary>VkCommandBufferUsageFlags.</summary>
[Flags]
public enum CommandBufferUsageFlags
{
    None = 0,
    OneTimeSubmitBit = 1,
    SimultaneousUseBit = 4,
}

/// <summary>VkFenceCreateFlags.</summary>
[Flags]
public enum FenceCreateFlags
{
    None = 0,
    SignaledBit = 1,
}

/// <summary>VkSampleCountFlags.</summary>
[Flags]
public enum SampleCountFlags
{
    None = 0,
}

/// <summary>VkDebugUtilsMessageSeverityFlagsEXT.</summary>
[Flags]
public enum DebugUtilsMessageSeverityFlagsEXT
{
    None = 0,
    VerboseBitExt = 1,
    InfoBitExt = 16,
    WarningBitExt = 256,
    ErrorBitExt = 4096,
}

/// <summary>VkDebugUtilsMessageTypeFlagsEXT.</summary>
[Flags]
public enum DebugUtilsMessageTypeFlagsEXT
{
    None = 0,
    GeneralBitExt = 1,
    ValidationBitExt = 2,
    PerformanceBitExt = 4,
}
