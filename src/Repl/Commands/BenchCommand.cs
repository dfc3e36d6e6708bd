using System.Diagnostics;
using Nn.Backends;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn bench</c>: training steps a second with the data in memory, the median of five stretches after a warm-up; with <c>--device all</c> on every device,
/// as a table.
/// </summary>
internal static class BenchCommand
{
    private const int Stretches = 5;

    private sealed record Measurement(string Device, int Batch, double StepsPerSecond, double Gflops, long PeakBytes, long PlannedBytes);

    public static int Run(RunOptions options, double seconds)
    {
        Project project = Project.Open(options);
        if (options.Device == "all") return All(project, options, seconds);
        using IBackend backend = DeviceChoice.Open(options.Device);
        Measurement m = Measure(project, backend, backend.Name, seconds);
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
        var measured = new List<(FoundDevice Device, Measurement M)>();
        foreach (FoundDevice device in DeviceFamily.All().SelectMany(f => f.Devices).Where(d => d.Unusable is null))
        {
            try
            {
                using IBackend backend = device.Open();
                Measurement m = Measure(project, backend, device.Name, seconds);
                measured.Add((device, m));
                if (options.Json)
                {
                    Json(m, options.File);
                    continue;
                }

                double peak = PeakRate.Measure(backend, device.RealGpu).PerSecond;
                Console.Out.WriteLine(
                    $"{device.Name,-10} {m.StepsPerSecond,12:N0} {m.StepsPerSecond * m.Batch,12:N0} {m.Gflops,10:N1} {m.Gflops / peak,12:P0} {m.PlannedBytes / 1e6,7:N1} MB  {device.Info.Name}");
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

    private static string Advice(IReadOnlyList<(FoundDevice Device, Measurement M)> measured)
    {
        var order = measured.OrderByDescending(m => m.M.StepsPerSecond).ToArray();
        (FoundDevice best, Measurement fastest) = order[0];
        if (order.Length == 1) return $"there is only {best.Name} here; `nn devices` says what else was looked for";
        double lead = fastest.StepsPerSecond / order[1].M.StepsPerSecond;
        string how = lead < 1.1 ? $"about as fast as {order[1].Device.Name}" : $"{lead:N1} times as fast as {order[1].Device.Name}";
        string why = best.Backend == "cpu" && measured.Any(m => m.Device.RealGpu) ? ": the model is too small to fill a GPU" : "";
        return $"take --device {best.Name} for this model: {how}{why}";
    }

    private static Measurement Measure(Project project, IBackend backend, string name, double seconds)
    {
        long before = Resident();
        (TrainingDefinition training, Data.LoadedData data) = project.Training();
        using var session = new TrainingSession(backend, training, data);
        session.BeginEpoch();
        Planning.Entry train = session.Plan.Plan.Entry("train");
        // The entry wraps round the epoch by itself; a stretch is one call.
        int steps = 1;
        double took = 0;
        for (double spent = 0; spent < Math.Min(1, seconds / 3);)
        {
            took = Time(session, steps);
            spent += took;
            if (took < seconds / Stretches / 4) steps = (int)Math.Min(int.MaxValue / 4, steps * 2L);
        }

        steps = (int)Math.Clamp(steps * (seconds / Stretches) / Math.Max(took, 1e-9), 1, int.MaxValue);
        double[] rates = [.. Enumerable.Range(0, Stretches).Select(_ => steps / Time(session, steps)).Order()];
        double rate = rates[Stretches / 2];
        return new Measurement(name, session.Plan.Batch, rate, train.Flops * rate / 1e9, Math.Max(0, PeakResident() - before), session.Plan.Plan.Bytes);
    }

    private static void Json(Measurement m, string file) => JsonLine.Write(
        ("device", m.Device), ("workload", Name(file)), ("steps_per_s", Math.Round(m.StepsPerSecond, 2)), ("samples_per_s", Math.Round(m.StepsPerSecond * m.Batch, 1)),
        ("gflops", Math.Round(m.Gflops, 2)), ("peak_bytes", m.PeakBytes), ("planned_bytes", m.PlannedBytes));

    private static string Name(string file) => Path.GetFileNameWithoutExtension(file);

    private static double Time(TrainingSession session, int steps)
    {
        long start = Stopwatch.GetTimestamp();
        session.Repeat(steps);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static long Resident()
    {
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }

    private static long PeakResident()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }
}
