using System.Globalization;
using Nn.Backends;
using Nn.Dsl;

namespace Nn.Networks;

/// <summary>
/// From what is asked for to a device. What is asked for runs, or an error says why not: nothing falls back silently. Whoever opens a device closes it.
/// </summary>
public static class DeviceChoice
{
    /// <summary>How a device may be asked for, for help.</summary>
    public const string Forms = "auto, cpu, vulkan[:number|:name], opencl[:number|:name]";

    /// <summary>Opens the device that is asked for.</summary>
    /// <exception cref="NnException">There is no such device, it cannot be used, or the name means nothing.</exception>
    public static IBackend Open(DeviceRequest asked) => asked switch
    {
        // The processor needs no looking for, which takes the drivers of GPUs some time.
        { Backend: "cpu", Which: "" } => OpenedDevices.New(new Backends.Cpu.CpuBackend()),
        { Backend: "reference", Which: "" } => OpenedDevices.New(new ReferenceBackend()),
        _ => Choose(asked, DeviceFamily.All()).Open(),
    };

    /// <summary>The device among those found that is asked for.</summary>
    /// <exception cref="NnException">As <see cref="Open"/>.</exception>
    public static FoundDevice Choose(DeviceRequest asked, IReadOnlyList<DeviceFamily> families)
    {
        if (asked == DeviceRequest.Auto)
            return families.SelectMany(f => f.Devices).FirstOrDefault(d => d.RealGpu) ?? families.Single(f => f.Backend == "cpu").Devices[0];
        (string backend, string which) = asked;
        if (families.FirstOrDefault(f => f.Backend == backend) is not { } family)
        {
            string? near = Suggest.Nearest(backend, [.. families.Select(f => f.Backend), "auto"]);
            throw new NnException(ExitCode.Usage, $"{Asked(asked)}: there are {Forms}{(near is null ? "" : $"; did you mean {near}?")}");
        }

        if (family.Devices.Count == 0) throw Missing(asked, family.Why!, families);
        FoundDevice[] fitting = which.Length == 0
            ? [.. family.Devices.Where(d => d.Unusable is null).OrderBy(d => d.Info.Software).Take(1)]
            : int.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? [.. family.Devices.Where(d => d.Index == number)]
                : [.. family.Devices.Where(d => d.Info.Name.Contains(which, StringComparison.OrdinalIgnoreCase))];
        return fitting switch
        {
            [] when which.Length == 0 => throw Missing(asked, $"none of its devices can be used; {family.Devices[0].Name}: {family.Devices[0].Unusable}",
                families),
            [] => throw Missing(asked, "there is no such device", families),
            [{ Unusable: { } reason } device] => throw Missing(asked, $"{device.Info.Name} cannot be used: {reason}", families),
            [var device] => device,
            _ => throw Missing(asked, "several devices have that name; give a number", families),
        };
    }

    private static string Asked(DeviceRequest name) => Environment.GetEnvironmentVariable("NN_DEVICE") == name.ToString() ? $"NN_DEVICE={name}"
        : $"device {name}";

    private static NnException Missing(DeviceRequest asked, string why, IReadOnlyList<DeviceFamily> families)
    {
        IEnumerable<FoundDevice> usable = families.SelectMany(f => f.Devices).Where(d => d.Unusable is null);
        string there = string.Join(", ", usable.Select(d => d.Backend == "cpu" ? d.Name : $"{d.Name} ({d.Info.Name})"));
        return new NnException(ExitCode.NoDevice, $"{Asked(asked)}: {why}; there are {there}");
    }
}
