using Nn.Networks.Inspection;
using Nn.Repl.Options;
using Nn.Repl.Session;

namespace Nn.Repl.Commands;

/// <summary>
/// <c>nn gradcheck</c>: the device's gradients of the first step beside central differences of the loss, computed in double precision by the reference.
/// </summary>
internal static class GradCheckCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("gradcheck", CommandGroup.Write, "compares gradients with central differences")
    {
        Details = "in double precision",
        Program = ProgramForm.OfScript((_, o) => Run(o)),
        Session = new(s => Run(s.Options())),
    };

    public static int Run(RunOptions options)
    {
        bool good = true;
        foreach ((int i, CheckedGradient g) in GradientCheck.Of(Project.Open(options), options.Device).Index())
        {
            if (i == 0) Console.Out.WriteLine($"{"tensor",-28} {"gradient",12} {"differences",12} {"error",9}");
            Console.Out.WriteLine($"{g.Name,-28} {g.Gradient,12:G5} {g.Differences,12:G5} {g.Error,9:0.0e+0}{(g.Agrees ? "" : "  differs")}");
            good &= g.Agrees;
        }

        Console.Out.WriteLine(good ? "all gradients agree" : "some gradients differ");
        return good ? 0 : (int)ExitCode.Internal;
    }
}
