using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Cpu;
using Nn.Backends.Cpu.Emit;
using Nn.Backends.OpenCl;
using Nn.Backends.Vulkan;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Conformance;

[Collection(GpuDevices.Collection)]
public class ConformanceTests
{
    private const float GuardValue = 12345.678f;

    private static readonly HashSet<Op> s_compiled = [];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, OpCases.All.Count)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_CPU_agrees_with_the_reference_and_touches_nothing_else(int row)
    {
        foreach (VectorIsa isa in VectorIsa.Available)
        {
            using var cpu = new CpuBackend(2) { Isa = isa };
            Check(OpCases.All[row], isa.Name, cpu, p => ((CpuProgram)p).Poison(0xFF));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Rows))]
    public void OpenCL_agrees_with_the_reference_and_touches_nothing_else(int row)
    {
        IBackend backend = GpuDevices.OpenCl();
        OpCase c = OpCases.All[row];
        // All rows of an op are compiled together: a compiler takes longer to start than for a kernel.
        if (s_compiled.Add(c.Op))
        {
            Plan[] plans = [.. OpCases.All.Where(x => x.Op == c.Op).Select(x => CasePlan.Of(x).Plan)];
            using IProgram compiled = backend.Load(new Plan([.. plans.SelectMany(p => p.Arenas)], [], [.. plans.SelectMany(p => p.Entries)]));
        }

        Check(c, "OpenCL", backend, p => ((OpenClProgram)p).Poison());
    }

    [SkippableTheory]
    [MemberData(nameof(Rows))]
    public void Vulkan_agrees_with_the_reference_and_the_validation_layer_is_silent(int row)
    {
        (IBackend backend, IReadOnlyCollection<string> messages) = GpuDevices.Vulkan();
        Check(OpCases.All[row], "Vulkan", backend, p => ((VulkanProgram)p).Poison(0xFF));
        Assert.Empty(messages);
    }

    private static void Check(OpCase c, string device, IBackend backend, Action<IProgram> poison)
    {
        (Plan plan, Slot[] inputs, Slot before, Slot output, Slot after) = CasePlan.Of(c);
        using IProgram expected = new ReferenceBackend().Load(plan), actual = backend.Load(plan);
        byte[] guard = MemoryMarshal.AsBytes<float>(Enumerable.Repeat(GuardValue, CasePlan.GuardFloats).ToArray()).ToArray();
        foreach (IProgram p in new[] { expected, actual })
        {
            for (int i = 0; i < inputs.Length; i++) p.Write(inputs[i], Values(c.Inputs[i], i));
            p.Write(before, guard);
            p.Write(after, guard);
        }

        poison(actual);
        expected.Run(plan.Entry("run"), 1);
        actual.Run(plan.Entry("run"), 1);
        Compare(c, device, Doubles(expected, output), Doubles(actual, output), Magnitude(c));
        foreach (Slot s in new[] { before, after })
        {
            var now = new byte[guard.Length];
            actual.Read(s, now);
            Assert.True(now.AsSpan().SequenceEqual(guard), $"{c} on {device} wrote {s.Name} its output");
        }
    }

    [Fact]
    public void Every_op_has_cases()
    {
        string[] missing = [.. OpTable.All.Where(op => OpCases.All.All(c => c.Op != op)).Select(op => op.Name)];
        Assert.Empty(missing);
    }

    // Tolerances are relative to what is summed up, not to what may cancel.
    private static double Magnitude(OpCase c) =>
        c.Op == ReductionOps.Sum ? c.Inputs[0].Shape.Count / 100.0 + 1
        : c.Op == MatMulOp.MatMul || c.Op == ScanOp.Scan || c.Op.Name.StartsWith("conv", StringComparison.Ordinal) ? 4
        : 0;

    private static void Compare(OpCase c, string device, double[] expected, double[] actual, double magnitude)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            double allowed = c.Tolerance * (Math.Abs(expected[i]) + magnitude + (c.Tolerance > 0 ? 1e-7 / Math.Max(c.Tolerance, 1e-9) : 0));
            Assert.True(Math.Abs(expected[i] - actual[i]) <= allowed || expected[i].Equals(actual[i]),
                $"{c} on {device}, element {i}: {actual[i]}, reference {expected[i]}");
        }
    }

    private static double[] Doubles(IProgram p, Slot s)
    {
        var bytes = new byte[s.Bytes];
        p.Read(s, bytes);
        return s.Type == DType.I32
            ? [.. MemoryMarshal.Cast<byte, int>(bytes).ToArray().Select(v => (double)v)]
            : [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v)];
    }

    internal static byte[] Values(CaseInput input, int seed)
    {
        var random = new Random(seed + 17);
        int n = (int)input.Shape.Count;
        double Next() => input.Low + random.NextDouble() * (input.High - input.Low);
        return input.Type switch
        {
            DType.F32 => MemoryMarshal.AsBytes<float>(Enumerable.Range(0, n).Select(_ => (float)Next()).ToArray()).ToArray(),
            DType.I32 => MemoryMarshal.AsBytes<int>(Enumerable.Range(0, n).Select(_ => (int)Math.Floor(Next())).ToArray()).ToArray(),
            _ => [.. Enumerable.Range(0, n).Select(_ => (byte)Next())],
        };
    }
}
