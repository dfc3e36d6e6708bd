using System.CommandLine;
using Nn.Repl.Options;

namespace Nn.Repl.Session;

/// <summary>A command as <c>nn NAME</c> has it.</summary>
/// <param name="Run">Does it; the exit code.</param>
internal sealed record ProgramForm(Func<ParseResult, int> Run)
{
    /// <summary>What stands there without an option.</summary>
    public IReadOnlyList<Argument> Arguments { get; init; } = [];

    /// <summary>Its options.</summary>
    public IReadOnlyList<Option> Options { get; init; } = [];

    /// <summary>Makes the commands below it, such as <c>nn data fetch</c>.</summary>
    public Func<Command[]> Below { get; init; } = () => [];

    /// <summary>A command about a script, which takes the options that most take, and more.</summary>
    public static ProgramForm OfScript(Func<ParseResult, RunOptions, int> run, params Option[] more) =>
        new(c => run(c, RunOptions.From(c))) { Arguments = [Common.File], Options = [.. Common.All, .. more] };

    /// <summary>The command for a command line.</summary>
    public Command Make(string name, string summary)
    {
        var command = new Command(name, summary);
        foreach (Argument a in Arguments) command.Arguments.Add(a);
        foreach (Option o in Options) command.Options.Add(o);
        foreach (Command c in Below()) command.Subcommands.Add(c);
        command.SetAction(Run);
        return command;
    }
}
