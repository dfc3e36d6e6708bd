using System.Globalization;
using Nn.Backends.Gpu;
using Nn.Files;
using Silk.NET.Core.Loader;
using Silk.NET.OpenCL;
using ClDeviceInfo = Silk.NET.OpenCL.DeviceInfo;

namespace Nn.Backends.OpenCl;

/// <summary>The OpenCL devices of this machine.</summary>
public static class OpenClDevices
{
    // One axis of a launch: what the common drivers take on every axis.
    private const int MaxGroups = 65535;

    private static string NoDriver => DriverVariables.Tell("OCL_ICD_FILENAMES", "OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH") is { } variable
        ? $"no OpenCL driver is installed where the environment says: {variable}; without that variable all drivers are looked for"
        : "no OpenCL driver is installed";

    // The library stays loaded for the life of the process, as drivers do not survive being unloaded.
    private static readonly Lazy<CL> Library = new(CL.GetApi);

    /// <summary>The calls into the system's OpenCL.</summary>
    internal static ClApi Api => new(Library.Value);

    /// <summary>All devices of all drivers, usable or not, numbered in the order in which the drivers name them.</summary>
    /// <param name="why">Why there is none, or why some driver's are missing; else null.</param>
    public static IReadOnlyList<OpenClDevice> List(out string? why) => List(() => Api, out why);

    /// <summary>As <see cref="List(out string?)"/> by other calls.</summary>
    internal static IReadOnlyList<OpenClDevice> List(Func<ClApi> load, out string? why)
    {
        var devices = new List<OpenClDevice>();
        why = null;
        try
        {
            ClApi api = load();
            foreach (nint platform in api.Platforms()) Add(api, platform, devices, ref why);
        }
        catch (NnException e)
        {
            why = Reason(e);
        }
        catch (Exception e) when (e is FileNotFoundException or DllNotFoundException or BadImageFormatException or SymbolLoadingException)
        {
            why = "the OpenCL loader is not installed (libOpenCL.so.1, OpenCL.dll)";
        }

        if (devices.Count == 0) why ??= NoDriver;
        return devices;
    }

    // One driver's failure does not hide the others.
    private static void Add(ClApi api, nint platform, List<OpenClDevice> devices, ref string? why)
    {
        try
        {
            string name = api.PlatformText(platform, PlatformInfo.Name);
            foreach (nint device in api.Devices(platform)) devices.Add(Describe(api, device, name, devices.Count));
        }
        catch (NnException e)
        {
            why = Reason(e);
        }
    }

    private static string Reason(NnException e) => e.Code == ExitCode.NoDevice ? NoDriver : $"an OpenCL driver fails: {e.Message}";

    private static OpenClDevice Describe(ClApi api, nint device, string platform, int index)
    {
        string version = api.DeviceText(device, ClDeviceInfo.Version);
        var type = (DeviceType)api.DeviceNumber<ulong>(device, ClDeviceInfo.Type);
        var units = (int)api.DeviceNumber<uint>(device, ClDeviceInfo.MaxComputeUnits);
        var info = new DeviceInfo(
            api.DeviceText(device, ClDeviceInfo.Name), $"{platform} {api.DeviceText(device, ClDeviceInfo.DriverVersion)}",
            (long)Math.Min(long.MaxValue, api.DeviceNumber<ulong>(device, ClDeviceInfo.GlobalMemSize)),
            (long)Math.Min(long.MaxValue, api.DeviceNumber<ulong>(device, ClDeviceInfo.MaxMemAllocSize)),
            units, version, Software: !type.HasFlag(DeviceType.Gpu) && !type.HasFlag(DeviceType.Accelerator));
        // A buffer takes a pointer and a word of the space for arguments; a quarter of it is left to constants.
        int buffers = (int)(api.DeviceNumber<nuint>(device, ClDeviceInfo.MaxParameterSize) * 3 / 4 / 12);
        var limits = new GpuLimits(
            (int)Math.Min(int.MaxValue, api.DeviceNumber<nuint>(device, ClDeviceInfo.MaxWorkGroupSize)),
            (int)Math.Min(int.MaxValue, api.DeviceNumber<ulong>(device, ClDeviceInfo.LocalMemSize)),
            buffers, MaxGroups, units)
        { Choices = new ProductChoices(DiskCache.Default, $"opencl\n{info.Name}\n{info.Driver}\n{version}") };
        string? unusable =
            api.DeviceNumber<uint>(device, ClDeviceInfo.Available) == 0 ? "its driver says that it is not available"
            : api.DeviceNumber<uint>(device, ClDeviceInfo.CompilerAvailable) == 0 ? "its driver has no compiler"
            : api.DeviceNumber<uint>(device, ClDeviceInfo.EndianLittle) == 0 ? "its numbers are big-endian"
            : Number(version) < 1.2 ? $"nn needs OpenCL 1.2, it has {version}"
            : info.MemoryBytes == 0 ? "its driver tells of no memory"
            : null;
        return new OpenClDevice(index, version, info, limits, unusable) { Handle = device };
    }

    // "OpenCL 3.0 and what the vendor adds".
    private static double Number(string version) =>
        version.Split(' ') is [_, var number, ..] && double.TryParse(number, CultureInfo.InvariantCulture, out double v) ? v : 0;
}
