using System.Text.Json;
using Nn.Backends.Cpu.Kernels;

namespace Nn.Benchmarks;

/// <summary>What one run of a benchmark measured: a line of JSON in a file of runs.</summary>
internal sealed class Measurements(string benchmark)
{
    /// <summary>Which benchmark, with its arguments.</summary>
    public string Benchmark { get; } = benchmark;

    /// <summary>When it was measured.</summary>
    public DateTimeOffset At { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>The vectors of the processor, and how many workers there were.</summary>
    public string Machine { get; init; } = $"{Simd.Describe()}, {Workers.Shared.Count} workers";

    /// <summary>Seconds by the name of what took them.</summary>
    public Dictionary<string, double> Seconds { get; init; } = [];

    /// <summary>Notes a time; names that come again are numbered.</summary>
    public void Add(string name, double seconds)
    {
        string key = name;
        for (int i = 2; !Seconds.TryAdd(key, seconds); i++) key = $"{name} ({i})";
    }

    /// <summary>Writes this run behind those of the file.</summary>
    public void AppendTo(string file) => File.AppendAllText(file, JsonSerializer.Serialize(this) + "\n");

    /// <summary>The runs of a file, in order.</summary>
    public static IReadOnlyList<Measurements> Read(string file) =>
        [.. File.ReadLines(file).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize<Measurements>(l)!)];
}
