using Silk.NET.Core;

namespace Silk.NET.Vulkan;

/// <summary>VkPhysicalDeviceFeatures.</summary>
public struct PhysicalDeviceFeatures;

/// <summary>VkDeviceQueueCreateInfo.</summary>
public unsafe struct DeviceQueueCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public DeviceQueueCreateFlags Flags;
    public uint QueueFamilyIndex;
    public uint QueueCount;
    public float* PQueuePriorities;
}

/// <summary>VkDeviceCreateInfo.</summary>
public unsafe struct DeviceCreateInfo
{
    public StructureType SType;
    public void* PNext;
    public uint Flags;
    public uint QueueCreateInfoCount;
    public DeviceQueueCreateInfo* PQueueCreateInfos;
    public uint EnabledLayerCount;
    public byte** PpEnabledLayerNames;
    public uint EnabledExtensionCount;
    public byte** PpEnabledExtensionNames;
    public PhysicalDeviceFeatures* PEnabledFeatures;
}

/// <summary>VkExtent3D.</summary>
public struct Extent3D
{
    public uint Width;
    public uint Height;
    public uint Depth;
}

/// <summary>VkQueueFamilyProperties.</summary>
public struct QueueFamilyProperties
{
    public QueueFlags QueueFlags;
    public uint QueueCount;
    public uint TimestampValidBits;
    public Extent3D MinImageTransferGranularity;
}

/// <summary>VkConformanceVersion.</summary>
public struct ConformanceVersion
{
    public byte Major;
    public byte Minor;
    public byte Subminor;
    public byte Patch;
}

/// <summary>VkPhysicalDeviceSparseProperties.</summary>
public struct PhysicalDeviceSparseProperties
{
    public Bool32 ResidencyStandard2DBlockShape;
    public Bool32 ResidencyStandard2DMultisampleBlockShape;
    public Bool32 ResidencyStandard3DBlockShape;
    public Bool32 ResidencyAlignedMipSize;
    public Bool32 ResidencyNonResidentStrict;
}

/// <summary>VkPhysicalDeviceProperties.</summary>
public unsafe struct PhysicalDeviceProperties
{
    public uint ApiVersion;
    public uint DriverVersion;
    public uint VendorID;
    public uint DeviceID;
    public PhysicalDeviceType DeviceType;
    public fixed byte DeviceName[256];
    public fixed byte PipelineCacheUuid[16];
    public PhysicalDeviceLimits Limits;
    public PhysicalDeviceSparseProperties SparseProperties;
}

/// <summary>VkPhysicalDeviceProperties2.</summary>
public unsafe struct PhysicalDeviceProperties2
{
    public StructureType SType;
    public void* PNext;
    public PhysicalDeviceProperties Properties;
}

/// <summary>VkPhysicalDeviceIDProperties.</summary>
public unsafe struct PhysicalDeviceIDProperties
{
    public StructureType SType;
    public void* PNext;
    public fixed byte DeviceUuid[16];
    public fixed byte DriverUuid[16];
    public fixed byte DeviceLuid[8];
    public uint DeviceNodeMask;
    public Bool32 DeviceLuidvalid;
}

/// <summary>VkPhysicalDeviceMaintenance3Properties.</summary>
public unsafe struct PhysicalDeviceMaintenance3Properties
{
    public StructureType SType;
    public void* PNext;
    public uint MaxPerSetDescriptors;
    public ulong MaxMemoryAllocationSize;
}

/// <summary>VkPhysicalDeviceMaintenance4Properties.</summary>
public unsafe struct PhysicalDeviceMaintenance4Properties
{
    public StructureType SType;
    public void* PNext;
    public ulong MaxBufferSize;
}

/// <summary>VkPhysicalDeviceDriverProperties.</summary>
public unsafe struct PhysicalDeviceDriverProperties
{
    public StructureType SType;
    public void* PNext;
    public DriverId DriverID;
    public fixed byte DriverName[256];
    public fixed byte DriverInfo[256];
    public ConformanceVersion ConformanceVersion;
}

/// <summary>VkPhysicalDeviceShaderSMBuiltinsPropertiesNV.</summary>
public unsafe struct PhysicalDeviceShaderSMBuiltinsPropertiesNV
{
    public StructureType SType;
    public void* PNext;
    public uint ShaderSmcount;
    public uint ShaderWarpsPerSM;
}

/// <summary>VkPhysicalDeviceShaderCorePropertiesAMD.</summary>
public unsafe struct PhysicalDeviceShaderCorePropertiesAMD
{
    public StructureType SType;
    public void* PNext;
    public uint ShaderEngineCount;
    public uint ShaderArraysPerEngineCount;
    public uint ComputeUnitsPerShaderArray;
    public uint SimdPerComputeUnit;
    public uint WavefrontsPerSimd;
    public uint WavefrontSize;
    public uint SgprsPerSimd;
    public uint MinSgprAllocation;
    public uint MaxSgprAllocation;
    public uint SgprAllocationGranularity;
    public uint VgprsPerSimd;
    public uint MinVgprAllocation;
    public uint MaxVgprAllocation;
    public uint VgprAllocationGranularity;
}
