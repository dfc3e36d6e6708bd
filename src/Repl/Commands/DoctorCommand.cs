using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn doctor</c>: what stands between this machine and a training on its GPU: loaders, drivers, environment, and whether a dozen small kernels
/// give the right answers on each device. A driver that does not end a step, or ends the program, is given up: each device of a driver is examined by a
/// process of its own. Ends with a verdict and the next command; exit code 5 where a device computes wrongly.
/// </summary>
internal static class DoctorCommand
{
    private static readonly Option<string?> Examined = new(ExamineOption) { Hidden = true };

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("doctor", CommandGroup.Speed, "drivers, environment, a dozen kernels on each device, and what to do next")
    {
        Program = new(c => c.GetValue(Examined) is { } name ? DeviceExamination.Report(name) : Run(c.GetValue(Common.Json), c.GetValue(Common.Limit)))
        {
            Options = [Common.Json, Common.Limit, Examined],
        },
    };

    /// <summary>The option by which the program asks itself to examine one device.</summary>
    public const string ExamineOption = "--examine";

    private static readonly string[] Variables =
    [
        "NN_DEVICE", "NN_THREADS", "NN_CACHE", "NN_DATA", "NN_VULKAN_VALIDATION", "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LOADER_DRIVERS_SELECT",
        "VK_INSTANCE_LAYERS",
        "OCL_ICD_VENDORS", "OCL_ICD_FILENAMES", "OPENCL_VENDOR_PATH", "POCL_DEVICES", "POCL_MAX_PTHREAD_COUNT", "CUDA_VISIBLE_DEVICES", "MESA_VK_DEVICE_SELECT",
    ];

    /// <summary>Examines all devices; a step of a driver that takes longer than the limit is given up.</summary>
    public static int Run(bool json, double limitSeconds)
    {
        TimeSpan limit = TimeSpan.FromSeconds(limitSeconds);
        IReadOnlyList<DeviceFamily> families = DeviceFamily.All();
        string[] set = [.. Variables.Where(v => Environment.GetEnvironmentVariable(v) is { Length: > 0 })];
        if (!json)
        {
            Console.Out.WriteLine($"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, .NET {Environment.Version}");
            foreach (string v in set) Console.Out.WriteLine($"environment: {v}={Environment.GetEnvironmentVariable(v)}");
        }

        var wrong = new List<FoundDevice>();
        foreach (DeviceFamily family in families)
        {
            if (json && family.Why is not null) JsonLine.Write(("device", family.Backend), ("usable", false), ("why", family.Why));
            else if (family.Why is not null) Console.Out.WriteLine($"{family.Backend}: {family.Why}");
            foreach (FoundDevice device in family.Devices)
            {
                if (!Examine(device, json, limit)) wrong.Add(device);
            }
        }

        if (!json) Console.Out.WriteLine(Verdict(families, wrong));
        return wrong.Count == 0 ? 0 : (int)ExitCode.NoDevice;
    }

    private static bool Examine(FoundDevice device, bool json, TimeSpan limit)
    {
        string title = $"{device.Name}: {device.Info.Name}, {device.Info.Driver}";
        if (device.Unusable is { } why)
        {
            if (json) JsonLine.Write(("device", device.Name), ("usable", false), ("why", why));
            else Console.Out.WriteLine($"{title}: cannot be used: {why}");
            return true;
        }

        long start = Stopwatch.GetTimestamp();
        // The processor has no driver that could hang.
        DeviceExamination found = device.Limits is null ? DeviceExamination.Here(device) : DeviceExamination.Elsewhere(Child(device), limit);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        bool good = found.Right == DoctorKernels.Count;
        if (json)
        {
            JsonLine.Write(
                ("device", device.Name), ("usable", true), ("kernels", DoctorKernels.Count), ("wrong", DoctorKernels.Count - found.Right), ("seconds", seconds),
                ("stopped_at", found.StoppedAt));
            return good;
        }

        Console.Out.WriteLine(
            $"{title}: {found.Right} of {DoctorKernels.Count} kernels right, {seconds:N1} s with compiling{(device.Info.Software ? "; software" : "")}");
        foreach (string m in found.Mistakes) Console.Out.WriteLine($"    {m}");
        return good;
    }

    // The program again, for one device.
    private static ProcessStartInfo Child(FoundDevice device)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("the program does not know where it lies");
        bool host = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return new ProcessStartInfo(program, [.. host ? [Environment.GetCommandLineArgs()[0]] : Array.Empty<string>(), "doctor", ExamineOption, device.Name]);
    }

    private static string Verdict(IReadOnlyList<DeviceFamily> families, List<FoundDevice> wrong)
    {
        FoundDevice[] gpus = [.. families.SelectMany(f => f.Devices).Where(d => d.RealGpu && !wrong.Contains(d))];
        if (wrong.Count > 0)
            return $"verdict: do not use {string.Join(", ", wrong.Select(d => d.Name))}; update the driver, then run `nn doctor` again (docs/devices.md)";
        if (gpus.Length > 0) return $"verdict: {gpus[0].Name} is ready. Next: nn bench examples/digits.nn --device all";
        bool software = families.SelectMany(f => f.Devices).Any(d => d.Info.Software && d.Unusable is null);
        return software
            ? "verdict: the processor is ready; the other devices are drivers in software, which check answers and are slow. With a GPU in this machine, "
                + "install its driver (docs/devices.md). Next: nn train examples/digits.nn"
            : "verdict: the processor is ready; there is no GPU driver (docs/devices.md says how to get one). Next: nn train examples/digits.nn";
    }
}
