using Nn.Backends.Gpu;
using Nn.Data;
using Nn.Planning;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary><c>nn plan</c> and <c>:plan</c>: what a script is compiled to.</summary>
internal static class PlanCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("plan", CommandGroup.Write, "kernels, slots and bytes of every entry")
    {
        Details = "with `--device` of a GPU its launches too",
        Examples = ["nn plan digits.nn --device opencl"],
        Program = ProgramForm.OfScript((_, o) => Run(o), Common.Best),
        Session = new(s => Run(s.Options())),
    };

    public static int Run(RunOptions o)
    {
        Planning.Plan plan = Project.Open(o).Compile().Plan;
        Console.Out.Write(PlanText.Write(plan));
        // Launches depend on the device: they are shown where one is named.
        if (!o.Device.NamesGpu) return 0;
        FoundDevice device = DeviceChoice.Choose(o.Device, DeviceFamily.All());
        if (device.Limits is { } limits) Console.Out.Write(LaunchText.Write(plan, device.Name, limits));
        return 0;
    }
}
