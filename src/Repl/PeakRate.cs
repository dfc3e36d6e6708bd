using System.Diagnostics;
using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;

namespace Nn.Repl;

/// <summary>What a device reaches in a product of two large matrices: the measure of how well a model uses it.</summary>
internal static class PeakRate
{
    private const double Seconds = 0.5;

    /// <summary>
    /// GFLOP/s of the best of several stretches; matrices of 1024×1024, 4096×4096 on a real GPU, which the smaller one would not fill.
    /// </summary>
    public static double Measure(IBackend backend, bool realGpu)
    {
        int n = realGpu ? 4096 : 1024;
        var builder = new PlanBuilder();
        var graph = new GraphBuilder();
        Slot a = builder.Slot("data", "a", new Shape(n, n), DType.F32), b = builder.Slot("data", "b", new Shape(n, n), DType.F32);
        graph.Assign(builder.Slot("data", "c", new Shape(n, n), DType.F32), graph.MatMul(graph.Read(a), graph.Read(b)));
        builder.Entry("product", graph.Build());
        Plan plan = builder.Build();
        using IProgram program = backend.Load(plan);
        Entry entry = plan.Entry("product");
        program.Run(entry, 1);
        double best = 0;
        long start = Stopwatch.GetTimestamp();
        for (int times = 1; Stopwatch.GetElapsedTime(start).TotalSeconds < Seconds; times *= 2)
        {
            long stretch = Stopwatch.GetTimestamp();
            program.Run(entry, times);
            best = Math.Max(best, entry.Flops * (double)times / Stopwatch.GetElapsedTime(stretch).TotalSeconds);
        }

        return best / 1e9;
    }
}
