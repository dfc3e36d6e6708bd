using System.Diagnostics;
using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Networks.Inspection;

/// <summary>
/// What a device reaches at its best, in a product of two large matrices and in a sum of two long vectors: the measure of how well a model uses it.
/// </summary>
public static class PeakRate
{
    private const double Seconds = 0.5;

    /// <summary>
    /// GFLOP/s of the best of several stretches; matrices of 1024×1024, 4096×4096 on a real GPU, which the smaller one would not fill.
    /// </summary>
    public static MeasuredRate Measure(IBackend backend, bool realGpu)
    {
        int n = realGpu ? 4096 : 1024;
        return Best(backend, entry => entry.Flops, (g, slot) =>
        {
            var matrix = new Shape(n, n);
            g.Assign(slot("c", matrix), g.MatMul(g.Read(slot("a", matrix)), g.Read(slot("b", matrix))));
        });
    }

    /// <summary>GB/s of the sum of two vectors that no cache holds: 64 MB each, 256 MB on a real GPU.</summary>
    public static MeasuredRate MeasureMemory(IBackend backend, bool realGpu)
    {
        var vector = new Shape((realGpu ? 64 : 16) << 20);
        return Best(backend, entry => entry.Steps.Sum(s => s.Bytes),
            (g, slot) => g.Assign(slot("c", vector), g.Add(g.Read(slot("a", vector)), g.Read(slot("b", vector)))));
    }

    // In units of 1e9 a second.
    private static MeasuredRate Best(IBackend backend, Func<Entry, long> work, Action<GraphBuilder, Func<string, Shape, Slot>> build)
    {
        var builder = new PlanBuilder();
        var graph = new GraphBuilder();
        build(graph, (name, shape) => builder.Slot("data", name, shape, DType.F32));
        builder.Entry("peak", graph.Build());
        Plan plan = builder.Build();
        using IProgram program = backend.Load(plan);
        Entry entry = plan.Entry("peak");
        program.Run(entry, 1);
        var stretches = new List<Stretch>();
        long start = Stopwatch.GetTimestamp();
        for (int times = 1; Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds; times *= 2)
        {
            long stretch = Stopwatch.GetTimestamp();
            TimeSpan used = Environment.CpuUsage.TotalTime;
            program.Run(entry, times);
            double processor = (Environment.CpuUsage.TotalTime - used).TotalSeconds;
            stretches.Add(new Stretch(work(entry) * (double)times / 1e9, Stopwatch.GetElapsedTime(stretch).TotalSeconds, processor));
        }

        return MeasuredRate.Best(stretches, backend.Name == "cpu" ? backend.Device.ComputeUnits : 0);
    }
}
