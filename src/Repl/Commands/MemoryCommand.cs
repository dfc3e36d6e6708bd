using Nn.Networks.Figures;
using Nn.Networks.Inspection;
using Nn.Planning;
using Nn.Repl.Options;
using Nn.Repl.Plots;
using Nn.Repl.Reports;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn memory</c> and <c>:memory</c>: who lives when in the memory of a training step, as a picture.</summary>
internal static class MemoryCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("memory", CommandGroup.Speed, "who lives when in the memory of a training step, as a picture")
    {
        Details = "a map of blocks, the largest values, the peak; `--out map.svg` or `.png`, `--entry evaluate`, `--json`",
        Program = ProgramForm.OfScript((c, o) => Run(o, c.GetValue(Common.Entry)!, c.GetValue(Common.Drawing)), Common.Entry, Common.Drawing),
        Session = new("[ENTRY] [> FILE]", "", InSession)
        {
            Summary = "who lives when in the memory of a training step, or of evaluate or predict; also drawn into .svg or .png",
        },
    };

    /// <summary>In the terminal, or into an SVG or PNG file.</summary>
    public static int Run(RunOptions options, string entry, string? file)
    {
        Project project = Project.Open(options);
        TrainingDefinition training = project.Training().Training;
        Planning.Plan plan = project.Compile().Plan;
        MemoryMap map = MemoryMap.Of(plan, entry);
        if (file is not null)
        {
            if (map.Values.Count == 0) throw new NnException(ExitCode.Script, $"{entry} keeps nothing between its kernels: there is nothing to draw");
            FigureFile.Save(MemoryFigure.Of(map), file);
            if (!options.Quiet && !options.Json) Console.Out.WriteLine($"drawn to {file}");
        }
        else if (!options.Json)
        {
            Console.Out.WriteLine(MemoryText.Write(plan, map, [.. training.Steps.Select(s => s.Name)], TextStyle.ForOutput()));
        }

        if (options.Json) Json(plan, map);
        return 0;
    }

    private static void Json(Planning.Plan plan, MemoryMap map)
    {
        foreach (LivingValue v in map.Values)
        {
            JsonLine.Write(
                ("event", "memory_value"), ("name", v.Name), ("shape", v.Shape.ToString()), ("offset", v.Offset), ("bytes", v.Bytes),
                ("first_step", v.First + 1), ("last_step", v.Last + 1));
        }

        JsonLine.Write(
            ("event", "memory"), ("entry", map.Entry), ("steps", map.Steps.Count), ("bytes", plan.Bytes), ("work_bytes", map.Size),
            ("entry_bytes", map.Highest), ("peak_step", map.Peak + 1), ("peak_bytes", map.Alive(map.Peak)),
            ("arenas", plan.Arenas.ToDictionary(a => a.Name, a => (double)a.Bytes)));
    }

    private static void InSession(ReplSession s, string[] words)
    {
        (string[] what, string? file) = CommandWords.Target(words);
        Run(s.Options(), what.Length == 0 ? "train" : CommandWords.One(what, "memory", "an entry of the plan, such as evaluate"), file);
    }
}
