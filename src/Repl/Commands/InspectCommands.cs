using System.Text;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
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
        TrainingPlan.Compile(t, TrainingSizes.Of(data));
}
