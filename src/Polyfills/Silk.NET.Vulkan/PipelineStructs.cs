namespace Silk.NET.Vulkan;

/// <summary>VkShaderModuleCreateInfo.</summary>
public unsafe struct ShaderModuleCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public ShaderModuleCreateFlags Flags;
    public nuint CodeSize;
    public uint* PCode;
}

/// <summary>VkSpecializationMapEntry.</summary>
public struct SpecializationMapEntry
{
    public uint ConstantID;
    public uint Offset;
    public nuint Size;
}

/// <summary>VkSpecializationInfo.</summary>
public unsafe struct SpecializationInfo
{
    public uint MapEntryCount;
    public SpecializationMapEntry* PMapEntries;
    public nuint DataSize;
    public void* PData;
}

/// <summary>VkPipelineShaderStageCreateInfo.</summary>
public unsafe struct PipelineShaderStageCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public PipelineShaderStageCreateFlags Flags;
    public ShaderStageFlags Stage;
    public ShaderModule Module;
    public byte* PName;
    public SpecializationInfo* PSpecializationInfo;
}

/// <summary>VkPushConstantRange.</summary>
public struct PushConstantRange
{
    public ShaderStageFlags StageFlags;
    public uint Offset;
    public uint Size;
}

/// <summary>VkPipelineLayoutCreateInfo.</summary>
public unsafe struct PipelineLayoutCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public PipelineLayoutCreateFlags Flags;
    public uint SetLayoutCount;
    public DescriptorSetLayout* PSetLayouts;
    public uint PushConstantRangeCount;
    public PushConstantRange* PPushConstantRanges;
}

/// <summary>VkPipelineCacheCreateInfo.</summary>
public unsafe struct PipelineCacheCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public PipelineCacheCreateFlags Flags;
    public nuint InitialDataSize;
    public void* PInitialData;
}

/// <summary>VkComputePipelineCreateInfo.</summary>
public unsafe struct ComputePipelineCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public PipelineCreateFlags Flags;
    public PipelineShaderStageCreateInfo Stage;
    public PipelineLayout Layout;
    public Pipeline BasePipelineHandle;
    public int BasePipelineIndex;
}
