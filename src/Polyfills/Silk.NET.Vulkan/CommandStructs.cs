namespace Silk.NET.Vulkan;

/// <summary>VkCommandBufferInheritanceInfo.</summary>
public struct CommandBufferInheritanceInfo;

/// <summary>VkBufferMemoryBarrier.</summary>
public struct BufferMemoryBarrier;

/// <summary>VkImageMemoryBarrier.</summary>
public struct ImageMemoryBarrier;

/// <summary>VkCommandPoolCreateInfo.</summary>
public unsafe struct CommandPoolCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public CommandPoolCreateFlags Flags;
    public uint QueueFamilyIndex;
}

/// <summary>VkCommandBufferAllocateInfo.</summary>
public unsafe struct CommandBufferAllocateInfo
{
    public StructureType SType;
    public void* PNext;
    public CommandPool CommandPool;
    public CommandBufferLevel Level;
    public uint CommandBufferCount;
}

/// <summary>VkCommandBufferBeginInfo.</summary>
public unsafe struct CommandBufferBeginInfo
{
    public StructureType SType;
    public void* PNext;
    public CommandBufferUsageFlags Flags;
    public CommandBufferInheritanceInfo* PInheritanceInfo;
}

/// <summary>VkMemoryBarrier.</summary>
public unsafe struct MemoryBarrier
{
    public StructureType SType;
    public void* PNext;
    public AccessFlags SrcAccessMask;
    public AccessFlags DstAccessMask;
}

/// <summary>VkSubmitInfo.</summary>
public unsafe struct SubmitInfo
{
    public StructureType SType;
    public void* PNext;
    public uint WaitSemaphoreCount;
    public Semaphore* PWaitSemaphores;
    public PipelineStageFlags* PWaitDstStageMask;
    public uint CommandBufferCount;
    public CommandBuffer* PCommandBuffers;
    public uint SignalSemaphoreCount;
    public Semaphore* PSignalSemaphores;
}

/// <summary>VkFenceCreateInfo.</summary>
public unsafe struct FenceCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public FenceCreateFlags Flags;
}
