using System.Globalization;
using Nn.Backends.Cpu;
using Nn.Backends.Cpu.Kernels;

namespace Nn.Benchmarks;

/// <summary>
/// Speed of matrix products beside the limit of the processor and beside OpenBLAS: the quick mode of the benchmark, a few seconds.
/// </summary>
internal static unsafe class MatMulTable
{
    /// <summary>Square products, and forward, weight gradient and input gradient of the layers of the MNIST examples.</summary>
    public static readonly (string Name, MatMulShape Shape)[] Cases =
    [
        ("1024³", new(1024, 1024, 1024)),
        ("512³", new(512, 512, 512)),
        ("256³", new(256, 256, 256)),
        ("64×784 · 784×128", new(64, 128, 784)),
        ("weight gradient of it", new(784, 128, 64, TransposeA: true)),
        ("64×128 · 128×10", new(64, 10, 128)),
        ("input gradient of it", new(64, 128, 10, TransposeB: true)),
        ("512×784 · 784×512", new(512, 512, 784)),
        ("weight gradient of it", new(784, 512, 512, TransposeA: true)),
        ("512×512 · 512×512ᵀ", new(512, 512, 512, TransposeB: true)),
        ("64×400 · 400×120", new(64, 120, 400)),
        ("input gradient of it", new(64, 400, 120, TransposeB: true)),
        ("4×2 · 2×4", new(4, 4, 2)),
    ];

    /// <summary>Measures every case and prints one line for each.</summary>
    public static void Print(TextWriter output, Measurements run)
    {
        Workers team = Workers.Shared;
        using var alone = new Workers(1);
        double ceiling = Ceiling();
        output.WriteLine(Invariant($"{Simd.Describe()}, {team.Count} workers, ceiling of one core {ceiling:F0} GFLOP/s"));
        output.WriteLine($"{"",-24}{"1 worker",10}{"of ceiling",12}{"OpenBLAS",10}{$"{team.Count} workers",12}{"of ceiling",12}{"OpenBLAS",10}{"time, 1 worker",18}");
        foreach ((string name, MatMulShape shape) in Cases)
        {
            (double one, double peerOne) = Measure(shape, alone);
            (double all, double peerAll) = Measure(shape, team);
            run.Add($"{name}, 1 worker", one);
            run.Add($"{name}, {team.Count} workers", all);
            double rate = shape.Flops / 1e9;
            output.WriteLine(
                $"{name,-24}"
                + Invariant($"{rate / one,10:F1}{rate / one / ceiling,12:P0}{Peer(rate, peerOne),10}")
                + Invariant($"{rate / all,12:F1}{rate / all / ceiling / team.Count,12:P0}{Peer(rate, peerAll),10}{one * 1e6,15:F3} µs"));
        }
    }

    /// <summary>GFLOP/s of one core when multiply-adds in registers are all it does.</summary>
    public static double Ceiling()
    {
        int lanes = Simd.Lanes;
        int rows = MicroKernel.MaxRows(2, lanes);
        var shape = new TileShape(rows, 2 * lanes) { K0 = 1024, StrideC = 2 * lanes };
        TileKernel kernel = MicroKernel.Get(shape, lanes);
        float* memory = stackalloc float[64 * lanes + 64];
        double seconds = Timing.Median(() => kernel(memory, memory + 8, memory + 16));
        return 2.0 * rows * 2 * lanes * 1024 / seconds / 1e9;
    }

    private static (double Ours, double Peer) Measure(MatMulShape shape, Workers team)
    {
        using var runner = new KernelRunner(
            MatMul.Create(shape, team.Count), (long)shape.M * shape.K, (long)shape.K * shape.N, (long)shape.M * shape.N);
        double ours = Timing.Median(() => runner.Run(team));
        if (!OpenBlas.Available) return (ours, double.NaN);
        OpenBlas.SetThreads(team.Count);
        double peer = Timing.Median(
            () => OpenBlas.Multiply(shape.M, shape.N, shape.K, shape.TransposeA, shape.TransposeB, runner.A, runner.B, runner.C));
        return (ours, peer);
    }

    private static string Peer(double work, double seconds) => double.IsNaN(seconds) ? "–" : Invariant($"{work / seconds:F1}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
