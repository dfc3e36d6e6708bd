using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Repl.Commands;

/// <summary>The small kernels that <c>nn doctor</c> tries on a device, each held against the reference.</summary>
internal static class DoctorKernels
{
    /// <summary>The step before the first kernel.</summary>
    public const string Opening = "opening the device";

    private const double Tolerance = 1e-4;

    /// <summary>Number of kernels.</summary>
    public static int Count => Kernels.Length;

    private static readonly (string Name, Func<GraphBuilder, Node, Node, Node> Build)[] Kernels =
    [
        ("elementwise", (g, x, y) => g.Add(g.Mul(x, y), g.Constant(1))),
        ("functions", (g, x, y) => g.Add(g.Add(g.Exp(x), g.Tanh(y)), g.Add(g.Erf(x), g.Log(g.Add(g.Abs(y), g.Constant(1)))))),
        ("softmax", (g, x, _) => g.Div(g.Exp(g.Sub(x, g.ReduceMax(x, new Shape(1)))), g.Sum(g.Exp(g.Sub(x, g.ReduceMax(x, new Shape(1)))), new Shape(1)))),
        ("sums of columns", (g, x, _) => g.Sum(x, new Shape(0))),
        ("sum of all", (g, x, _) => g.Sum(x, new Shape(0, 1))),
        ("random numbers", (g, x, _) => g.Add(x, g.Normal(g.Constant(7, DType.I32), g.Constant(3, DType.I32), 1, x.Shape))),
        ("product", (g, x, y) => g.MatMul(x, y, transposeB: true)),
        ("product, transposed", (g, x, y) => g.MatMul(x, y, transposeA: true)),
        ("convolution", (g, x, y) => g.Conv(Image(g, x), g.Reshape(g.Slice(g.Reshape(y, new Shape(2304)), 0, 0, 288), new Shape(3, 3, 4, 8)), Same)),
        ("its gradient", (g, x, y) => g.ConvWeightGradient(Image(g, x), Image(g, y), Same with { Result = new Shape(3, 3, 4, 4) })),
        ("pooling", (g, x, _) => g.MaxPool(Image(g, x), new PoolAttributes(2, 2, 2, 2, 0, 0, 0, 0))),
        ("rows by number", (g, x, _) => g.Gather(x, g.Iota(new Shape(16), 0))),
        ("sums by number",
            (g, x, _) => g.ScatterAdd(g.Cast(g.Mul(g.Cast(g.Iota(new Shape(48), 0), DType.F32), g.Constant(0.25)), DType.I32), x, new Shape(12, 48))),
        ("transposition", (g, x, _) => g.Permute(x, new Shape(1, 0))),
    ];

    private static ConvAttributes Same => new(1, 1, 1, 1, 1, 1);

    private static Node Image(GraphBuilder g, Node x) => g.Reshape(x, new Shape(4, 12, 12, 4));

    /// <summary>
    /// Opens a device and runs the kernels one after the other. <paramref name="begins"/> is told each step before it is taken, <paramref name="ends"/> with
    /// what is wrong with it, or null.
    /// </summary>
    public static void Run(FoundDevice device, Action<string> begins, Action<string, string?> ends)
    {
        begins(Opening);
        using var oracle = new ReferenceBackend();
        using IBackend? backend = Try(device.Open, out string? failure);
        ends(Opening, failure);
        if (backend is null) return;
        foreach ((string name, Func<GraphBuilder, Node, Node, Node> build) in Kernels)
        {
            begins(name);
            ends(name, Mistake(oracle, backend, build));
        }
    }

    private static string? Mistake(IBackend oracle, IBackend backend, Func<GraphBuilder, Node, Node, Node> build)
    {
        float[] expected = Compute(oracle, build);
        if (Try(() => Compute(backend, build), out string? failure) is not { } actual) return failure;
        double scale = Math.Max(1, expected.Max(Math.Abs));
        double error = expected.Zip(actual, (e, a) => Math.Abs((double)e - a) / scale).Max();
        // A NaN is no small error.
        return error <= Tolerance ? null : $"wrong by {error:G2} of its largest value";
    }

    private static T? Try<T>(Func<T> make, out string? failure) where T : class
    {
        failure = null;
        try
        {
            return make();
        }
        catch (NnException e)
        {
            failure = e.Message;
            return null;
        }
    }

    private static float[] Compute(IBackend backend, Func<GraphBuilder, Node, Node, Node> build)
    {
        var shape = new Shape(48, 48);
        var plan = new PlanBuilder();
        Slot x = plan.Slot("data", "x", shape, DType.F32), y = plan.Slot("data", "y", shape, DType.F32);
        var g = new GraphBuilder();
        Node value = build(g, g.Read(x), g.Read(y));
        Slot result = plan.Slot("data", "result", value.Shape, DType.F32);
        g.Assign(result, value);
        plan.Entry("kernel", g.Build());
        Plan built = plan.Build();
        using IProgram program = backend.Load(built);
        uint stream = 0;
        foreach (Slot s in new[] { x, y })
        {
            var values = new float[s.Shape.Count];
            for (uint i = 0; i < values.Length; i++) values[i] = 2 * CounterRandom.Uniform(5, stream, i, 0) - 1;
            stream++;
            program.Write(s, MemoryMarshal.AsBytes(values.AsSpan()));
        }

        program.Run(built.Entry("kernel"), 1);
        var output = new float[result.Shape.Count];
        program.Read(result, MemoryMarshal.AsBytes(output.AsSpan()));
        return output;
    }
}
