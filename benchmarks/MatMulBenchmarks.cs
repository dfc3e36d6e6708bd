using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Nn.Backends.Cpu;
using Nn.Backends.Cpu.Kernels;

namespace Nn.Benchmarks;

/// <summary>The products of <see cref="MatMulTable"/> for the record, with BenchmarkDotNet's statistics.</summary>
[Config(typeof(InProcessShortRun))]
[MemoryDiagnoser]
public class MatMulBenchmarks
{
    /// <summary>In this process: the project's file and its assembly have different names, which BenchmarkDotNet's own builds do not find.</summary>
    private sealed class InProcessShortRun : ManualConfig
    {
        public InProcessShortRun() => AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
    }

    private KernelRunner? _runner;
    private Workers? _team;

    /// <summary>Position in <see cref="MatMulTable.Cases"/>.</summary>
    [ParamsSource(nameof(Indices))]
    public int Case { get; set; }

    /// <summary>Number of workers.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>All cases.</summary>
    public static IEnumerable<int> Indices => Enumerable.Range(0, MatMulTable.Cases.Length);

    /// <summary>Plans the product and fills its operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        MatMulShape s = MatMulTable.Cases[Case].Shape;
        _team = new Workers(Threads);
        _runner = new KernelRunner(MatMul.Create(s, Threads), (long)s.M * s.K, (long)s.K * s.N, (long)s.M * s.N);
    }

    /// <summary>Frees the operands and ends the workers.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _runner?.Dispose();
        _team?.Dispose();
    }

    /// <summary>One product.</summary>
    [Benchmark]
    public void Multiply() => _runner!.Run(_team!);
}
