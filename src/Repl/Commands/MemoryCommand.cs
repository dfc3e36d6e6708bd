using Nn.Planning;
using Nn.Repl.Inspect;
using Nn.Repl.Plots;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn memory</c> and <c>:memory</c>: who lives when in the memory of a training step, as a picture.</summary>
internal static class MemoryCommand
{
    /// <summary>In the terminal, or into an SVG or PNG file.</summary>
    public static int Run(RunOptions options, string entry, string? file)
    {
        (TrainingDefinition training, Data.LoadedData data) = Project.Open(options).Training();
        Planning.Plan plan = InspectCommands.Compile(training, data).Plan;
        MemoryMap map = MemoryMap.Of(plan, entry);
        if (file is not null)
        {
            if (map.Values.Count == 0) throw new NnException(ExitCode.Script, $"{entry} keeps nothing between its kernels: there is nothing to draw");
            PlotCommand.Save(map.Figure(), file);
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
                ("event", "memory_value"), ("name", v.Name), ("shape", v.Shape.ToString()), ("offset", v.Offset), ("bytes", v.Bytes), ("first_step", v.First + 1), ("last_step", v.Last + 1));
        }

        JsonLine.Write(
            ("event", "memory"), ("entry", map.Entry), ("steps", map.Steps.Count), ("bytes", plan.Bytes), ("work_bytes", map.Size), ("entry_bytes", map.Highest), ("peak_step", map.Peak + 1), ("peak_bytes", map.Alive(map.Peak)),
            ("arenas", plan.Arenas.ToDictionary(a => a.Name, a => (double)a.Bytes)));
    }
}
