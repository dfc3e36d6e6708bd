using Nn.Backends.Gpu;
using Nn.Files;
using Nn.Planning;

namespace Nn.Backends.OpenCl;

/// <summary>A device of an OpenCL driver (1.2 or later).</summary>
public sealed class OpenClBackend : IBackend
{
    private readonly OpenClDevice _device;
    private readonly ClApi _api;
    private readonly nint _context;
    private readonly KernelPrograms _programs;
    private bool _disposed;

    /// <summary>Opens a device.</summary>
    /// <exception cref="NnException">It cannot be used.</exception>
    public OpenClBackend(OpenClDevice device)
        : this(device, OpenClDevices.Api, device.KeepsBinaries ? null : DiskCache.Default, KernelSource.Write)
    {
    }

    /// <summary>Opens a device with other calls, cache and kernel sources.</summary>
    internal OpenClBackend(OpenClDevice device, ClApi api, DiskCache? cache, Func<GpuKernel, string, string> source)
    {
        if (device.Unusable is { } why) throw new NnException(ExitCode.NoDevice, $"opencl:{device.Index} ({device.Info.Name}) cannot be used: {why}");
        (_device, _api) = (device, api);
        _context = api.CreateContext(device.Handle);
        _programs = new KernelPrograms(api, _context, device, cache, source);
    }

    /// <inheritdoc/>
    public string Name => "opencl";

    /// <inheritdoc/>
    public DeviceInfo Device => _device.Info;

    /// <inheritdoc/>
    public IProgram Load(Plan plan)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new OpenClProgram(plan, _device, _api, _context, _programs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _programs.Dispose();
        _api.ReleaseContext(_context);
    }
}
