using System.Globalization;
using Nn.Backends;
using Nn.Dsl;

namespace Nn.Networks;

/// <summary>
/// From <c>--device</c> or <c>NN_DEVICE</c> to a device: <c>auto</c>, <c>cpu</c>, or a backend with a number or a part of a name
/// (<c>opencl</c>, <c>opencl:1</c>, <c>opencl:geforce</c>). What is asked for runs, or an error says why not: nothing falls back silently.
/// </summary>
public static class DeviceChoice
{
    /// <summary>What <c>--device</c> takes, for its help.</summary>
    public const string Forms = "auto, cpu, vulkan[:number|:name], opencl[:number|:name]";

    /// <summary>The device where none is asked for: that of <c>NN_DEVICE</c>, else <c>auto</c>.</summary>
    public static string Default => Environment.GetEnvironmentVariable("NN_DEVICE") is { Length: > 0 } name ? name : "auto";

    /// <summary>Opens the device that is asked for.</summary>
    /// <exception cref="NnException">There is no such device, it cannot be used, or the name means nothing.</exception>
    public static IBackend Open(string asked) => asked switch
    {
        "cpu" => new Backends.Cpu.CpuBackend(),
        "reference" => new ReferenceBackend(),
        _ => Choose(asked, DeviceFamily.All()).Open(),
    };

    /// <summary>The device among those found that is asked for.</summary>
    /// <exception cref="NnException">As <see cref="Open"/>.</exception>
    public static FoundDevice Choose(string asked, IReadOnlyList<DeviceFamily> families)
    {
        if (asked == "auto") return families.SelectMany(f => f.Devices).FirstOrDefault(d => d.RealGpu) ?? families.Single(f => f.Backend == "cpu").Devices[0];
        int colon = asked.IndexOf(':');
        string backend = colon < 0 ? asked : asked[..colon], which = colon < 0 ? "" : asked[(colon + 1)..];
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
            [] when which.Length == 0 => throw Missing(asked, $"none of its devices can be used; {family.Devices[0].Name}: {family.Devices[0].Unusable}", families),
            [] => throw Missing(asked, "there is no such device", families),
            [{ Unusable: { } reason } device] => throw Missing(asked, $"{device.Info.Name} cannot be used: {reason}", families),
            [var device] => device,
            _ => throw Missing(asked, "several devices have that name; give a number", families),
        };
    }

    private static string Asked(string name) => Environment.GetEnvironmentVariable("NN_DEVICE") == name ? $"NN_DEVICE={name}" : $"--device {name}";

    private static NnException Missing(string asked, string why, IReadOnlyList<DeviceFamily> families) => new(
        ExitCode.NoDevice,
        $"{Asked(asked)}: {why}; there are {string.Join(", ", families.SelectMany(f => f.Devices).Where(d => d.Unusable is null).Select(d => d.Backend == "cpu" ? d.Name : $"{d.Name} ({d.Info.Name})"))}");
}
