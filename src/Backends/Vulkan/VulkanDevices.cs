using System.Buffers.Binary;
using Nn.Files;
using Nn.Planning.Gpu;
using Silk.NET.Core;
using Silk.NET.Vulkan;

namespace Nn.Backends.Vulkan;

/// <summary>The Vulkan devices of this machine.</summary>
public static unsafe class VulkanDevices
{
    // What a driver that implements only a part of Vulkan wants to be told, as MoltenVK.
    private const string PortabilitySubset = "VK_KHR_portability_subset";

    // It stays open for the life of the process, as drivers do not survive being unloaded.
    private static readonly Lazy<VulkanInstance> Instance = new(() => new VulkanInstance(ValidationLog.Wanted));

    /// <summary>All devices of all drivers, usable or not, numbered in the order in which the loader names them.</summary>
    /// <param name="why">Why there is none; null where there is one.</param>
    public static IReadOnlyList<VulkanDevice> List(out string? why)
    {
        try
        {
            IReadOnlyList<VulkanDevice> devices = List(Instance.Value);
            why = devices.Count > 0 ? null : "no Vulkan driver is installed";
            return devices;
        }
        catch (NnException e)
        {
            why = e.Message;
            return [];
        }
    }

    /// <summary>The devices of a connection.</summary>
    /// <exception cref="NnException">A driver fails.</exception>
    internal static IReadOnlyList<VulkanDevice> List(VulkanInstance instance) => [.. instance.PhysicalDevices().Select((d, i) => Describe(instance, d, i))];

    /// <summary>A packed version as text.</summary>
    internal static string Text(uint version) => $"{((Version32)version).Major & 0x7F}.{((Version32)version).Minor}.{((Version32)version).Patch}";

    private static VulkanDevice Describe(VulkanInstance instance, PhysicalDevice device, int index)
    {
        Vk api = instance.Api;
        var driver = new PhysicalDeviceDriverProperties { SType = StructureType.PhysicalDeviceDriverProperties };
        var sizes = new PhysicalDeviceMaintenance3Properties { SType = StructureType.PhysicalDeviceMaintenance3Properties };
        var largest = new PhysicalDeviceMaintenance4Properties { SType = StructureType.PhysicalDeviceMaintenance4Properties };
        var id = new PhysicalDeviceIDProperties { SType = StructureType.PhysicalDeviceIDProperties };
        var all = new PhysicalDeviceProperties2 { SType = StructureType.PhysicalDeviceProperties2, PNext = &id };
        id.PNext = &sizes;
        PhysicalDeviceProperties p;
        api.GetPhysicalDeviceProperties(device, &p);
        if (p.ApiVersion >= Vk.Version12) sizes.PNext = &driver;
        if (p.ApiVersion >= Vk.Version13) driver.PNext = &largest;
        if (p.ApiVersion >= Vk.Version11) api.GetPhysicalDeviceProperties2(device, &all);
        string[] extensions = [.. Extensions(api, device).Where(e => e == PortabilitySubset)];
        uint? family = ComputeFamily(api, device);
        PhysicalDeviceLimits l = p.Limits;
        long allocation = Clamp(sizes.MaxMemoryAllocationSize), buffer = largest.MaxBufferSize == 0 ? allocation : Clamp(largest.MaxBufferSize);
        bool software = p.DeviceType == PhysicalDeviceType.Cpu;
        var info = new DeviceInfo(
            NativeText.Of(p.DeviceName), DriverText(&driver, p.DriverVersion), DeviceMemory(api, device), Math.Min(allocation, buffer),
            software ? Environment.ProcessorCount : 0, string.Join(' ', [$"Vulkan {Text(p.ApiVersion)}", .. extensions]), software);
        int words = (int)l.MaxPushConstantsSize / 4;
        // A buffer takes a word; a quarter of them is left to constants.
        uint buffers = Math.Min(Math.Min(l.MaxPerStageDescriptorStorageBuffers, l.MaxDescriptorSetStorageBuffers), (uint)words * 3 / 4);
        uint groups = Math.Min(l.MaxComputeWorkGroupCount[0], Math.Min(l.MaxComputeWorkGroupCount[1], l.MaxComputeWorkGroupCount[2]));
        var limits = new GpuLimits(
            (int)Math.Min(l.MaxComputeWorkGroupInvocations, l.MaxComputeWorkGroupSize[0]), (int)l.MaxComputeSharedMemorySize, (int)buffers,
            (int)Math.Min(groups, int.MaxValue), info.ComputeUnits, FusesMultiplyAdd: !software)
        { Choices = new ProductChoices(DiskCache.Default, $"vulkan\n{info.Name}\n{info.Driver}") };
        string? unusable =
            p.ApiVersion < Vk.Version11 ? $"nn needs Vulkan 1.1, it has {Text(p.ApiVersion)}"
            : family is null ? "it has no compute queue"
            : null;
        var access = new DeviceAccess(
            instance, index, device, family ?? 0, extensions, Identity(p, &id), allocation, buffer, l.MaxStorageBufferRange, (long)l.MinStorageBufferOffsetAlignment, words);
        return new VulkanDevice(access, Text(p.ApiVersion), info, limits, unusable);
    }

    private static long Clamp(ulong bytes) => (long)Math.Min(bytes, long.MaxValue);

    private static string DriverText(PhysicalDeviceDriverProperties* driver, uint version) => driver->DriverName[0] == 0
        ? $"driver {version:x}"
        : $"{NativeText.Of(driver->DriverName)} {NativeText.Of(driver->DriverInfo)}".Trim();

    private static byte[] Identity(PhysicalDeviceProperties p, PhysicalDeviceIDProperties* id)
    {
        var bytes = new byte[12 + 2 * Vk.UuidSize];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, p.VendorID);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), p.DeviceID);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), p.DriverVersion);
        new ReadOnlySpan<byte>(id->DeviceUuid, (int)Vk.UuidSize).CopyTo(bytes.AsSpan(12));
        new ReadOnlySpan<byte>(p.PipelineCacheUuid, (int)Vk.UuidSize).CopyTo(bytes.AsSpan(12 + (int)Vk.UuidSize));
        return bytes;
    }

    private static long DeviceMemory(Vk api, PhysicalDevice device)
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

    // A family without graphics, where there is one, is not shared with the desktop.
    private static uint? ComputeFamily(Vk api, PhysicalDevice device)
    {
        uint count = 0;
        api.GetPhysicalDeviceQueueFamilyProperties(device, &count, null);
        var families = new QueueFamilyProperties[count];
        fixed (QueueFamilyProperties* p = families) api.GetPhysicalDeviceQueueFamilyProperties(device, &count, p);
        int Find(QueueFlags without) => Array.FindIndex(families, f => f.QueueCount > 0 && f.QueueFlags.HasFlag(QueueFlags.ComputeBit) && (f.QueueFlags & without) == 0);
        int alone = Find(QueueFlags.GraphicsBit), any = Find(QueueFlags.None);
        return alone >= 0 ? (uint)alone : any >= 0 ? (uint)any : null;
    }

    private static List<string> Extensions(Vk api, PhysicalDevice device)
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
