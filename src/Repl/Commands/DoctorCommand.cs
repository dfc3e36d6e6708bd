using System.Diagnostics;
using System.Runtime.InteropServices;
using Nn.Backends;
using Nn.Data;
using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn doctor</c>: what stands between this machine and a training on its GPU: loaders, drivers, environment, and whether a dozen small kernels
/// give the right answers on each device. Ends with a verdict and the next command; exit code 5 where a device computes wrongly.
/// </summary>
internal static class DoctorCommand
{
    private const double Tolerance = 1e-4;

    private static readonly string[] Variables =
    [
        "NN_DEVICE", "NN_THREADS", "NN_CACHE", "NN_DATA", "NN_VULKAN_VALIDATION", "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_LOADER_DRIVERS_SELECT", "VK_INSTANCE_LAYERS",
        "OCL_ICD_VENDORS", "OCL_ICD_FILENAMES", "OPENCL_VENDOR_PATH", "POCL_DEVICES", "POCL_MAX_PTHREAD_COUNT", "CUDA_VISIBLE_DEVICES", "MESA_VK_DEVICE_SELECT",
    ];

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
        ("sums by number", (g, x, _) => g.ScatterAdd(g.Cast(g.Mul(g.Cast(g.Iota(new Shape(48), 0), DType.F32), g.Constant(0.25)), DType.I32), x, new Shape(12, 48))),
        ("transposition", (g, x, _) => g.Permute(x, new Shape(1, 0))),
    ];

    private static ConvAttributes Same => new(1, 1, 1, 1, 1, 1);

    private static Node Image(GraphBuilder g, Node x) => g.Reshape(x, new Shape(4, 12, 12, 4));

    public static int Run(bool json)
    {
        IReadOnlyList<DeviceFamily> families = DeviceFamily.All();
        string[] set = [.. Variables.Where(v => Environment.GetEnvironmentVariable(v) is { Length: > 0 })];
        if (!json)
        {
            Console.Out.WriteLine($"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, .NET {Environment.Version}");
            foreach (string v in set) Console.Out.WriteLine($"environment: {v}={Environment.GetEnvironmentVariable(v)}");
        }

        var wrong = new List<FoundDevice>();
        foreach (DeviceFamily family in families)
        {
            if (json && family.Why is not null) JsonLine.Write(("device", family.Backend), ("usable", false), ("why", family.Why));
            else if (family.Why is not null) Console.Out.WriteLine($"{family.Backend}: {family.Why}");
            foreach (FoundDevice device in family.Devices)
            {
                if (!Examine(device, json)) wrong.Add(device);
            }
        }

        if (!json) Console.Out.WriteLine(Verdict(families, wrong));
        return wrong.Count == 0 ? 0 : (int)ExitCode.NoDevice;
    }

    private static bool Examine(FoundDevice device, bool json)
    {
        string title = $"{device.Name}: {device.Info.Name}, {device.Info.Driver}";
        if (device.Unusable is { } why)
        {
            if (json) JsonLine.Write(("device", device.Name), ("usable", false), ("why", why));
            else Console.Out.WriteLine($"{title}: cannot be used: {why}");
            return true;
        }

        long start = Stopwatch.GetTimestamp();
        string[] mistakes = [.. Mistakes(device)];
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (json)
        {
            JsonLine.Write(("device", device.Name), ("usable", true), ("kernels", Kernels.Length), ("wrong", mistakes.Length), ("seconds", seconds));
            return mistakes.Length == 0;
        }

        Console.Out.WriteLine($"{title}: {Kernels.Length - mistakes.Length} of {Kernels.Length} kernels right, {seconds:N1} s with compiling{(device.Info.Software ? "; software" : "")}");
        foreach (string m in mistakes) Console.Out.WriteLine($"    {m}");
        return mistakes.Length == 0;
    }

    private static IEnumerable<string> Mistakes(FoundDevice device)
    {
        using var oracle = new ReferenceBackend();
        using IBackend? backend = Try(device.Open, out string? failure);
        if (backend is null)
        {
            yield return failure!;
            yield break;
        }

        foreach ((string name, Func<GraphBuilder, Node, Node, Node> build) in Kernels)
        {
            float[] expected = Compute(oracle, build);
            float[]? actual = Try(() => Compute(backend, build), out failure);
            if (actual is null)
            {
                yield return $"{name}: {failure}";
                continue;
            }

            double scale = Math.Max(1, expected.Max(Math.Abs));
            double error = expected.Zip(actual, (e, a) => Math.Abs((double)e - a) / scale).Max();
            // A NaN is no small error.
            if (!(error <= Tolerance)) yield return $"{name}: wrong by {error:G2} of its largest value";
        }
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

    private static string Verdict(IReadOnlyList<DeviceFamily> families, List<FoundDevice> wrong)
    {
        FoundDevice[] gpus = [.. families.SelectMany(f => f.Devices).Where(d => d.RealGpu && !wrong.Contains(d))];
        if (wrong.Count > 0) return $"verdict: do not use {string.Join(", ", wrong.Select(d => d.Name))}; update the driver, then run `nn doctor` again (docs/devices.md)";
        if (gpus.Length > 0) return $"verdict: {gpus[0].Name} is ready. Next: nn bench examples/digits.nn --device all";
        bool software = families.SelectMany(f => f.Devices).Any(d => d.Info.Software && d.Unusable is null);
        return software
            ? "verdict: the processor is ready; the other devices are drivers in software, which check answers and are slow. With a GPU in this machine, install its driver (docs/devices.md). Next: nn train examples/digits.nn"
            : "verdict: the processor is ready; there is no GPU driver (docs/devices.md says how to get one). Next: nn train examples/digits.nn";
    }
}
