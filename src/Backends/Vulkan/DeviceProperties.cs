using System.Buffers.Binary;
using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>What a driver says of a device.</summary>
internal sealed unsafe class DeviceProperties
{
    private const string NvidiaCores = "VK_NV_shader_sm_builtins", AmdCores = "VK_AMD_shader_core_properties";

    public DeviceProperties(Vk api, PhysicalDevice device)
    {
        Extensions = ExtensionsOf(api, device);
        PhysicalDeviceProperties p;
        api.GetPhysicalDeviceProperties(device, &p);
        (ApiVersion, Type, Limits, Name, Driver) = (p.ApiVersion, p.DeviceType, p.Limits, NativeText.Of(p.DeviceName), $"driver {p.DriverVersion:x}");
        var id = new PhysicalDeviceIDProperties { SType = StructureType.PhysicalDeviceIDProperties };
        if (p.ApiVersion >= Vk.Version11) Extend(api, device, &id);
        Identity = IdentityOf(p, &id);
        MemoryBytes = LargestLocalHeap(api, device);
    }

    /// <summary>Vulkan version, packed.</summary>
    public uint ApiVersion { get; }

    /// <summary>GPU or processor.</summary>
    public PhysicalDeviceType Type { get; }

    /// <summary>Name of the device.</summary>
    public string Name { get; }

    /// <summary>Driver with its version.</summary>
    public string Driver { get; private set; }

    /// <summary>What the specification calls limits.</summary>
    public PhysicalDeviceLimits Limits { get; }

    /// <summary>Names of all its extensions.</summary>
    public IReadOnlyList<string> Extensions { get; }

    /// <summary>Bytes of its own memory.</summary>
    public long MemoryBytes { get; }

    /// <summary>Bytes of the largest allocation.</summary>
    public long LargestAllocation { get; private set; }

    /// <summary>Bytes of the largest buffer.</summary>
    public long LargestBuffer { get; private set; }

    /// <summary>Compute units, where an extension tells; else 0.</summary>
    public int ComputeUnits { get; private set; }

    /// <summary>What a compiled pipeline is good for: device and driver, byte for byte.</summary>
    public byte[] Identity { get; }

    // What came with Vulkan 1.1, and what of the later versions and extensions the device has.
    private void Extend(Vk api, PhysicalDevice device, PhysicalDeviceIDProperties* id)
    {
        var sizes = new PhysicalDeviceMaintenance3Properties { SType = StructureType.PhysicalDeviceMaintenance3Properties, PNext = id };
        var driver = new PhysicalDeviceDriverProperties { SType = StructureType.PhysicalDeviceDriverProperties };
        var largest = new PhysicalDeviceMaintenance4Properties { SType = StructureType.PhysicalDeviceMaintenance4Properties };
        var nvidia = new PhysicalDeviceShaderSMBuiltinsPropertiesNV { SType = StructureType.PhysicalDeviceShaderSMBuiltinsPropertiesNV };
        var amd = new PhysicalDeviceShaderCorePropertiesAMD { SType = StructureType.PhysicalDeviceShaderCorePropertiesAmd };
        void* chain = &sizes;
        if (ApiVersion >= Vk.Version12)
        {
            driver.PNext = chain;
            chain = &driver;
        }

        if (ApiVersion >= Vk.Version13)
        {
            largest.PNext = chain;
            chain = &largest;
        }

        if (Extensions.Contains(NvidiaCores))
        {
            nvidia.PNext = chain;
            chain = &nvidia;
        }

        if (Extensions.Contains(AmdCores))
        {
            amd.PNext = chain;
            chain = &amd;
        }

        var all = new PhysicalDeviceProperties2 { SType = StructureType.PhysicalDeviceProperties2, PNext = chain };
        api.GetPhysicalDeviceProperties2(device, &all);
        if (driver.DriverName[0] != 0) Driver = $"{NativeText.Of(driver.DriverName)} {NativeText.Of(driver.DriverInfo)}".Trim();
        LargestAllocation = Clamp(sizes.MaxMemoryAllocationSize);
        LargestBuffer = largest.MaxBufferSize == 0 ? LargestAllocation : Clamp(largest.MaxBufferSize);
        ComputeUnits = (int)(nvidia.ShaderSmcount + amd.ShaderEngineCount * amd.ShaderArraysPerEngineCount * amd.ComputeUnitsPerShaderArray);
    }

    private static long Clamp(ulong bytes) => (long)Math.Min(bytes, long.MaxValue);

    private static byte[] IdentityOf(PhysicalDeviceProperties p, PhysicalDeviceIDProperties* id)
    {
        var bytes = new byte[12 + 2 * Vk.UuidSize];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, p.VendorID);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), p.DeviceID);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), p.DriverVersion);
        new ReadOnlySpan<byte>(id->DeviceUuid, (int)Vk.UuidSize).CopyTo(bytes.AsSpan(12));
        new ReadOnlySpan<byte>(p.PipelineCacheUuid, (int)Vk.UuidSize).CopyTo(bytes.AsSpan(12 + (int)Vk.UuidSize));
        return bytes;
    }

    private static long LargestLocalHeap(Vk api, PhysicalDevice device)
    {
        PhysicalDeviceMemoryProperties memory;
        api.GetPhysicalDeviceMemoryProperties(device, &memory);
        long bytes = 0;
        for (int i = 0; i < memory.MemoryHeapCount; i++)
        {
            if (memory.MemoryHeaps[i].Flags.HasFlag(MemoryHeapFlags.DeviceLocalBit)) bytes = Math.Max(bytes, Clamp(memory.MemoryHeaps[i].Size));
        }

        return bytes;
    }

    private static List<string> ExtensionsOf(Vk api, PhysicalDevice device)
    {
        uint count = 0;
        api.EnumerateDeviceExtensionProperties(device, (byte*)null, &count, null).Check("vkEnumerateDeviceExtensionProperties");
        var all = new ExtensionProperties[count];
        var names = new List<string>();
        fixed (ExtensionProperties* p = all)
        {
            api.EnumerateDeviceExtensionProperties(device, (byte*)null, &count, p).Check("vkEnumerateDeviceExtensionProperties");
            for (uint i = 0; i < count; i++) names.Add(NativeText.Of(p[i].ExtensionName));
        }

        return names;
    }
}
