using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Unit.Cpu;

public class FusedProgramTests
{
    public static TheoryData<int> Blocks => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Random_programs_compute_what_the_interpreter_does(int block)
    {
        for (int seed = block * 25; seed < block * 25 + 25; seed++)
        {
            (FusedProgram program, IReadOnlyDictionary<int, int> shared) = RandomFusedProgram.Make(seed);
            // An output that no element writes keeps what was there; empty spaces write sums only.
            var harness = new FusedHarness(program, seed, shared);
            byte[][] expected = harness.Interpret();
            foreach (VectorIsa isa in FusedHarness.Widths) AssertClose($"seed {seed}, {isa.Name}", program, expected, harness.RunCpu(isa, 1 + seed % 3));
        }
    }

    [Theory]
    [InlineData(1, 100_003)]
    [InlineData(700, 129)]
    [InlineData(3001, 6)]
    public void Reductions_give_the_same_bits_for_any_number_of_workers(int rows, int columns)
    {
        foreach (FusedProgram program in new[] { Sums(rows, columns, 0, 1), Sums(rows, columns, 0, 2) })
        {
            var harness = new FusedHarness(program);
            foreach (VectorIsa isa in FusedHarness.Widths)
            {
                byte[][] one = harness.RunCpu(isa, 1);
                foreach (int workers in (ReadOnlySpan<int>)[2, 3, 3]) Assert.Equal(one, harness.RunCpu(isa, workers));
            }
        }
    }

    [Fact]
    public void Runs_allocate_nothing()
    {
        var harness = new FusedHarness(Sums(500, 100, 0, 1));
        using var backend = new CpuBackend(1);
        (IProgram program, Entry entry) = harness.Load(backend);
        using (program)
        {
            program.Run(entry, 2);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++) program.Run(entry, 3);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    [Fact]
    public void Equal_programs_are_compiled_once() =>
        Assert.Same(
            Backends.Cpu.Fused.FusedKernel.Get(Sums(9, 7, 0, 1), VectorIsa.Best), Backends.Cpu.Fused.FusedKernel.Get(Sums(9, 7, 0, 1), VectorIsa.Best));

    [Fact]
    public void Sums_of_integers_are_exact()
    {
        var extents = new Shape(40, 33);
        FusedOperand[] operands =
        [
            new(DType.I32, OperandRole.Input, new Shape(33, 1)), new(DType.I32, OperandRole.Output, new Shape(1, 0)),
            new(DType.I32, OperandRole.Output, new Shape(0, 1)),
        ];
        FusedInstruction[] code =
        [
            new(FusedOp.Load, DType.I32, Operand: 0), new(FusedOp.RowSum, DType.I32, 0), new(FusedOp.Store, DType.I32, 1, Operand: 1),
            new(FusedOp.TerminalSum, DType.I32, 0, Operand: 2),
        ];
        var harness = new FusedHarness(new FusedProgram(extents, 1, 0, 1, operands, code));
        // Beyond 2^24, where floats are no longer exact.
        int[] values = [.. Enumerable.Range(0, 40 * 33).Select(i => 16_777_217 + i)];
        harness.Set<int>(0, values);
        foreach (VectorIsa isa in FusedHarness.Widths)
        {
            byte[][] result = harness.RunCpu(isa);
            int[] rows = [.. Enumerable.Range(0, 40).Select(r => values.Skip(r * 33).Take(33).Sum())];
            int[] columns = [.. Enumerable.Range(0, 33).Select(c => Enumerable.Range(0, 40).Sum(r => values[r * 33 + c]))];
            Assert.Equal(rows, MemoryMarshal.Cast<byte, int>(result[1]).ToArray());
            Assert.Equal(columns, MemoryMarshal.Cast<byte, int>(result[2]).ToArray());
        }
    }

    // y = 2x, and its sum over some axes.
    private static FusedProgram Sums(int rows, int columns, int axis, int axes)
    {
        FusedOperand[] operands =
        [
            new(DType.F32, OperandRole.Input, new Shape(columns, 1)), new(DType.F32, OperandRole.Output, new Shape(columns, 1)),
            new(DType.F32, OperandRole.Output, new Shape(0, axes == 2 ? 0 : 1)),
        ];
        FusedInstruction[] code =
        [
            new(FusedOp.Load, DType.F32, Operand: 0), new(FusedOp.Tanh, DType.F32, 0), new(FusedOp.Store, DType.F32, 1, Operand: 1),
            new(FusedOp.TerminalSum, DType.F32, 1, Operand: 2),
        ];
        return new FusedProgram(new Shape(rows, columns), 0, axis, axes, operands, code);
    }

    /// <summary>Floats as close as single precision gives them.</summary>
    internal static void AssertClose(string where, FusedProgram program, byte[][] expected, byte[][] actual)
    {
        for (int o = 0; o < expected.Length; o++)
        {
            ReadOnlySpan<float> e = MemoryMarshal.Cast<byte, float>(expected[o]), a = MemoryMarshal.Cast<byte, float>(actual[o]);
            for (int i = 0; i < e.Length && program.Operands[o].Type == DType.F32; i++)
            {
                double tolerance = 2e-5 * (1 + Math.Abs(e[i])) + (program.TerminalAxes > 0 ? 1e-6 * program.Count : 0);
                bool same = e[i].Equals(a[i]) || Math.Abs(e[i] - a[i]) <= tolerance;
                Assert.True(same, $"{where}, {program.Extents}, operand {o}, element {i}: {a[i]} instead of {e[i]}");
            }
        }
    }
}
