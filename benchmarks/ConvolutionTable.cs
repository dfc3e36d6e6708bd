using System.Globalization;
using Nn.Backends.Cpu;
using Nn.Backends.Cpu.Kernels;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Benchmarks;

/// <summary>Speed of the three passes of convolutions beside the limit of the processor, and of pools.</summary>
internal static class ConvolutionTable
{
    private static readonly (string Name, ConvShape Shape)[] Cases =
    [
        ("LeNet 1: 64×28×28×1, 5×5×6 same", new(64, 28, 28, 1, 5, 5, 6) { Top = 2, Bottom = 2, Left = 2, Right = 2 }),
        ("LeNet 2: 64×14×14×6, 5×5×16", new(64, 14, 14, 6, 5, 5, 16)),
        ("128×28×28×32, 3×3×32 same", new(128, 28, 28, 32, 3, 3, 32) { Top = 1, Bottom = 1, Left = 1, Right = 1 }),
        ("128×14×14×64, 3×3×64 same", new(128, 14, 14, 64, 3, 3, 64) { Top = 1, Bottom = 1, Left = 1, Right = 1 }),
        ("32×14×14×64, 3×3×128 stride 2", new(32, 14, 14, 64, 3, 3, 128) { Top = 1, Left = 1, StrideY = 2, StrideX = 2 }),
        ("32×14×14×64, 1×1×128", new(32, 14, 14, 64, 1, 1, 128)),
    ];

    private static readonly (string Name, PoolShape Shape)[] Pools =
    [
        ("64×28×28×6, max 2×2", new(64, 28, 28, 6, 2, 2, 2, 2)),
        ("128×28×28×32, max 2×2", new(128, 28, 28, 32, 2, 2, 2, 2)),
    ];

    /// <summary>Measures every case and prints one line a pass.</summary>
    public static void Print(TextWriter output, Measurements run)
    {
        Workers team = Workers.Shared;
        using var alone = new Workers(1);
        double ceiling = MatMulTable.Ceiling();
        output.WriteLine(Invariant($"{Simd.Describe()}, {team.Count} workers, ceiling of one core {ceiling:F0} GFLOP/s"));
        output.WriteLine("in brackets: share of the ceiling for the lanes in use");
        foreach ((string name, ConvShape s) in Cases)
            foreach (ConvPass pass in Enum.GetValues<ConvPass>())
            {
                double one = Measure(pass, s, alone), all = Measure(pass, s, team);
                run.Add($"{name}, {pass}, 1 worker", one);
                run.Add($"{name}, {pass}, {team.Count} workers", all);
                int columns = pass == ConvPass.InputGradient ? s.Channels : s.Features;
                double lanes = columns / (double)((columns + Simd.Lanes - 1) / Simd.Lanes * Simd.Lanes);
                double rate = s.Flops / 1e9;
                output.WriteLine(
                    $"{name,-36}{pass,-16}"
                    + Invariant($"{one * 1e6,10:F1} µs{rate / one,8:F1} GFLOP/s ({rate / one / ceiling / lanes,4:P0}){all * 1e6,10:F1} µs{rate / all,8:F1} GFLOP/s"));
            }
        foreach ((string name, PoolShape s) in Pools)
        {
            long image = s.Images * s.ImageFloats, pooled = s.Images * s.OutFloats;
            foreach (bool gradient in new[] { false, true })
            {
                double one = Time(Plan(s, gradient, 1), image, pooled, Math.Max(image, pooled), alone);
                double all = Time(Plan(s, gradient, team.Count), image, pooled, Math.Max(image, pooled), team);
                output.WriteLine(Invariant($"{name,-36}{(gradient ? "gradient" : "forward"),-16}{one * 1e6,10:F1} µs{"",23}{all * 1e6,10:F1} µs"));
            }
        }
    }

    private static CpuKernel Plan(PoolShape s, bool gradient, int workers) =>
        gradient ? new PoolGradient(s, max: true, workers) : new PoolForward<MaxOperator>(s, workers);

    private static double Measure(ConvPass pass, ConvShape s, Workers team)
    {
        long image = s.Images * s.ImageFloats, output = s.Images * s.OutFloats;
        CpuKernel kernel = Convolution.Create(pass, s, team.Count);
        return pass switch
        {
            ConvPass.Forward => Time(kernel, image, s.WeightFloats, output, team),
            ConvPass.InputGradient => Time(kernel, output, s.WeightFloats, image, team),
            _ => Time(kernel, image, output, s.WeightFloats, team),
        };
    }

    private static double Time(CpuKernel kernel, long a, long b, long c, Workers team)
    {
        using var runner = new KernelRunner(kernel, a, b, c);
        return Timing.Median(() => runner.Run(team));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
