using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Vulkan;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;
using Nn.Tests.Unit.Cpu;
using Nn.Tests.Unit.Vulkan;

namespace Nn.Tests.Unit.Gpu;

[Collection(OpenCl.Device.Collection)]
public class OpenClFusedTests : FusedGpuTests
{
    protected override IBackend Backend() => OpenCl.Device.Shared;
}

[Collection(nameof(VulkanTest))]
public class VulkanFusedTests : FusedGpuTests
{
    private static readonly Lazy<VulkanBackend> s_backend = new(() => new VulkanBackend(VulkanTest.Device()));

    /// <summary>A backend that stays open for all tests.</summary>
    internal static IBackend Shared
    {
        get
        {
            VulkanTest.Device();
            return s_backend.Value;
        }
    }

    protected override IBackend Backend() => Shared;
}

[Collection(OpenCl.Device.Collection)]
public class OpenClFunctionTests : FusedFunctionTests
{
    protected override IEnumerable<(string Name, Func<FusedHarness, byte[][]> Run)> Devices()
    {
        IBackend backend = OpenCl.Device.Shared;
        return [(backend.Device.Name, harness => harness.Run(backend))];
    }
}

[Collection(nameof(VulkanTest))]
public class VulkanFunctionTests : FusedFunctionTests
{
    protected override IEnumerable<(string Name, Func<FusedHarness, byte[][]> Run)> Devices()
    {
        IBackend backend = VulkanFusedTests.Shared;
        return [(backend.Device.Name, harness => harness.Run(backend))];
    }
}

/// <summary>Fused programs on a GPU backend against the double-precision interpreter.</summary>
public abstract class FusedGpuTests
{
    public static TheoryData<int> Blocks => [.. Enumerable.Range(0, 4)];

    public static TheoryData<int, int> Sizes => new()
    {
        { 1, 1 }, { 1, 7 }, { 7, 1 }, { 31, 31 }, { 1, 257 }, { 257, 31 }, { 7, 257 }, { 3, 2000 }, { 2000, 3 }, { 1, 70_001 }, { 70_001, 1 }, { 300, 10 },
        { 0, 7 }, { 7, 0 },
    };

    protected abstract IBackend Backend();

    [SkippableTheory]
    [MemberData(nameof(Blocks))]
    public void Random_programs_compute_what_the_interpreter_does(int block)
    {
        IBackend backend = Backend();
        for (int seed = block * 10; seed < block * 10 + 10; seed++)
        {
            (FusedProgram program, IReadOnlyDictionary<int, int> shared) = RandomFusedProgram.Make(seed);
            var harness = new FusedHarness(program, seed, shared);
            FusedProgramTests.AssertClose($"seed {seed}, {backend.Name}", program, harness.Interpret(), harness.Run(backend));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Sizes))]
    public void Rows_and_sums_of_every_size_are_right_and_repeat_bit_for_bit(int rows, int columns)
    {
        IBackend backend = Backend();
        foreach (FusedProgram program in new[] { Softmax(rows, columns, terminalAxes: 0), Softmax(rows, columns, terminalAxes: 1),
            Softmax(rows, columns, terminalAxes: 2) })
        {
            var harness = new FusedHarness(program);
            byte[][] once = harness.Run(backend);
            FusedProgramTests.AssertClose(backend.Name, program, harness.Interpret(), once);
            Assert.Equal(once, harness.Run(backend));
        }
    }

    // A matrix summed along its middle axis, and the largest values.
    [SkippableTheory]
    [InlineData(5, 700, 33)]
    [InlineData(1, 40_000, 3)]
    [InlineData(300, 2, 257)]
    [InlineData(3, 0, 4)]
    public void Sums_of_integers_are_exact(int outer, int reduced, int inner)
    {
        var strides = new Shape(reduced * inner, inner, 1);
        var result = new Shape(inner, 0, 1);
        FusedOperand[] operands =
            [new(DType.U8, OperandRole.Input, strides), new(DType.I32, OperandRole.Output, result), new(DType.I32, OperandRole.Output, result)];
        FusedInstruction[] code =
        [
            new(FusedOp.Load, DType.I32, Operand: 0), new(FusedOp.Constant, DType.I32, Value: 1 << 20), new(FusedOp.Add, DType.I32, 0, 1),
            new(FusedOp.TerminalSum, DType.I32, 2, Operand: 1), new(FusedOp.TerminalMax, DType.I32, 2, Operand: 2),
        ];
        var harness = new FusedHarness(new FusedProgram(new Shape(outer, reduced, inner), 0, 1, 1, operands, code));
        var bytes = new byte[outer * reduced * inner];
        new Random(outer).NextBytes(bytes);
        harness.Set<byte>(0, bytes);
        byte[][] actual = harness.Run(Backend());
        ReadOnlySpan<int> sums = MemoryMarshal.Cast<byte, int>(actual[1]), largest = MemoryMarshal.Cast<byte, int>(actual[2]);
        for (int i = 0; i < outer * inner; i++)
        {
            int[] values = [.. Enumerable.Range(0, reduced).Select(r => (1 << 20) + bytes[(i / inner * reduced + r) * inner + i % inner])];
            // Sums beyond 2^31 wrap.
            Assert.Equal(values.Aggregate(0, (sum, v) => unchecked(sum + v)), sums[i]);
            if (reduced > 0) Assert.Equal(values.Max(), largest[i]);
        }
    }

    [SkippableFact]
    public void Whole_quotients_are_whole()
    {
        const int Count = 4000;
        var line = new Shape(1);
        FusedOperand[] operands = [new(DType.F32, OperandRole.Input, line), new(DType.F32, OperandRole.Input, line), new(DType.F32, OperandRole.Output, line),
            new(DType.F32, OperandRole.Output, line)];
        FusedInstruction[] code =
        [
            new(FusedOp.Load, DType.F32, Operand: 0), new(FusedOp.Load, DType.F32, Operand: 1), new(FusedOp.Div, DType.F32, 0, 1),
            new(FusedOp.Sqrt, DType.F32, 0),
            new(FusedOp.Store, DType.F32, 2, Operand: 2), new(FusedOp.Store, DType.F32, 3, Operand: 3),
        ];
        var harness = new FusedHarness(new FusedProgram(new Shape(Count), 0, 0, 0, operands, code));
        var random = new Random(1);
        (int Quotient, int Divisor)[] pairs = [.. Enumerable.Range(0, Count).Select(_ => (random.Next(1, 4000), random.Next(1, 4000)))];
        harness.Set<float>(0, [.. pairs.Select(p => (float)p.Quotient * p.Divisor)]);
        harness.Set<float>(1, [.. pairs.Select(p => (float)p.Divisor)]);
        byte[][] actual = harness.Run(Backend());
        Assert.Equal([.. pairs.Select(p => (float)p.Quotient)], MemoryMarshal.Cast<byte, float>(actual[2]).ToArray());
        Assert.Equal([.. pairs.Select(p => MathF.Sqrt((float)p.Quotient * p.Divisor))], MemoryMarshal.Cast<byte, float>(actual[3]).ToArray());
    }

    // Stores softmax(x) and the largest x of each row; where asked for, sums softmax(x)·x over the rows or over everything.
    private static FusedProgram Softmax(int rows, int columns, int terminalAxes)
    {
        Shape all = new(columns, 1), row = new(1, 0);
        List<FusedOperand> operands =
            [new(DType.F32, OperandRole.Input, all), new(DType.F32, OperandRole.Output, all), new(DType.F32, OperandRole.Output, row)];
        List<FusedInstruction> code =
        [
            new(FusedOp.Load, DType.F32, Operand: 0), new(FusedOp.RowMax, DType.F32, 0), new(FusedOp.Sub, DType.F32, 0, 1), new(FusedOp.Exp, DType.F32, 2),
            new(FusedOp.RowSum, DType.F32, 3), new(FusedOp.Div, DType.F32, 3, 4), new(FusedOp.Mul, DType.F32, 5, 0),
            new(FusedOp.Store, DType.F32, 5, Operand: 1), new(FusedOp.Store, DType.F32, 1, Operand: 2),
        ];
        if (terminalAxes > 0)
        {
            code.Add(new(FusedOp.TerminalSum, DType.F32, 6, Operand: 3));
            operands.Add(new(DType.F32, OperandRole.Output, terminalAxes == 1 ? new Shape(0, 1) : new Shape(0, 0)));
        }

        return new FusedProgram(new Shape(rows, columns), 1, 0, terminalAxes, operands, code);
    }
}
