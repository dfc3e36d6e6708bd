using System.CommandLine;
using Nn.Repl.Interactive;
using Nn.Repl.Options;
using Nn.Repl.Session;

namespace Nn.Repl.Commands;

/// <summary><c>nn repl</c>, which <c>nn</c> alone also is.</summary>
internal static class SessionCommand
{
    private static readonly Argument<string?> Script = new("file") { Description = "a script to begin with", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>Its options, which <c>nn</c> alone takes, too.</summary>
    public static Option[] Asked { get; } = [Common.Device, Common.Json, Common.Commands];

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("repl", CommandGroup.Write, "the interactive session; also what nn alone does")
    {
        Details = "statements of the language and commands with a colon",
        Examples = ["nn repl digits.nn", "nn -c ':load digits.nn' -c ':train 2 epochs' -c ':eval'"],
        Program = new(c => Run(c, c.GetValue(Script))) { Arguments = [Script], Options = Asked },
    };

    /// <summary>The session of a command line, which begins with a script where one is named.</summary>
    public static int Run(ParseResult c, string? file) =>
        ReplCommandLine.Run(c.GetValue(Common.Device)!, c.GetValue(Common.Json), file, c.GetValue(Common.Commands) ?? [], CommandTable.All);
}
