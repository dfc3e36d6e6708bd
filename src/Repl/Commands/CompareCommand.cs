using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn compare</c>: one training step of a script on each device beside the reference in double precision, tensor by tensor, and the losses of an epoch
/// beside each other. Exit code 1 where something is past its tolerance.
/// </summary>
internal static class CompareCommand
{
    // Of the largest element of a tensor: rounding of f32 in sums of the usual length stays far below.
    private const double ForwardTolerance = 1e-4;
    private const double GradientTolerance = 1e-3;
    private const double LossTolerance = 1e-2;
    private const int OracleBatch = 16;
    private const int CurvePoints = 8;

    private sealed record Tensor(string Name, float[] Values, double Tolerance);

    public static int Run(RunOptions options, int steps)
    {
        Project project = Project.Open(options);
        (TrainingDefinition training, Data.LoadedData data) = project.Training();
        // The oracle is slow, and so few samples show the same mistakes.
        TrainingDefinition small = training with { Batch = Math.Min(training.Batch == 0 ? OracleBatch : training.Batch, OracleBatch) };
        IReadOnlyList<Tensor> expected;
        using (var oracle = new ReferenceBackend()) expected = Step(oracle, small, data);
        FoundDevice[] devices = [.. Devices(options.Device)];
        var errors = new List<double[]>();
        foreach (FoundDevice device in devices)
        {
            using IBackend backend = device.Open();
            errors.Add([.. Step(backend, small, data).Zip(expected, (a, e) => Error(a.Values, e.Values))]);
        }

        bool good = Report(devices, errors, expected, options.Json);
        good &= Curves(devices, training, data, steps, options.Json);
        if (!options.Json) Console.Out.WriteLine(good ? "the devices agree" : "the devices differ");
        return good ? 0 : (int)ExitCode.Internal;
    }

    // All of them, unless one is named: software drivers too, since this is what they are good for.
    private static IEnumerable<FoundDevice> Devices(string asked)
    {
        IReadOnlyList<DeviceFamily> families = DeviceFamily.All();
        FoundDevice cpu = families.Single(f => f.Backend == "cpu").Devices[0];
        if (asked is "auto" or "all") return families.SelectMany(f => f.Devices).Where(d => d.Unusable is null);
        FoundDevice named = DeviceChoice.Choose(asked, families);
        return named.Backend == "cpu" ? [cpu] : [cpu, named];
    }

    private static List<Tensor> Step(IBackend backend, TrainingDefinition training, Data.LoadedData data)
    {
        using var session = new TrainingSession(backend, training, data, observe: true);
        session.BeginEpoch();
        session.Run(1);
        var all = new List<Tensor>();
        foreach (Slot s in session.Plan.Slots.Observed) all.Add(new Tensor(s.Name["observed.".Length..], session.Read<float>(s), ForwardTolerance));
        foreach (ParameterRow row in session.Plan.Slots.Rows)
        {
            float[] gradients = session.Read<float>(row.Gradients!);
            for (int i = 0; i < row.Parameters.Count; i++)
            {
                Parameter p = row.Parameters[i];
                all.Add(new Tensor($"gradient of {p.Name}", gradients.AsSpan((int)row.Offsets[i], (int)p.Shape.Count).ToArray(), GradientTolerance));
            }
        }

        return all;
    }

    private static bool Report(FoundDevice[] devices, List<double[]> errors, IReadOnlyList<Tensor> expected, bool json)
    {
        bool Past(int device, int tensor) => !(errors[device][tensor] <= expected[tensor].Tolerance);
        int width = Math.Max(8, expected.Max(t => t.Name.Length));
        if (!json)
        {
            foreach (FoundDevice d in devices) Console.Out.WriteLine($"{d.Name}: {d.Info.Name}, {d.Info.Driver}");
            Console.Out.WriteLine("largest error of each tensor after one step, in parts of its largest element, beside double precision");
            Console.Out.WriteLine($"  {new string(' ', width)}{string.Concat(devices.Select(d => $" {d.Name,10}"))}");
        }

        for (int i = 0; i < expected.Count; i++)
        {
            for (int d = 0; json && d < devices.Length; d++)
                JsonLine.Write(("event", "tensor"), ("device", devices[d].Name), ("tensor", expected[i].Name), ("error", errors[d][i]), ("tolerance", expected[i].Tolerance));
            bool past = Enumerable.Range(0, devices.Length).Any(d => Past(d, i));
            if (!json)
                Console.Out.WriteLine($"  {expected[i].Name.PadRight(width)}{string.Concat(errors.Select(e => $" {Short(e[i]),10}"))}{(past ? $"  past {Short(expected[i].Tolerance)}" : "")}");
        }

        bool good = true;
        for (int d = 0; d < devices.Length; d++)
        {
            int first = Enumerable.Range(0, expected.Count).FirstOrDefault(i => Past(d, i), -1);
            good &= first < 0;
            if (first >= 0 && !json) Console.Out.WriteLine($"{devices[d].Name} goes wrong first at {expected[first].Name}");
        }

        return good;
    }

    private static string Short(double error) => error.ToString("0.0e+0", System.Globalization.CultureInfo.InvariantCulture);

    // Largest difference, in parts of the largest element.
    private static double Error(float[] actual, float[] expected)
    {
        double scale = Math.Max(1e-30, expected.Length == 0 ? 0 : expected.Max(Math.Abs)), worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double d = Math.Abs((double)actual[i] - expected[i]) / scale;
            if (double.IsNaN(d) && !(float.IsNaN(expected[i]) && float.IsNaN(actual[i]))) return double.NaN;
            worst = Math.Max(worst, double.IsNaN(d) ? 0 : d);
        }

        return worst;
    }

    private static bool Curves(IReadOnlyList<FoundDevice> devices, TrainingDefinition training, Data.LoadedData data, int steps, bool json)
    {
        List<double[]> curves = [];
        int[] points = [];
        foreach (FoundDevice device in devices)
        {
            using IBackend backend = device.Open();
            using var session = new TrainingSession(backend, training, data);
            int all = steps > 0 ? Math.Min(steps, session.Plan.StepsPerEpoch) : session.Plan.StepsPerEpoch;
            points = [.. Enumerable.Range(1, CurvePoints).Select(p => Math.Max(1, all * p / CurvePoints)).Distinct()];
            session.BeginEpoch();
            curves.Add([.. points.Select(p =>
            {
                while (session.StepInEpoch < p && session.Run(p - session.StepInEpoch) > 0)
                {
                }

                return session.TrainingMetrics().First(m => m.Key.StartsWith("loss", StringComparison.Ordinal)).Value;
            })]);
        }

        bool good = true;
        if (!json) Console.Out.WriteLine($"mean loss after steps {string.Join(", ", points)}");
        for (int d = 0; d < devices.Count; d++)
        {
            double worst = curves[d].Zip(curves[0], (a, b) => Math.Abs(a - b) / Math.Max(1e-12, Math.Abs(b))).Max();
            good &= worst <= LossTolerance;
            if (json) JsonLine.Write(("event", "epoch"), ("device", devices[d].Name), ("steps", points[^1]), ("loss", curves[d][^1]), ("error", worst), ("tolerance", LossTolerance));
            else Console.Out.WriteLine($"  {devices[d].Name,-10} {string.Join(" ", curves[d].Select(v => $"{v,9:G5}"))}{(d == 0 ? "" : $"   within {Short(worst)} of {devices[0].Name}{(worst <= LossTolerance ? "" : ", too far")}")}");
        }

        return good;
    }
}
