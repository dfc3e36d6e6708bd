namespace Silk.NET.Vulkan;

/// <summary>VkDescriptorImageInfo.</summary>
public struct DescriptorImageInfo;

/// <summary>VkCopyDescriptorSet.</summary>
public struct CopyDescriptorSet;

/// <summary>VkDescriptorSetLayoutBinding.</summary>
public unsafe struct DescriptorSetLayoutBinding
{
    public uint Binding;
    public DescriptorType DescriptorType;
    public uint DescriptorCount;
    public ShaderStageFlags StageFlags;
    public Sampler* PImmutableSamplers;
}

/// <summary>VkDescriptorSetLayoutCreateInfo.</summary>
public unsafe struct DescriptorSetLayoutCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public DescriptorSetLayoutCreateFlags Flags;
    public uint BindingCount;
    public DescriptorSetLayoutBinding* PBindings;
}

/// <summary>VkDescriptorPoolSize.</summary>
public struct DescriptorPoolSize
{
    public DescriptorType Type;
    public uint DescriptorCount;
}

/// <summary>VkDescriptorPoolCreateInfo.</summary>
public unsafe struct DescriptorPoolCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public DescriptorPoolCreateFlags Flags;
    public uint MaxSets;
    public uint PoolSizeCount;
    public DescriptorPoolSize* PPoolSizes;
}

/// <summary>VkDescriptorSetAllocateInfo.</summary>
public unsafe struct DescriptorSetAllocateInfo
{
    public StructureType SType;
    public void* PNext;
    public DescriptorPool DescriptorPool;
    public uint DescriptorSetCount;
    public DescriptorSetLayout* PSetLayouts;
}

/// <summary>VkDescriptorBufferInfo.</summary>
public struct DescriptorBufferInfo
{
    public Buffer Buffer;
    public ulong Offset;
    public ulong Range;
}

/// <summary>VkWriteDescriptorSet.</summary>
public unsafe struct WriteDescriptorSet
{
    public StructureType SType;
    public void* PNext;
    public DescriptorSet DstSet;
    public uint DstBinding;
    public uint DstArrayElement;
    public uint DescriptorCount;
    public DescriptorType DescriptorType;
    public DescriptorImageInfo* PImageInfo;
    public DescriptorBufferInfo* PBufferInfo;
    public BufferView* PTexelBufferView;
}
