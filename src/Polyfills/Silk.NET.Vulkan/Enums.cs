namespace Silk.NET.Vulkan;

/// <summary>VkPhysicalDeviceType.</summary>
public enum PhysicalDeviceType
{
    Other = 0,
    IntegratedGpu = 1,
    DiscreteGpu = 2,
    VirtualGpu = 3,
    Cpu = 4,
}

/// <summary>VkSharingMode.</summary>
public enum SharingMode
{
    Exclusive = 0,
    Concurrent = 1,
}

/// <summary>VkDescriptorType.</summary>
public enum DescriptorType
{
    StorageBuffer = 7,
}

/// <summary>VkPipelineBindPoint.</summary>
public enum PipelineBindPoint
{
    Graphics = 0,
    Compute = 1,
}

/// <summary>VkCommandBufferLevel.</summary>
public enum CommandBufferLevel
{
    Primary = 0,
    Secondary = 1,
}

/// <summary>VkDriverId.</summary>
public enum DriverId
{
    AmdProprietary = 1,
    NvidiaProprietary = 4,
}

/// <summary>VkValidationFeatureEnableEXT.</summary>
public enum ValidationFeatureEnableEXT
{
    GpuAssistedExt = 0,
    GpuAssistedReserveBindingSlotExt = 1,
    BestPracticesExt = 2,
    DebugPrintfExt = 3,
    SynchronizationValidationExt = 4,
}

/// <summary>VkValidationFeatureDisableEXT.</summary>
public enum ValidationFeatureDisableEXT
{
    AllExt = 0,
}
