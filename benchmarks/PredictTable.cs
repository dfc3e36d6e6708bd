using System.Diagnostics;
using System.Globalization;
using Nn.Networks;

namespace Nn.Benchmarks;

/// <summary>Predictions of one sample a second by so many threads: of a network, whose callers take turns, and of a predictor, whose callers do not.</summary>
internal static class PredictTable
{
    private const double Seconds = 1;
    private const int Times = 5;

    /// <summary>Measures the model of a script, untrained, and prints a line for each number of threads: the most of several tries, since others use the machine too.</summary>
    public static void Print(string file, TextWriter output, Measurements run)
    {
        using var network = Network.Load(file, new NetworkOptions { Device = "cpu" });
        using Predictor predictor = network.ToPredictor();
        float[] sample = new float[network.Schema.Input.Width];
        for (int threads = 1; threads <= Environment.ProcessorCount; threads *= 2)
        {
            double turns = Most(threads, () => network.Predict(sample)), copies = Most(threads, () => predictor.Predict(sample));
            run.Add($"network, {threads} threads", 1 / turns);
            run.Add($"predictor, {threads} threads", 1 / copies);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{threads} threads: network {turns,9:N0}/s, predictor {copies,9:N0}/s"));
        }
    }

    private static double Most(int threads, Action ask)
    {
        ask();
        double most = 0;
        for (int t = 0; t < Times; t++)
        {
            long done = 0, start = Stopwatch.GetTimestamp();
            Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
            {
                long own = 0;
                for (; Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds; own++) ask();
                Interlocked.Add(ref done, own);
            }))];
            foreach (Thread thread in all) thread.Start();
            foreach (Thread thread in all) thread.Join();
            most = Math.Max(most, done / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return most;
    }
}
