using System.Diagnostics;

namespace Nn.Benchmarks;

/// <summary>Times short work on a machine that others use too.</summary>
internal static class Timing
{
    private const int Stretches = 21;
    private const double StretchSeconds = 0.02;

    /// <summary>Median seconds of one call, over stretches of many calls, after warming up.</summary>
    public static double Median(Action work)
    {
        work();
        long start = Stopwatch.GetTimestamp();
        int calls = 0;
        for (; Stopwatch.GetElapsedTime(start).TotalSeconds < 2 * StretchSeconds; calls++) work();
        calls = Math.Max(1, calls / 2);
        double[] seconds = new double[Stretches];
        for (int s = 0; s < Stretches; s++)
        {
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++) work();
            seconds[s] = Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
        }
        Array.Sort(seconds);
        return seconds[Stretches / 2];
    }
}
