using Nn.Backends;
using Nn.Networks.Inspection;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn bench</c>: training steps a second with the data in memory, the median of five stretches after a warm-up; with <c>--device all</c> on every device,
/// as a table.
/// </summary>
internal static class BenchCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("bench", CommandGroup.Speed, "training steps per second, data in memory")
    {
        Details = "`--device all`: every device",
        Examples = ["nn bench digits.nn --device all"],
        Program = ProgramForm.OfScript((c, o) => Run(o, c.GetValue(Common.Seconds)), Common.Seconds),
        Session = new("[all]", "all", (s, w) => Run(s.Options() with { Device = w is ["all"] ? DeviceRequest.All : s.Device }, 1))
        {
            Summary = "training steps per second; all: on every device",
        },
    };

    public static int Run(RunOptions options, double seconds)
    {
        Project project = Project.Open(options);
        if (options.Device == DeviceRequest.All) return All(project, options, seconds);
        using IBackend backend = DeviceChoice.Open(options.Device);
        TrainingSpeed m = TrainingSpeed.Measure(project, backend, backend.Name, seconds);
        if (options.Json)
        {
            Json(m, options.File);
            return 0;
        }

        Console.Out.WriteLine($"{m.Device}: {m.StepsPerSecond:N0} steps/s, {m.StepsPerSecond * m.Batch:N0} samples/s, {m.Gflops:N1} GFLOP/s");
        Console.Out.WriteLine($"memory: {m.PeakBytes / 1e6:N1} MB more than before loading, {m.PlannedBytes / 1e6:N1} MB planned");
        return 0;
    }

    private static int All(Project project, RunOptions options, double seconds)
    {
        if (!options.Json) Console.Out.WriteLine($"{"device",-10} {"steps/s",12} {"samples/s",12} {"GFLOP/s",10} {"of its peak",12} {"memory",10}");
        var measured = new List<(FoundDevice Device, TrainingSpeed M)>();
        foreach (FoundDevice device in DeviceFamily.All().SelectMany(f => f.Devices).Where(d => d.Unusable is null))
        {
            try
            {
                using IBackend backend = device.Open();
                TrainingSpeed m = TrainingSpeed.Measure(project, backend, device.Name, seconds);
                measured.Add((device, m));
                if (options.Json)
                {
                    Json(m, options.File);
                    continue;
                }

                double peak = PeakRate.Measure(backend, device.RealGpu).PerSecond;
                Console.Out.WriteLine(
                    $"{device.Name,-10} {m.StepsPerSecond,12:N0} {m.StepsPerSecond * m.Batch,12:N0} {m.Gflops,10:N1} {m.Gflops / peak,12:P0} "
                        + $"{m.PlannedBytes / 1e6,7:N1} MB  {device.Info.Name}");
            }
            catch (NnException e) when (e.Code is ExitCode.OutOfMemory or ExitCode.NoDevice)
            {
                if (options.Json) JsonLine.Write(("device", device.Name), ("workload", Name(options.File)), ("error", e.Message));
                else Console.Out.WriteLine($"{device.Name,-10} {e.Message}");
            }
        }

        if (!options.Json && measured.Count > 0) Console.Out.WriteLine(Advice(measured));
        return 0;
    }

    private static string Advice(IReadOnlyList<(FoundDevice Device, TrainingSpeed M)> measured)
    {
        var order = measured.OrderByDescending(m => m.M.StepsPerSecond).ToArray();
        (FoundDevice best, TrainingSpeed fastest) = order[0];
        if (order.Length == 1) return $"there is only {best.Name} here; `nn devices` says what else was looked for";
        double lead = fastest.StepsPerSecond / order[1].M.StepsPerSecond;
        string how = lead < 1.1 ? $"about as fast as {order[1].Device.Name}" : $"{lead:N1} times as fast as {order[1].Device.Name}";
        string why = best.Backend == "cpu" && measured.Any(m => m.Device.RealGpu) ? ": the model is too small to fill a GPU" : "";
        return $"take --device {best.Name} for this model: {how}{why}";
    }

    private static void Json(TrainingSpeed m, string file) => JsonLine.Write(
        ("device", m.Device), ("workload", Name(file)), ("steps_per_s", Math.Round(m.StepsPerSecond, 2)),
        ("samples_per_s", Math.Round(m.StepsPerSecond * m.Batch, 1)),
        ("gflops", Math.Round(m.Gflops, 2)), ("peak_bytes", m.PeakBytes), ("planned_bytes", m.PlannedBytes));

    private static string Name(string file) => Path.GetFileNameWithoutExtension(file);
}
