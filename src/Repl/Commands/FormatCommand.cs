using System.Text;
using Nn.Dsl;
using Nn.Files;
using Nn.Repl.Options;
using Nn.Repl.Session;

namespace Nn.Repl.Commands;

/// <summary><c>nn fmt</c> and <c>:fmt</c>: a script in the usual form.</summary>
internal static class FormatCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("fmt", CommandGroup.Write, "formats a script in place")
    {
        Program = ProgramForm.OfScript((_, o) => Run(o)),
        Session = new(s => s.Format()) { Summary = "writes the statements in the usual form" },
    };

    public static int Run(RunOptions o)
    {
        SourceText source = Project.Read(o.File);
        string formatted = Formatter.Format(source);
        if (formatted == source.Text) return 0;
        AtomicFile.Write(o.File, s => s.Write(Encoding.UTF8.GetBytes(formatted)));
        if (!o.Quiet) Console.Out.WriteLine($"{o.File}: formatted");
        return 0;
    }
}
