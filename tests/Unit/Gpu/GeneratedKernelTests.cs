using Nn.Backends.Gpu;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;
using Nn.Tests.Unit.Cpu;

namespace Nn.Tests.Unit.Gpu;

public class GeneratedKernelTests
{
    private static readonly GpuLimits Limits = new(MaxGroupSize: 256, SharedBytes: 16384, MaxBuffers: 16, MaxGroups: 65535, ComputeUnits: 8);

    [SkippableFact]
    public void Every_module_is_valid()
    {
        Skip.IfNot(SpirvValidator.IsInstalled, SpirvValidator.MissingReason);
        foreach (GeneratedKernel kernel in Kernels(Enumerable.Range(0, 60), Limits)) SpirvValidator.Accepts(SpirvWriter.Write(kernel));
    }

    [SkippableFact]
    public void Nested_loops_and_conditions_are_valid()
    {
        Skip.IfNot(SpirvValidator.IsInstalled, SpirvValidator.MissingReason);
        SpirvValidator.Accepts(SpirvWriter.Write(RowSums()));
    }

    [Fact]
    public void Equal_programs_give_equal_kernels()
    {
        GeneratedKernel[] once = [.. Kernels([1, 2, 3, 4, 5], Limits)], again = [.. Kernels([1, 2, 3, 4, 5], Limits)];
        Assert.Equal(once, again);
        Assert.Equal(once.Select(k => k.GetHashCode()), again.Select(k => k.GetHashCode()));
        Assert.Equal(once.Length, once.Distinct().Count());
    }

    [Fact]
    public void Few_buffers_are_shared_by_operands_of_one_type()
    {
        (FusedStep step, _) = Step(Sum(DType.F32, DType.U8, DType.F32, DType.F32));
        LaunchPlan plan = LaunchPlanner.Plan(new Entry("run", new GraphBuilder().Build(), [step]), Limits with { MaxBuffers = 2 });
        Launch launch = Assert.Single(plan.Launches);
        Assert.Equal([DType.F32, DType.U8], launch.Kernel.Buffers.Select(b => b.Type));
        // 100 floats take 448 bytes, 100 bytes take 128: the third operand lies 448 + 128 bytes behind the first, and so on.
        Assert.Equal([(448 + 128) / 4, (448 + 128 + 448) / 4, (448 + 128 + 448 + 448) / 4], launch.Constants);

        var entry = new Entry("run", new GraphBuilder().Build(), [step]);
        NnException refused = Assert.Throws<NnException>(() => new DevicePlan(new Plan([], [], [entry]), Limits with { MaxBuffers = 1 }, "little"));
        Assert.Equal(ExitCode.NoDevice, refused.Code);
        Assert.StartsWith("little cannot run 'run': ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("2 buffers", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_text_of_a_kernel_says_is_exact()
    {
        string text = OpenClWriter.Write(Assert.Single(Kernels(Sum(DType.F32, DType.U8), Limits)));
        Assert.StartsWith("#pragma OPENCL FP_CONTRACT OFF\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "void main_(__global const float* b0, __global const uchar* b1, __global float* b2, uint w0, uint w1, uint w2)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_are_closed_in_order()
    {
        var k = new KernelBuilder([]);
        k.Loop(k.Integer(0), k.Integer(3), k.Integer(1));
        Assert.Throws<InvalidOperationException>(() => k.Build());
        Assert.Throws<InvalidOperationException>(k.EndIf);
    }

    private static IEnumerable<GeneratedKernel> Kernels(IEnumerable<int> seeds, GpuLimits limits) =>
        seeds.SelectMany(s => Kernels(RandomFusedProgram.Make(s).Program, limits));

    private static IEnumerable<GeneratedKernel> Kernels(FusedProgram program, GpuLimits limits)
    {
        (FusedStep step, _) = Step(program);
        try
        {
            return LaunchPlanner.Plan(new Entry("run", new GraphBuilder().Build(), [step]), limits).Launches.Select(l => (GeneratedKernel)l.Kernel);
        }
        catch (NotSupportedException)
        {
            return [];
        }
    }

    private static (FusedStep Step, Arena Arena) Step(FusedProgram program)
    {
        var arena = new Arena("operands", persistent: true);
        Slot[] slots = [.. program.Operands.Select((o, i) =>
        {
            long count = 1 + Enumerable.Range(0, program.Extents.Rank).Sum(a => Math.Max(0, program.Extents[a] - 1) * (long)o.Strides[a]);
            return new Slot($"operand{i}", new Shape((int)count), o.Type, arena, arena.Reserve(count * o.Type.Size()));
        })];
        return (new FusedStep(program, slots), arena);
    }

    // The sum of vectors of 100 elements.
    private static FusedProgram Sum(params DType[] types)
    {
        var code = new List<FusedInstruction>();
        int sum = -1;
        for (int i = 0; i < types.Length; i++)
        {
            code.Add(new(FusedOp.Load, types[i] == DType.F32 ? DType.F32 : DType.I32, Operand: i));
            if (types[i] != DType.F32) code.Add(new(FusedOp.Convert, DType.F32, code.Count - 1));
            int value = code.Count - 1;
            if (sum >= 0) code.Add(new(FusedOp.Add, DType.F32, sum, value));
            sum = code.Count - 1;
        }

        code.Add(new(FusedOp.Store, DType.F32, sum, Operand: types.Length));
        FusedOperand[] operands =
        [
            .. types.Select(t => new FusedOperand(t, OperandRole.Input, new Shape(1))), new FusedOperand(DType.F32, OperandRole.Output, new Shape(1)),
        ];
        return new FusedProgram(new Shape(100), 0, 0, 0, operands, code);
    }

    // Sums of the rows of a matrix of 10 columns, several groups a row in turn.
    private static GeneratedKernel RowSums()
    {
        KernelBuffer[] buffers = [new(DType.F32, Written: false), new(DType.F32, Written: true)];
        var k = new KernelBuilder(buffers);
        int shared = k.Shared(KernelType.F32, 32);
        (int row, _) = k.Loop(k.GroupId(0), k.Word(2), k.Integer(7));
        (int column, int[] sum) = k.Loop(k.LocalId(0), k.Integer(10), k.Integer(32), k.Number(0));
        k.EndLoop(k.Of(KernelOp.Add, sum[0], k.Load(0, k.Add(k.Mul(row, k.Integer(10)), column))));
        k.StoreShared(shared, k.LocalId(0), sum[0]);
        k.Barrier();
        k.If(k.Compare(KernelOp.Equal, k.LocalId(0), k.Integer(0)));
        k.Store(1, row, k.LoadShared(shared, k.Integer(0)));
        k.EndIf();
        k.Barrier();
        k.EndLoop();
        return new GeneratedKernel
        {
            Name = "row sums",
            GroupSize = (32, 1, 1),
            Buffers = new EquatableList<KernelBuffer>(buffers),
            ConstantCount = 1,
            Code = k.Build(),
        };
    }
}
