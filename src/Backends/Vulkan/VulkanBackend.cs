using Nn.Backends.Gpu;
using Nn.Files;
using Nn.Planning;

namespace Nn.Backends.Vulkan;

/// <summary>A device of a Vulkan driver (1.1 or later), by its compute queue.</summary>
public sealed class VulkanBackend : IBackend
{
    private readonly LogicalDevice _device;
    private readonly DeviceObjects _objects;
    private readonly PipelineCacheFile _cache;
    private readonly Func<GpuKernel, uint[]> _code;
    private bool _disposed;

    /// <summary>Opens a device.</summary>
    /// <exception cref="NnException">It cannot be used.</exception>
    public VulkanBackend(VulkanDevice device)
        : this(device, DiskCache.Default, ShaderCode.Of)
    {
    }

    /// <summary>Opens a device with another cache and other code for kernels.</summary>
    internal VulkanBackend(VulkanDevice device, DiskCache disk, Func<GpuKernel, uint[]> code)
    {
        if (device.Unusable is { } why) throw new NnException(ExitCode.NoDevice, $"vulkan:{device.Index} ({device.Info.Name}) cannot be used: {why}");
        _code = code;
        _device = new LogicalDevice(device);
        _objects = new DeviceObjects(_device);
        try
        {
            _cache = new PipelineCacheFile(_objects, disk);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name => "vulkan";

    /// <inheritdoc/>
    public DeviceInfo Device => _device.Description.Info;

    /// <inheritdoc/>
    public IProgram Load(Plan plan)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var program = new VulkanProgram(plan, _device, _cache.Handle, _code);
        _cache.Save();
        return program;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _objects.Dispose();
        _device.Dispose();
    }
}
