using System.Diagnostics;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn bench</c>: training steps a second with the data in memory, the median of five stretches after a warm-up.</summary>
internal static class BenchCommand
{
    private const int Stretches = 5;

    public static int Run(RunOptions options, double seconds)
    {
        Project project = Project.Open(options);
        long before = Resident();
        using TrainingSession session = project.Session(options.Device);
        session.BeginEpoch();
        Planning.Entry train = session.Plan.Plan.Entry("train");
        // The entry wraps round the epoch by itself; a stretch is one call.
        int steps = 1;
        double took = 0;
        for (double spent = 0; spent < Math.Min(1, seconds / 3);)
        {
            took = Time(session, train, steps);
            spent += took;
            if (took < seconds / Stretches / 4) steps = (int)Math.Min(int.MaxValue / 4, steps * 2L);
        }

        steps = (int)Math.Clamp(steps * (seconds / Stretches) / Math.Max(took, 1e-9), 1, int.MaxValue);
        double[] rates = [.. Enumerable.Range(0, Stretches).Select(_ => steps / Time(session, train, steps)).Order()];
        double rate = rates[Stretches / 2];
        double gflops = train.Flops * rate / 1e9;
        long peak = Math.Max(0, PeakResident() - before);
        if (options.Json)
        {
            JsonLine.Write(
                ("device", session.Backend.Name), ("workload", Path.GetFileNameWithoutExtension(options.File)), ("steps_per_s", Math.Round(rate, 2)),
                ("samples_per_s", Math.Round(rate * session.Plan.Batch, 1)), ("gflops", Math.Round(gflops, 2)), ("peak_bytes", peak), ("planned_bytes", session.Plan.Plan.Bytes));
            return 0;
        }

        Console.Out.WriteLine($"{session.Backend.Name}: {rate:N0} steps/s, {rate * session.Plan.Batch:N0} samples/s, {gflops:N1} GFLOP/s");
        Console.Out.WriteLine($"memory: {peak / 1e6:N1} MB more than before loading, {session.Plan.Plan.Bytes / 1e6:N1} MB planned");
        return 0;
    }

    private static double Time(TrainingSession session, Planning.Entry train, int steps)
    {
        long start = Stopwatch.GetTimestamp();
        session.Program.Run(train, steps);
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
