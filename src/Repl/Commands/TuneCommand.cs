using Nn.Backends;
using Nn.Backends.Gpu;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn tune</c>: times the variants of a script's products on a GPU and keeps the fastest for all later runs there.</summary>
internal static class TuneCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("tune", CommandGroup.Speed, "times ways to compute a script's products on a GPU and keeps the fastest")
    {
        Details = "later runs there take it; `--device NAME`",
        Program = ProgramForm.OfScript((_, o) => Run(o)),
    };

    public static int Run(RunOptions options)
    {
        FoundDevice device = DeviceChoice.Choose(options.Device, DeviceFamily.All());
        if (device.Limits is not { } limits)
            throw new NnException(ExitCode.NoDevice, $"{device.Name} needs no tuning, GPUs do; `nn devices` lists them, --device takes one");
        Project project = Project.Open(options);
        (TrainingDefinition training, Data.LoadedData data) = project.Training();
        using IBackend backend = device.Open();
        Planning.Plan plan;
        using (var session = new TrainingSession(backend, training, data)) plan = session.Plan.Plan;
        int count = 0;
        foreach (TunedProduct p in KernelTuner.Tune(backend, limits, plan))
        {
            count++;
            if (options.Json)
                JsonLine.Write(("product", p.Product), ("before", p.Before), ("chosen", p.Chosen), ("seconds_before", p.SecondsBefore), ("seconds", p.Seconds));
            else
                Console.Out.WriteLine(
                    $"{p.Product}: {p.Chosen}, {p.Seconds * 1e6:N1} µs{(p.Chosen == p.Before ? "" : $" (before: {p.Before}, {p.SecondsBefore * 1e6:N1} µs)")}");
        }

        if (!options.Json)
            Console.Out.WriteLine(
                $"{count} products tuned for {device.Name} {device.Info.Name}; sums may be added in another order than before, and so end in other last "
                    + "digits");
        return 0;
    }
}
