using Nn.Backends;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl.Commands;

/// <summary><c>nn devices</c>: every device that a driver offers, what it can do, and why one is left out.</summary>
internal static class DevicesCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("devices", CommandGroup.Speed, "every device with driver, memory and limits, and why one is left out")
    {
        Program = new(c => Run(c.GetValue(Common.Json))) { Options = [Common.Json] },
        Session = new(s => Run(s.Json)),
    };

    public static int Run(bool json)
    {
        IReadOnlyList<DeviceFamily> families = DeviceFamily.All();
        foreach (DeviceFamily family in families)
        {
            foreach (FoundDevice device in family.Devices)
            {
                if (json) WriteJson(device);
                else Write(device);
            }

            if (family.Why is null) continue;
            if (json) JsonLine.Write(("device", family.Backend), ("usable", false), ("why", family.Why));
            else Console.Out.WriteLine($"{family.Backend}  {(family.Devices.Count == 0 ? "none" : "not all")}: {family.Why}");
        }

        if (!json) Console.Out.WriteLine($"--device auto takes {DeviceChoice.Choose(DeviceRequest.Auto, families).Name}");
        return 0;
    }

    private static void Write(FoundDevice device)
    {
        DeviceInfo d = device.Info;
        Console.Out.WriteLine($"{device.Name}  {d.Name}");
        Console.Out.WriteLine($"    driver {d.Driver}, {d.Features}");
        Console.Out.WriteLine(
            $"    {d.MemoryBytes / 1e9:N1} GB, at most {d.LargestAllocation / 1e9:N1} GB in one piece; {d.ComputeUnits} "
                + $"{(device.Limits is null ? "threads" : "compute units")}");
        if (device.Limits is { } l)
            Console.Out.WriteLine($"    work groups up to {l.MaxGroupSize}, {l.SharedBytes / 1024} KiB of shared memory, {l.MaxBuffers} buffers a kernel");
        if (device.Unusable is { } why) Console.Out.WriteLine($"    cannot be used: {why}");
        else if (d.Software) Console.Out.WriteLine($"    software, for checks: auto leaves it out, --device {device.Name} takes it");
    }

    private static void WriteJson(FoundDevice device)
    {
        DeviceInfo d = device.Info;
        JsonLine.Write(
            ("device", device.Name), ("name", d.Name), ("driver", d.Driver), ("memory_bytes", d.MemoryBytes), ("largest_allocation", d.LargestAllocation),
            ("compute_units", d.ComputeUnits), ("features", d.Features), ("software", d.Software), ("max_group", device.Limits?.MaxGroupSize),
            ("shared_bytes", device.Limits?.SharedBytes), ("usable", device.Unusable is null), ("why", device.Unusable));
    }
}
