using Nn.Backends.Cpu.Kernels;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Unit.Cpu;

public sealed unsafe class AllocationTests
{
    public static TheoryData<string> Names => new(Kernels.Keys);

    private static readonly ConvShape Convolved = new(2, 9, 9, 3, 3, 3, 5) { Top = 1, Bottom = 1, StrideY = 2 };
    private static readonly PoolShape Pooled = new(2, 8, 8, 5, 2, 2, 2, 2);

    private static readonly Dictionary<string, Func<CpuKernel>> Kernels = new()
    {
        ["direct product"] = () => MatMul.Create(new MatMulShape(20, 30, 40, TransposeB: true)),
        ["blocked product"] = () => MatMul.Create(new MatMulShape(100, 600, 1030)),
        ["forward"] = () => Convolution.Create(ConvPass.Forward, Convolved),
        ["input gradient"] = () => Convolution.Create(ConvPass.InputGradient, Convolved),
        ["weight gradient"] = () => Convolution.Create(ConvPass.WeightGradient, Convolved),
        ["pool"] = () => new PoolForward<MaxOperator>(Pooled, 1),
        ["pool gradient"] = () => new PoolGradient(Pooled, max: true, 1),
        ["gather"] = () => new GatherRows(10, 20, 64, 1),
        ["scatter"] = () => new ScatterAddRows(10, 20, 16, 1),
        ["copy"] = () => new StridedCopy<float>([new(20, 1, 30), new(30, 20, 1)], 0, 0, 600, 1),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_run_allocates_nothing(string name)
    {
        CpuKernel kernel = Kernels[name]();
        using NativeFloats a = new(700_000), b = new(700_000), c = new(700_000), scratch = new(kernel.ScratchBytes / 4 + 1);
        a.Span.Clear();
        b.Span.Clear();
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run()
        {
            for (int phase = 0; phase < kernel.Phases; phase++) kernel.Run(phase, a.Pointer, b.Pointer, c.Pointer, (byte*)scratch.Pointer, 0);
        }
    }
}
