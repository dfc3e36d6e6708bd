using System.Runtime.CompilerServices;
using Silk.NET.Core;
using Silk.NET.Core.Contexts;
using Silk.NET.Core.Native;

namespace Silk.NET.Vulkan;

/// <summary>
/// Vulkan: one method an entry point, with the parameters of the C function. Entry points are looked up at their first call,
/// through the current instance where there is one.
/// </summary>
public unsafe partial class Vk(INativeContext ctx) : NativeAPI(ctx)
{
    private nint _createInstance, _createDevice, _getInstanceProcAddr;

    /// <summary>Vulkan 1.0.</summary>
    public static Version32 Version10 => new(1, 0, 0);

    /// <summary>Vulkan 1.1.</summary>
    public static Version32 Version11 => new(1, 1, 0);

    /// <summary>Vulkan 1.2.</summary>
    public static Version32 Version12 => new(1, 2, 0);

    /// <summary>Vulkan 1.3.</summary>
    public static Version32 Version13 => new(1, 3, 0);

    /// <summary>Bytes of a UUID.</summary>
    public const uint UuidSize = 16;

    /// <summary>To the end of a buffer or of memory.</summary>
    public const ulong WholeSize = ~0ul;

    /// <summary>The instance created last.</summary>
    public Instance? CurrentInstance { get; set; }

    /// <summary>The device created last.</summary>
    public Device? CurrentDevice { get; set; }

    /// <summary>Vulkan of the system's loader.</summary>
    /// <exception cref="FileNotFoundException">There is no loader.</exception>
    public static Vk GetApi()
    {
        var context = new VulkanContext();
        return context.Api = new Vk(context);
    }

    /// <summary>vkCreateInstance.</summary>
    public Result CreateInstance(InstanceCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, Instance* pInstance)
    {
        Result result = ((delegate* unmanaged<InstanceCreateInfo*, AllocationCallbacks*, Instance*, Result>)At(ref _createInstance))(pCreateInfo, pAllocator, pInstance);
        if (result == Result.Success) CurrentInstance = *pInstance;
        return result;
    }

    /// <summary>vkCreateDevice.</summary>
    public Result CreateDevice(PhysicalDevice physicalDevice, DeviceCreateInfo* pCreateInfo, AllocationCallbacks* pAllocator, Device* pDevice)
    {
        Result result = ((delegate* unmanaged<PhysicalDevice, DeviceCreateInfo*, AllocationCallbacks*, Device*, Result>)At(ref _createDevice))(physicalDevice, pCreateInfo, pAllocator, pDevice);
        if (result == Result.Success) CurrentDevice = *pDevice;
        return result;
    }

    /// <summary>vkGetInstanceProcAddr.</summary>
    public PfnVoidFunction GetInstanceProcAddr(Instance instance, byte* pName) =>
        new((delegate* unmanaged[Cdecl]<void>)((delegate* unmanaged<Instance, byte*, nint>)At(ref _getInstanceProcAddr))(instance, pName));

    private nint At(ref nint slot, [CallerMemberName] string name = "") => slot != 0 ? slot : Load(ref slot, "vk" + name);
}
