using Nn.Networks.Inspection;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn compare</c>: one training step of a script on each device beside the reference in double precision, tensor by tensor, and the losses of an epoch
/// beside each other. Exit code 1 where something is past its tolerance.
/// </summary>
internal static class CompareCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("compare", CommandGroup.Speed, "one step and one epoch on every device, tensor by tensor beside the reference")
    {
        Examples = ["nn compare digits.nn --steps 10"],
        Program = ProgramForm.OfScript((c, o) => Run(o, c.GetValue(Common.Steps)), Common.Steps),
        Session = new(s => Run(s.Options(), 0)),
    };

    public static int Run(RunOptions options, int steps)
    {
        Project project = Project.Open(options);
        project.Training();
        IReadOnlyList<FoundDevice> devices = DeviceComparison.Devices(options.Device);
        bool good = Report(devices, DeviceComparison.Tensors(project, devices), options.Json);
        (IReadOnlyList<int> points, IReadOnlyList<double[]> losses) = DeviceComparison.Losses(project, devices, steps);
        good &= Losses(devices, points, losses, options.Json);
        if (!options.Json) Console.Out.WriteLine(good ? "the devices agree" : "the devices differ");
        return good ? 0 : (int)ExitCode.Internal;
    }

    private static bool Report(IReadOnlyList<FoundDevice> devices, IReadOnlyList<ComparedTensor> tensors, bool json)
    {
        int width = Math.Max(8, tensors.Max(t => t.Name.Length));
        if (!json)
        {
            foreach (FoundDevice d in devices) Console.Out.WriteLine($"{d.Name}: {d.Info.Name}, {d.Info.Driver}");
            Console.Out.WriteLine("largest error of each tensor after one step, in parts of its largest element, beside double precision");
            Console.Out.WriteLine($"  {new string(' ', width)}{string.Concat(devices.Select(d => $" {d.Name,10}"))}");
        }

        for (int i = 0; i < tensors.Count; i++)
        {
            for (int d = 0; json && d < devices.Count; d++)
                JsonLine.Write(("event", "tensor"), ("device", devices[d].Name), ("tensor", tensors[i].Name), ("error", tensors[i].Errors[d]),
                    ("tolerance", tensors[i].Tolerance));
            bool past = Enumerable.Range(0, devices.Count).Any(tensors[i].Past);
            if (!json)
                Console.Out.WriteLine(
                    $"  {tensors[i].Name.PadRight(width)}{string.Concat(tensors[i].Errors.Select(e => $" {Short(e),10}"))}"
                        + $"{(past ? $"  past {Short(tensors[i].Tolerance)}" : "")}");
        }

        bool good = true;
        for (int d = 0; d < devices.Count; d++)
        {
            int first = Enumerable.Range(0, tensors.Count).FirstOrDefault(i => tensors[i].Past(d), -1);
            good &= first < 0;
            if (first >= 0 && !json) Console.Out.WriteLine($"{devices[d].Name} goes wrong first at {tensors[first].Name}");
        }

        return good;
    }

    private static string Short(double error) => error.ToString("0.0e+0", System.Globalization.CultureInfo.InvariantCulture);

    private static bool Losses(IReadOnlyList<FoundDevice> devices, IReadOnlyList<int> points, IReadOnlyList<double[]> curves, bool json)
    {
        bool good = true;
        if (!json) Console.Out.WriteLine($"mean loss after steps {string.Join(", ", points)}");
        for (int d = 0; d < devices.Count; d++)
        {
            double worst = curves[d].Zip(curves[0], (a, b) => Math.Abs(a - b) / Math.Max(1e-12, Math.Abs(b))).Max();
            good &= worst <= DeviceComparison.LossTolerance;
            if (json)
                JsonLine.Write(("event", "epoch"), ("device", devices[d].Name), ("steps", points[^1]), ("loss", curves[d][^1]), ("error", worst),
                    ("tolerance", DeviceComparison.LossTolerance));
            else Console.Out.WriteLine($"  {devices[d].Name,-10} "
                + $"{string.Join(" ", curves[d].Select(v => $"{v,9:G5}"))}"
                + $"{(d == 0 ? "" : $"   within {Short(worst)} of {devices[0].Name}{(worst <= DeviceComparison.LossTolerance ? "" : ", too far")}")}");
        }

        return good;
    }
}
