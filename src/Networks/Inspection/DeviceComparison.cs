using Nn.Backends;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Networks.Inspection;

/// <summary>One training on several devices: a step of it beside the reference in double precision, and its losses beside each other.</summary>
public static class DeviceComparison
{
    /// <summary>What losses of an epoch may differ by, in parts of them.</summary>
    public const double LossTolerance = 1e-2;

    // Of the largest element of a tensor: rounding of f32 in sums of the usual length stays far below.
    private const double ForwardTolerance = 1e-4;
    private const double GradientTolerance = 1e-3;
    private const int OracleBatch = 16;
    private const int CurvePoints = 8;

    private sealed record Tensor(string Name, float[] Values, double Tolerance);

    /// <summary>
    /// The devices to compare: all that can be used, unless one is named; the processor is the first. Software drivers too, since this is what they are good
    /// for.
    /// </summary>
    /// <exception cref="NnException">There is no such device.</exception>
    public static IReadOnlyList<FoundDevice> Devices(DeviceRequest asked)
    {
        IReadOnlyList<DeviceFamily> families = DeviceFamily.All();
        FoundDevice cpu = families.Single(f => f.Backend == "cpu").Devices[0];
        if (asked == DeviceRequest.Auto || asked == DeviceRequest.All) return [.. families.SelectMany(f => f.Devices).Where(d => d.Unusable is null)];
        FoundDevice named = DeviceChoice.Choose(asked, families);
        return named.Backend == "cpu" ? [cpu] : [cpu, named];
    }

    /// <summary>What layers give and all gradients after one step.</summary>
    /// <exception cref="NnException">The script trains nothing, or a device cannot run it.</exception>
    public static IReadOnlyList<ComparedTensor> Tensors(Project project, IReadOnlyList<FoundDevice> devices)
    {
        (TrainingDefinition training, Data.LoadedData data) = project.Training();
        // The oracle is slow, and so few samples show the same mistakes.
        TrainingDefinition small = training with { Batch = Math.Min(training.Batch == 0 ? OracleBatch : training.Batch, OracleBatch) };
        IReadOnlyList<Tensor> expected;
        using (var oracle = new ReferenceBackend()) expected = Step(oracle, small, data);
        var errors = new List<double[]>();
        foreach (FoundDevice device in devices)
        {
            using IBackend backend = device.Open();
            errors.Add([.. Step(backend, small, data).Zip(expected, (a, e) => Error(a.Values, e.Values))]);
        }

        return [.. expected.Select((t, i) => new ComparedTensor(t.Name, [.. errors.Select(e => e[i])], t.Tolerance))];
    }

    /// <summary>The mean loss on each device after some steps of the first epoch.</summary>
    /// <param name="project">The script with its data.</param>
    /// <param name="devices">The devices.</param>
    /// <param name="steps">Steps to take at most; 0: the epoch.</param>
    /// <returns>After how many steps, and the losses then, device by device.</returns>
    /// <exception cref="NnException">The script trains nothing, or a device cannot run it.</exception>
    public static (IReadOnlyList<int> Steps, IReadOnlyList<double[]> Losses) Losses(Project project, IReadOnlyList<FoundDevice> devices, int steps)
    {
        (TrainingDefinition training, Data.LoadedData data) = project.Training();
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

        return (points, curves);
    }

    private static List<Tensor> Step(IBackend backend, TrainingDefinition training, Data.LoadedData data)
    {
        using var session = new TrainingSession(backend, training, data, new TrainingExtras { Observe = true });
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
}
