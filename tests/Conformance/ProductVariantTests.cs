using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Backends.Gpu;
using Nn.Backends.OpenCl;
using Nn.Backends.Vulkan;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Tests.Conformance;

/// <summary>Every way in which GPUs compute products, whatever the device would choose, against the reference.</summary>
[Collection(GpuDevices.Collection)]
public sealed class ProductVariantTests : IDisposable
{
    private readonly Dictionary<string, (IBackend Backend, GpuLimits Limits)> _open = [];

    public static TheoryData<string, int, int, int, bool, bool> Products => new()
    {
        { "opencl", 140, 72, 100, false, false }, { "opencl", 33, 131, 50, false, true }, { "opencl", 132, 36, 200, true, false },
        { "opencl", 67, 130, 93, true, true },
        { "vulkan", 140, 72, 100, false, false }, { "vulkan", 33, 131, 50, false, true }, { "vulkan", 132, 36, 200, true, false },
        { "vulkan", 67, 130, 93, true, true },
    };

    public static TheoryData<string, ConvPass, int, bool> Convolutions
    {
        get
        {
            var data = new TheoryData<string, ConvPass, int, bool>();
            foreach (string device in new[] { "opencl", "vulkan" })
            {
                foreach (ConvPass pass in Enum.GetValues<ConvPass>())
                {
                    if (device == "vulkan") data.Add(device, pass, 0, false);
                    data.Add(device, pass, 1, false);
                    data.Add(device, pass, 1, true);
                }
            }

            return data;
        }
    }

    // Image, weights, attributes: whole vectors and a stride; odd channels, groups and a stride that dilation does not divide.
    private static readonly (Shape Image, Shape Weights, ConvAttributes Attributes)[] s_convolutions =
    [
        (new(2, 9, 8, 8), new(3, 2, 8, 12), new(2, 2, 1, 1, 0, 1)),
        (new(1, 13, 11, 6), new(3, 3, 3, 10), new(2, 3, 2, 1, 2, 2, 3, 2, 2)),
    ];

    [SkippableTheory]
    [MemberData(nameof(Products))]
    public void Every_variant_of_a_matrix_product(string device, int m, int n, int k, bool transposeA, bool transposeB)
    {
        const int batch = 2;
        Shape a = transposeA ? new(batch, k, m) : new(batch, m, k), b = transposeB ? new(batch, n, k) : new(batch, k, n);
        // Every tile with one or two of the four ways to store the operands: software drivers take long to compile, those of OpenCL longest.
        int ways = device == "opencl" ? 4 : 2, way = (transposeA ? 1 : 0) + (transposeB ? 2 : 0);
        IEnumerable<ProductVariant> tiled = TileShape.All.Where((_, i) => i % ways == way % ways).SelectMany(t => new ProductVariant[] { new(t), new(t, 3) });
        Check(device, [.. tiled, new(null), new(null, DotGroup: 32)], a, b, (g, x, y) => g.MatMul(x, y, transposeA, transposeB));
    }

    [SkippableTheory]
    [MemberData(nameof(Convolutions))]
    public void Every_variant_of_a_convolution(string device, ConvPass pass, int row, bool compiledForItsGeometry)
    {
        (Shape image, Shape weights, ConvAttributes attributes) = s_convolutions[row];
        var output = new Shape(
            image[0], ConvolutionOps.Extent(image[1], weights[0], attributes.StrideY, attributes.Top + attributes.Bottom, attributes.DilationY),
            ConvolutionOps.Extent(image[2], weights[1], attributes.StrideX, attributes.Left + attributes.Right, attributes.DilationX), weights[3]);
        ProductVariant[] variants = compiledForItsGeometry
            ? [new(TileShape.All[^1])]
            : [new(TileShape.All[2]), new(TileShape.All[^1], 2), new(null), new(null, DotGroup: 64)];
        // Geometries are worth a kernel of their own where there is much to compute.
        Func<PlanStep, PlanStep> step = !compiledForItsGeometry ? s => s
            : s => s is ConvStep c ? new ConvStep(c.Geometry, c.A, c.B, c.C, null) { Flops = long.MaxValue } : s;
        switch (pass)
        {
            case ConvPass.Forward: Check(device, variants, image, weights, (g, x, w) => g.Conv(x, w, attributes), step); break;
            case ConvPass.InputGradient:
                Check(device, variants, output, weights, (g, d, w) => g.ConvInputGradient(d, w, attributes with { Result = image }), step);
                break;
            default: Check(device, variants, image, output, (g, x, d) => g.ConvWeightGradient(x, d, attributes with { Result = weights }), step); break;
        }
    }

    public void Dispose()
    {
        foreach ((IBackend backend, _) in _open.Values) backend.Dispose();
    }

    private void Check(
        string device, ProductVariant[] variants, Shape a, Shape b, Func<GraphBuilder, Node, Node, Node> product, Func<PlanStep, PlanStep>? change = null)
    {
        (IBackend backend, GpuLimits limits) = Open(device);
        var plans = new PlanBuilder();
        var graph = new GraphBuilder(simplify: false);
        Slot left = plans.Slot("in", "left", a, DType.F32), right = plans.Slot("in", "right", b, DType.F32);
        Node value = product(graph, graph.Read(left), graph.Read(right));
        Slot result = plans.Slot("out", "result", value.Shape, DType.F32);
        graph.Assign(result, value);
        plans.Entry("run", graph.Build());
        Plan plan = plans.Build();
        if (change is not null) plan = new Plan(plan.Arenas, plan.Slots, [new Entry("run", graph.Build(), [.. plan.Entry("run").Steps.Select(change)])]);
        (string pass, ProductShape shape) = Assert.Single(plan.Entry("run").Steps) switch
        {
            MatMulStep s => (MatMulLaunches.Pass(s.Geometry), MatMulLaunches.Shape(s.Geometry)),
            ConvStep s => (ConvLaunches.Pass(s.Geometry), ConvLaunches.Shape(s.Geometry)),
            PlanStep s => throw new InvalidOperationException(s.Kind),
        };
        var random = new Random(5);
        byte[] Values(Slot s) =>
            MemoryMarshal.AsBytes<float>(Enumerable.Range(0, (int)s.Shape.Count).Select(_ => (float)(random.NextDouble() * 4 - 2)).ToArray()).ToArray();
        byte[] leftValues = Values(left), rightValues = Values(right);
        float[] Run(IBackend on)
        {
            using IProgram program = on.Load(plan);
            program.Write(left, leftValues);
            program.Write(right, rightValues);
            program.Run(plan.Entry("run"), 1);
            var values = new float[result.Shape.Count];
            program.Read(result, MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }

        float[] expected = Run(new ReferenceBackend());
        // Each sum of K products of at most 4, with as many roundings.
        double allowed = 2.0 * shape.Depth * Math.Pow(2, -24) * 4 * shape.Depth;
        foreach (ProductVariant variant in variants.Where(v => v.Tile?.Fits(limits) != false && v.DotGroup <= limits.MaxGroupSize))
        {
            limits.Choices!.Use(pass, shape, variant);
            float[] actual = Run(backend), again = Run(backend);
            limits.Choices.Use(pass, shape, null);
            for (int i = 0; i < expected.Length; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= allowed, $"{pass}, {variant} on {device}, element {i}: {actual[i]}, reference {expected[i]}");
            Assert.True(
                MemoryMarshal.AsBytes(actual.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(again.AsSpan())), $"{pass}, {variant} on {device} does not repeat");
        }
    }

    private (IBackend Backend, GpuLimits Limits) Open(string device)
    {
        if (_open.TryGetValue(device, out var open)) return open;
        if (device == "opencl")
        {
            OpenClDevice? found = OpenClDevices.List(out string? why).FirstOrDefault(d => d.Unusable is null);
            Skip.If(found is null, why ?? "there is no usable OpenCL device");
            return _open[device] = (new OpenClBackend(found), found.Limits);
        }

        VulkanDevice? vulkan = VulkanDevices.List(out string? reason).FirstOrDefault(d => d.Unusable is null);
        Skip.If(vulkan is null, reason ?? "there is no usable Vulkan device");
        return _open[device] = (new VulkanBackend(vulkan), vulkan.Limits);
    }
}
