namespace Silk.NET.Vulkan;

/// <summary>VkAllocationCallbacks.</summary>
public struct AllocationCallbacks;

/// <summary>VkApplicationInfo.</summary>
public unsafe struct ApplicationInfo
{
    public StructureType SType;
    public void* PNext;
    public byte* PApplicationName;
    public uint ApplicationVersion;
    public byte* PEngineName;
    public uint EngineVersion;
    public uint ApiVersion;
}

/// <summary>VkInstanceCreateInfo.</summary>
public unsafe struct InstanceCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public InstanceCreateFlags Flags;
    public ApplicationInfo* PApplicationInfo;
    public uint EnabledLayerCount;
    public byte** PpEnabledLayerNames;
    public uint EnabledExtensionCount;
    public byte** PpEnabledExtensionNames;
}

/// <summary>VkExtensionProperties.</summary>
public unsafe struct ExtensionProperties
{
    public fixed byte ExtensionName[256];
    public uint SpecVersion;
}

/// <summary>VkLayerProperties.</summary>
public unsafe struct LayerProperties
{
    public fixed byte LayerName[256];
    public uint SpecVersion;
    public uint ImplementationVersion;
    public fixed byte Description[256];
}

/// <summary>VkValidationFeaturesEXT.</summary>
public unsafe struct ValidationFeaturesEXT
{
    public StructureType SType;
    public void* PNext;
    public uint EnabledValidationFeatureCount;
    public ValidationFeatureEnableEXT* PEnabledValidationFeatures;
    public uint DisabledValidationFeatureCount;
    public ValidationFeatureDisableEXT* PDisabledValidationFeatures;
}
