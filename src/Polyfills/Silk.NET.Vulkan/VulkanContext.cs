using System.Text;
using Silk.NET.Core.Contexts;
using Silk.NET.Core.Loader;

namespace Silk.NET.Vulkan;

/// <summary>Entry points of the system's Vulkan loader, through vkGetInstanceProcAddr.</summary>
internal sealed unsafe class VulkanContext : INativeContext
{
    private readonly DefaultNativeContext _library = new(
        OperatingSystem.IsWindows() ? ["vulkan-1.dll"]
        : OperatingSystem.IsMacOS() ? ["libvulkan.1.dylib", "/opt/homebrew/lib/libvulkan.1.dylib", "/usr/local/lib/libvulkan.1.dylib", "libMoltenVK.dylib", "/opt/homebrew/lib/libMoltenVK.dylib"]
        : ["libvulkan.so.1", "libvulkan.so"]);

    private readonly nint _getInstanceProcAddr;

    public VulkanContext() => _getInstanceProcAddr = _library.GetProcAddress("vkGetInstanceProcAddr");

    /// <summary>Whose current instance the entry points belong to.</summary>
    public Vk? Api { get; set; }

    public nint GetProcAddress(string proc, int? slot = default) =>
        TryGetProcAddress(proc, out nint address, slot) ? address : throw new SymbolLoadingException(proc);

    public bool TryGetProcAddress(string proc, out nint addr, int? slot = default)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(proc + '\0'))
            addr = ((delegate* unmanaged<nint, byte*, nint>)_getInstanceProcAddr)(Api?.CurrentInstance?.Handle ?? 0, name);
        return addr != 0 || _library.TryGetProcAddress(proc, out addr, slot);
    }

    public void Dispose() => _library.Dispose();
}
