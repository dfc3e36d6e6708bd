using System.Globalization;

namespace Nn.Benchmarks;

/// <summary>Two files of runs beside each other.</summary>
internal static class RunComparison
{
    /// <summary>
    /// One line for each name of each benchmark that both files have: the medians over the runs of a file, and how much longer the second takes; then the median of
    /// these ratios.
    /// </summary>
    public static void Print(string before, string after, TextWriter output)
    {
        ILookup<(string Benchmark, string Name), double> first = Times(before), second = Times(after);
        foreach (IGrouping<string, (string Benchmark, string Name)> benchmark in first.Select(g => g.Key).Where(second.Contains).GroupBy(k => k.Benchmark))
        {
            output.WriteLine($"{benchmark.Key,-48}{"before",14}{"after",14}{"ratio",9}");
            var ratios = new List<double>();
            foreach ((string, string Name) key in benchmark)
            {
                double a = Median(first[key]), b = Median(second[key]);
                ratios.Add(b / a);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {key.Name,-46}{a * 1e6,11:F2} µs{b * 1e6,11:F2} µs{b / a,9:F3}"));
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"median of the ratios",-46}{"",28}{Median(ratios),9:F3}"));
        }
    }

    private static ILookup<(string Benchmark, string Name), double> Times(string file) =>
        Measurements.Read(file).SelectMany(m => m.Seconds.Select(s => (Key: (m.Benchmark, s.Key), s.Value))).ToLookup(t => t.Key, t => t.Value);

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
