using System.Globalization;
using System.Text;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;
using Nn.Planning.Gpu;
using Nn.Training;
using Nn.Training.Search;

namespace Nn.Repl.Commands;

/// <summary>Commands that look and do not train.</summary>
internal static class InspectCommands
{
    /// <summary><c>nn check</c>.</summary>
    public static int Check(RunOptions o)
    {
        Project p = Project.Open(o);
        // Some mistakes show only when model, data and metrics are put together.
        if (p.Script.Training is { } training && p.Data is { } data) Compile(training, data);
        if (p.Script.Search is { } search) new TrialBinder(o, p.Source, search.Folds).Bind(new Dictionary<string, string>()).CheckMetric(search.Metric);
        if (o.Json) JsonLine.Write(("event", "check"), ("file", o.File), ("errors", 0));
        else if (!o.Quiet) Console.Out.WriteLine($"{p.Source.Name}: no mistakes");
        return 0;
    }

    /// <summary><c>nn fmt</c>.</summary>
    public static int Format(RunOptions o)
    {
        SourceText source = Project.Read(o.File);
        string formatted = Formatter.Format(source);
        if (formatted == source.Text) return 0;
        AtomicFile.Write(o.File, s => s.Write(Encoding.UTF8.GetBytes(formatted)));
        if (!o.Quiet) Console.Out.WriteLine($"{o.File}: formatted");
        return 0;
    }

    /// <summary><c>nn summary</c>.</summary>
    public static int Summary(RunOptions o)
    {
        Project p = Project.Open(o);
        (TrainingDefinition t, LoadedData data) = p.Training();
        TrainingPlan plan = Compile(t, data);
        foreach (Model m in t.Models)
        {
            Console.Out.WriteLine($"{m.Name}: input {m.Input}, output {m.Output}");
            foreach (LayerSummary l in m.Layers)
            {
                string count = l.Parameters.Count == 0 ? "" : $"{l.Parameters.Sum(x => x.Shape.Count):N0}{(l.Shared ? " shared" : "")}";
                Console.Out.WriteLine($"  {new string(' ', 2 * l.Depth)}{l.Kind,-34} {l.Output,-12} {count,12}");
            }
        }

        long trained = plan.Slots.Parameters.Keys.Where(x => x.Trained).Sum(x => x.Shape.Count);
        Entry train = plan.Plan.Entry("train");
        Console.Out.WriteLine($"parameters       {trained:N0}");
        Console.Out.WriteLine($"training step    {Scaled(train.Flops, "FLOP")} on {plan.Batch:N0} samples, {train.Steps.Count} kernels");
        Console.Out.WriteLine($"memory           {Scaled(plan.Plan.Bytes, "B")} ({string.Join(", ", plan.Plan.Arenas.Select(a => $"{a.Name} {Scaled(a.Bytes, "B")}"))})");
        return 0;
    }

    /// <summary><c>nn plan</c>.</summary>
    public static int Plan(RunOptions o)
    {
        (TrainingDefinition t, LoadedData data) = Project.Open(o).Training();
        Planning.Plan plan = Compile(t, data).Plan;
        Console.Out.Write(PlanText.Write(plan));
        // Launches depend on the device: they are shown where one is named.
        if (o.Device is "auto" or "cpu" or "reference") return 0;
        FoundDevice device = DeviceChoice.Choose(o.Device, DeviceFamily.All());
        if (device.Limits is { } limits) Console.Out.Write(LaunchText.Write(plan, device.Name, limits));
        return 0;
    }

    /// <summary>The plan of a training with its data.</summary>
    public static TrainingPlan Compile(TrainingDefinition t, LoadedData data) =>
        TrainingPlan.Compile(t, new TrainingSizes(data.Training.Samples, data.Validation.Samples, data.StoredInput, data.NormalizationShape));

    private static string Scaled(long n, string unit) => n switch
    {
        < 1000 => $"{n} {unit}",
        < 1_000_000 => $"{(n / 1e3).ToString("N1", CultureInfo.InvariantCulture)} k{unit}",
        < 1_000_000_000 => $"{(n / 1e6).ToString("N1", CultureInfo.InvariantCulture)} M{unit}",
        _ => $"{(n / 1e9).ToString("N2", CultureInfo.InvariantCulture)} G{unit}",
    };
}
