using System.Diagnostics;
using System.Globalization;
using Nn.Backends.Cpu;
using Nn.Data;
using Nn.Dsl;
using Nn.Planning;
using Nn.Training;

namespace Nn.Benchmarks;

/// <summary>Time of every step of a script's training entry on one core, alone: the least of many runs, since others use the machine too.</summary>
internal static class StepTable
{
    private const double SecondsEach = 0.15;

    /// <summary>Measures the steps and prints one line for each.</summary>
    public static void Print(string file, TextWriter output, Measurements run)
    {
        LoadedData? data = null;
        SourceText source = SourceText.Load(file);
        BoundScript script = Binder.Bind(source, BindOptions.None, spec =>
        {
            data = DataLoader.Load(spec, DataLoader.Directories(file));
            return data.Schema;
        });
        using var cpu = new CpuBackend(1);
        using var session = new TrainingSession(cpu, script.Training!, data!);
        session.BeginEpoch();
        Entry train = session.Plan.Plan.Entry("train");
        session.Program.Run(train, 1);
        double all = 0;
        foreach (PlanStep step in train.Steps)
        {
            double seconds = Least(session, new Entry(step.Label, train.Graph, [step]));
            all += seconds;
            run.Add($"{step.Kind} {step.Label}", seconds);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{step.Kind,-8} {step.Label,-26} {step.Results.FirstOrDefault()?.Shape.ToString(),-16} {seconds * 1e6,10:F1} µs {step.Flops / seconds / 1e9,8:F1} GFLOP/s {step.Bytes / seconds / 1e9,8:F1} GB/s"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all {all * 1e3:F2} ms, {train.Flops / all / 1e9:F0} GFLOP/s"));
    }

    private static double Least(TrainingSession session, Entry entry)
    {
        session.Program.Run(entry, 1);
        double least = double.MaxValue;
        for (double spent = 0; spent < SecondsEach;)
        {
            long start = Stopwatch.GetTimestamp();
            session.Program.Run(entry, 1);
            double took = Stopwatch.GetElapsedTime(start).TotalSeconds;
            least = Math.Min(least, took);
            spent += took;
        }

        return least;
    }
}
