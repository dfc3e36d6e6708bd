using System.Globalization;
using Nn.Data;
using Nn.Graphs;
using Nn.Networks.Inspection;
using Nn.Planning;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn summary</c> and <c>:summary</c>: each layer with its shape, parameters, operations and memory, and what a training step comes to.</summary>
internal static class SummaryCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("summary", CommandGroup.Write, "layers, shapes, parameters, operations, memory")
    {
        Examples = ["nn summary digits.nn"],
        Program = ProgramForm.OfScript((_, o) => Run(o), Common.Best),
        Session = new(s => Run(s.Options())),
    };

    private const int WidestLayer = 44;

    public static int Run(RunOptions o)
    {
        Project project = Project.Open(o);
        TrainingDefinition t = project.Definition;
        TrainingPlan plan = project.Compile();
        long trained = plan.Slots.Parameters.Keys.Where(x => x.Trained).Sum(x => x.Shape.Count),
            kept = plan.Slots.Parameters.Keys.Where(x => !x.Trained).Sum(x => x.Shape.Count);
        Entry train = plan.Plan.Entry("train");
        foreach (Model m in t.Models)
        {
            IReadOnlyList<LayerCost> layers = LayerCost.Of(m, t.Schema);
            if (o.Json) Json(m, layers, plan.Batch, t.Schema);
            else Text(m, layers, plan.Batch, t.Schema);
        }

        if (o.Json)
        {
            JsonLine.Write(
                ("event", "summary"), ("parameters", trained), ("kept_numbers", kept), ("flop_per_step", train.Flops), ("batch", plan.Batch),
                ("kernels", train.Steps.Count), ("bytes", plan.Plan.Bytes),
                ("arenas", plan.Plan.Arenas.ToDictionary(a => a.Name, a => (double)a.Bytes)));
            return 0;
        }

        Console.Out.WriteLine($"parameters       {trained:N0}{(kept > 0 ? $", and {kept:N0} numbers that are kept but not trained" : "")}");
        Console.Out.WriteLine($"training step    {Scaled(train.Flops, "FLOP")} on {plan.Batch:N0} samples, {train.Steps.Count} kernels");
        Console.Out.WriteLine(
            $"memory           {Scaled(plan.Plan.Bytes, "B")} ({string.Join(", ", plan.Plan.Arenas.Select(a => $"{a.Name} {Scaled(a.Bytes, "B")}"))})");
        return 0;
    }

    private static void Text(Model m, IReadOnlyList<LayerCost> layers, int batch, Schema schema)
    {
        Console.Out.WriteLine($"{m.Name}: input {NamedShape.Text(m.Inputs)}, output {NamedShape.Text(m.Outputs)}");
        string Line(LayerCost l) => new string(' ', 2 * l.Layer.Depth) + l.Layer.Kind;
        int name = Math.Clamp(layers.Select(l => Line(l).Length).DefaultIfEmpty().Max(), 5, WidestLayer),
            shape = Math.Max(6, layers.Select(l => l.Layer.Output.ToString().Length).DefaultIfEmpty().Max());
        Console.Out.WriteLine($"  {"layer".PadRight(name)}  {"output".PadRight(shape)}  {"parameters",12}  {"forward/sample",14}  {"output/batch",12}");
        foreach (LayerCost l in layers)
        {
            string text = Line(l), count = l.Layer.Parameters.Count == 0 ? "" : $"{l.Parameters:N0}",
                flops = l.Flops is not { } f ? "shared" : f == 0 ? "" : Scaled(f, "FLOP");
            Console.Out.WriteLine(
                $"  {(text.Length > name ? text[..(name - 1)] + "…" : text).PadRight(name)}  {l.Layer.Output.ToString().PadRight(shape)}  {count,12}  "
                    + $"{flops,14}  {Scaled(schema.Longest(l.Layer.Output).Count * sizeof(float) * batch, "B"),12}");
        }
    }

    private static void Json(Model m, IReadOnlyList<LayerCost> layers, int batch, Schema schema)
    {
        foreach (LayerCost l in layers)
        {
            JsonLine.Write(
                ("event", "layer"), ("model", m.Name), ("name", l.Layer.Name), ("layer", l.Layer.Kind), ("depth", l.Layer.Depth),
                ("output", l.Layer.Output.ToString()), ("parameters", l.Parameters), ("shared", l.Layer.Shared),
                ("flop_per_sample", l.Flops), ("output_bytes_per_batch", schema.Longest(l.Layer.Output).Count * sizeof(float) * batch));
        }
    }

    private static string Scaled(long n, string unit) => n switch
    {
        < 1000 => $"{n} {unit}",
        < 1_000_000 => $"{(n / 1e3).ToString("N1", CultureInfo.InvariantCulture)} k{unit}",
        < 1_000_000_000 => $"{(n / 1e6).ToString("N1", CultureInfo.InvariantCulture)} M{unit}",
        _ => $"{(n / 1e9).ToString("N2", CultureInfo.InvariantCulture)} G{unit}",
    };
}
