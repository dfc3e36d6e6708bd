namespace Silk.NET.Vulkan;

/// <summary>VkMemoryType.</summary>
public struct MemoryType
{
    public MemoryPropertyFlags PropertyFlags;
    public uint HeapIndex;
}

/// <summary>VkMemoryHeap.</summary>
public struct MemoryHeap
{
    public ulong Size;
    public MemoryHeapFlags Flags;
}

/// <summary>VkMemoryRequirements.</summary>
public struct MemoryRequirements
{
    public ulong Size;
    public ulong Alignment;
    public uint MemoryTypeBits;
}

/// <summary>VkMemoryAllocateInfo.</summary>
public unsafe struct MemoryAllocateInfo
{
    public StructureType SType;
    public void* PNext;
    public ulong AllocationSize;
    public uint MemoryTypeIndex;
}

/// <summary>VkBufferCreateInfo.</summary>
public unsafe struct BufferCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public BufferCreateFlags Flags;
    public ulong Size;
    public BufferUsageFlags Usage;
    public SharingMode SharingMode;
    public uint QueueFamilyIndexCount;
    public uint* PQueueFamilyIndices;
}

/// <summary>VkBufferCopy.</summary>
public struct BufferCopy
{
    public ulong SrcOffset;
    public ulong DstOffset;
    public ulong Size;
}
