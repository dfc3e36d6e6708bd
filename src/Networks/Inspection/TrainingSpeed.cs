using System.Diagnostics;
using Nn.Backends;
using Nn.Training;

namespace Nn.Networks.Inspection;

/// <summary>How fast a training goes on a device, with its data in memory.</summary>
/// <param name="Device">As <c>--device</c> calls it.</param>
/// <param name="Batch">Samples of a step.</param>
/// <param name="StepsPerSecond">The median of five stretches, after a warm-up.</param>
/// <param name="Gflops">1e9 operations a second.</param>
/// <param name="PeakBytes">Memory of the process beyond what it had before the training was loaded, at most.</param>
/// <param name="PlannedBytes">Memory of the plan.</param>
public sealed record TrainingSpeed(string Device, int Batch, double StepsPerSecond, double Gflops, long PeakBytes, long PlannedBytes)
{
    private const int Stretches = 5;

    /// <summary>Trains for so many seconds.</summary>
    /// <param name="project">The script with its data.</param>
    /// <param name="backend">The device.</param>
    /// <param name="name">What the device is called.</param>
    /// <param name="seconds">Time to measure.</param>
    /// <exception cref="NnException">The script trains nothing, or the device cannot run it.</exception>
    public static TrainingSpeed Measure(Project project, IBackend backend, string name, double seconds)
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
        return new TrainingSpeed(name, session.Plan.Batch, rate, train.Flops * rate / 1e9, Math.Max(0, PeakResident() - before), session.Plan.Plan.Bytes);
    }

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
