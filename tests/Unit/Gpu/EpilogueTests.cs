using Nn.Backends;
using Nn.Backends.Gpu;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;
using Nn.Tests.Unit.Planning;
using Nn.Tests.Unit.Vulkan;

namespace Nn.Tests.Unit.Gpu;

[Collection(OpenCl.Device.Collection)]
public class OpenClEpilogueTests : EpilogueTests
{
    protected override IBackend Backend() => OpenCl.Device.Shared;
}

[Collection(nameof(VulkanTest))]
public class VulkanEpilogueTests : EpilogueTests
{
    protected override IBackend Backend() => VulkanFusedTests.Shared;
}

/// <summary>Epilogues inside the tuned kernels that store products, against the reference.</summary>
public abstract class EpilogueTests
{
    // The variants are chosen for these limits, so that the test does not depend on the device; every device runs them.
    private static readonly GpuLimits Limits = new(MaxGroupSize: 256, SharedBytes: 32768, MaxBuffers: 8, MaxGroups: 65535, ComputeUnits: 16);

    public static TheoryData<int, int, int> Products => new()
    {
        { 3, 5, 4 }, { 1, 1, 5000 }, { 200, 130, 64 }, { 65, 33, 4100 }, { 7, 1, 31 }, { 1, 257, 31 },
    };

    protected abstract IBackend Backend();

    [SkippableTheory]
    [MemberData(nameof(Products))]
    public void A_product_gets_bias_activation_and_residual_where_it_is_stored(int rows, int columns, int depth)
    {
        (Plan plan, Slot[] inputs) = Product(rows, columns, depth);
        IReadOnlyList<Launch> launches = LaunchPlanner.Plan(plan.Entry("step"), Limits).Launches;
        Assert.Single(launches, l => l.Kernel is TunedKernel { Epilogue: not null });
        Assert.All(launches, l => Assert.IsType<TunedKernel>(l.Kernel));
        Agrees(plan, inputs);
    }

    [SkippableFact]
    public void The_product_itself_reaches_memory_where_it_is_read()
    {
        (Plan plan, Slot[] inputs) = Product(6, 5, 4, transposedToo: true);
        Assert.Contains(LaunchPlanner.Plan(plan.Entry("step"), Limits).Launches, l => l.Kernel is TunedKernel { Epilogue: not null });
        Agrees(plan, inputs);
    }

    [SkippableTheory]
    [InlineData(2, 5, 6, 3, 4)]
    [InlineData(4, 28, 28, 1, 6)]
    [InlineData(2, 9, 9, 64, 33)]
    public void A_convolution_gets_bias_and_activation_where_it_is_stored(int batch, int height, int width, int channels, int features)
    {
        var b = new PlanBuilder();
        var g = new GraphBuilder();
        Slot[] inputs =
        [
            b.Slot("in", "image", new Shape(batch, height, width, channels), DType.F32),
                b.Slot("in", "weights", new Shape(3, 3, channels, features), DType.F32),
            b.Slot("in", "bias", new Shape(features), DType.F32),
        ];
        var attributes = new ConvAttributes(1, 1, 1, 1, 1, 1);
        Node value = g.Tanh(g.Add(g.Conv(g.Read(inputs[0]), g.Read(inputs[1]), attributes), g.Read(inputs[2])));
        g.Assign(b.Slot("out", "result", value.Shape, DType.F32), value);
        b.Entry("step", g.Build());
        Plan plan = b.Build();
        Assert.Single(LaunchPlanner.Plan(plan.Entry("step"), Limits).Launches, l => l.Kernel is TunedKernel { Epilogue: not null });
        Agrees(plan, inputs);
    }

    [Fact]
    public void Where_buffers_run_out_the_epilogue_is_a_launch_of_its_own()
    {
        (Plan plan, _) = Product(3, 5, 4);
        IReadOnlyList<Launch> launches = LaunchPlanner.Plan(plan.Entry("step"), Limits with { MaxBuffers = 4 }).Launches;
        Assert.Equal([false, true], launches.Select(l => l.Kernel is GeneratedKernel));
        Assert.True(launches[1].Waits);
    }

    [SkippableFact]
    public void Every_body_that_stores_a_result_links_to_a_valid_module()
    {
        Skip.IfNot(SpirvValidator.IsInstalled, SpirvValidator.MissingReason);
        (Plan plan, _) = Product(3, 5, 4);
        Launch launch = LaunchPlanner.Plan(plan.Entry("step"), Limits).Launches.Single(l => l.Kernel is TunedKernel);
        KernelFunction function = ((TunedKernel)launch.Kernel).Epilogue!;
        string[] bodies = ["matmul", "matmul_small", "matmul_dot", "add_parts", "conv_forward", "conv_input_gradient", "conv_weight_gradient"];
        foreach (string body in bodies)
        {
            DType[] buffers = [.. Enumerable.Repeat(DType.F32, body == "add_parts" ? 2 : 3)];
            SpirvValidator.Accepts(TunedKernel.Of(body, 64, buffers).With(function).SpirvWords());
        }
    }

    // tanh(a·b + bias) + residual, and (a·b)ᵀ.
    private static (Plan Plan, Slot[] Inputs) Product(int rows, int columns, int depth, bool transposedToo = false)
    {
        var b = new PlanBuilder();
        var g = new GraphBuilder();
        Slot[] inputs =
        [
            b.Slot("in", "a", new Shape(rows, depth), DType.F32), b.Slot("in", "b", new Shape(depth, columns), DType.F32),
            b.Slot("in", "bias", new Shape(columns), DType.F32), b.Slot("in", "residual", new Shape(rows, columns), DType.F32),
        ];
        Node product = g.MatMul(g.Read(inputs[0]), g.Read(inputs[1]));
        Node value = g.Add(g.Tanh(g.Add(product, g.Read(inputs[2]))), g.Read(inputs[3]));
        g.Assign(b.Slot("out", "result", value.Shape, DType.F32), value);
        if (transposedToo) g.Assign(b.Slot("out", "transposed", new Shape(columns, rows), DType.F32), g.Permute(product, new Shape(1, 0)));
        b.Entry("step", g.Build());
        return (b.Build(), inputs);
    }

    private void Agrees(Plan plan, Slot[] inputs)
    {
        IBackend backend = Backend();
        using IProgram expected = new ReferenceBackend().Load(plan), actual = backend.Load(plan);
        foreach (IProgram program in new[] { expected, actual })
        {
            RandomPlans.Fill(program, inputs, seed: 1);
            program.Run(plan.Entry("step"), 1);
        }

        foreach (Slot slot in plan.Slots.Where(s => s.Arena.Name == "out"))
        {
            float[] e = OpenCl.Device.Read(expected, slot), a = OpenCl.Device.Read(actual, slot);
            for (int i = 0; i < e.Length; i++)
                Assert.True(Math.Abs(e[i] - a[i]) <= 1e-4 * (1 + Math.Abs(e[i])), $"{slot}, element {i}: {a[i]} instead of {e[i]}");
        }
    }
}
