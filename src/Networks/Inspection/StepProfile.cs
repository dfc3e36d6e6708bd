using System.Diagnostics;
using Nn.Backends;
using Nn.Planning;
using Nn.Training;

namespace Nn.Networks.Inspection;

/// <summary>A step of the training entry with its time.</summary>
/// <param name="Number">As <c>nn plan</c> numbers it, from 1.</param>
/// <param name="Step">What it does.</param>
/// <param name="Seconds">Its time.</param>
public sealed record TimedStep(int Number, PlanStep Step, double Seconds)
{
    /// <summary>What takes less seconds is lost in the clock.</summary>
    public const double Shortest = 5e-9;

    /// <summary>GFLOP/s; 0 for what only moves, and for what is too short to be measured.</summary>
    public double Gflops => Seconds < Shortest ? 0 : Step.Flops / Seconds / 1e9;

    /// <summary>GB/s, if every byte needed is moved once; 0 for what is too short to be measured.</summary>
    public double GigabytesPerSecond => Seconds < Shortest ? 0 : Step.Bytes / Seconds / 1e9;
}

/// <summary>How long each step of a training step takes.</summary>
/// <param name="Steps">In the order of the plan.</param>
/// <param name="Together">Seconds of a training step as usual.</param>
/// <param name="Rounds">How often each was measured.</param>
public sealed record StepProfile(IReadOnlyList<TimedStep> Steps, double Together, int Rounds)
{
    private const int FewestBlocks = 5, MostRounds = 20_000;
    private const double BlockSeconds = 0.01;

    // The slowest rounds are those in which something else had the processor.
    private const double Counted = 0.8;

    /// <summary>Seconds of all steps, one by one.</summary>
    public double OneByOne => Steps.Sum(s => s.Seconds);

    /// <summary>Measures full training steps of a session, which trains meanwhile, for so many seconds: in turn as usual and one by one.</summary>
    /// <exception cref="NnException">The device cannot time steps.</exception>
    public static StepProfile Measure(TrainingSession session, double seconds)
    {
        if (session.Program is not ITimedProgram program)
            throw new NnException(ExitCode.Usage, $"{session.Backend.Name} has no steps to time; take another device");
        Entry train = session.Plan.Plan.Entry("train");
        session.BeginEpoch();
        // Kernels are compiled, caches and clocks settle.
        program.Time(train);
        Stretch(session, 1);
        int steps = 1;
        for (double took = 0; took < BlockSeconds && steps < 1 << 20; took = Stretch(session, steps) * steps) steps *= 2;
        var together = new List<double>();
        var rounds = new List<double[]>();
        long start = Stopwatch.GetTimestamp();
        while (together.Count < FewestBlocks || rounds.Count < MostRounds && Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            together.Add(Stretch(session, steps));
            long block = Stopwatch.GetTimestamp();
            do rounds.Add(program.Time(train));
            while (Stopwatch.GetElapsedTime(block).TotalSeconds < BlockSeconds);
        }

        // A mean, not a median: clocks that tick seldom are right on average only.
        double[][] counted = [.. rounds.OrderBy(r => r.Sum()).Take(Math.Max(1, (int)(Counted * rounds.Count)))];
        return new StepProfile(
            [.. train.Steps.Select((s, i) => new TimedStep(i + 1, s, counted.Average(r => r[i])))],
            together.Order().Take(Math.Max(1, (int)(Counted * together.Count))).Average(), rounds.Count);
    }

    // Seconds a step.
    private static double Stretch(TrainingSession session, int steps)
    {
        long start = Stopwatch.GetTimestamp();
        session.Repeat(steps);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / steps;
    }
}
