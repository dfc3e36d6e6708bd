using System.CommandLine;
using Nn.Repl.Help;
using Nn.Repl.Session;

namespace Nn.Repl.Commands;

/// <summary><c>nn help [NAME]</c>: what <c>:help NAME</c> says in a session.</summary>
internal static class HelpCommand
{
    private static readonly Argument<string?> Topic = About();

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("help", CommandGroup.Write, "what a name of the language does: formula, gradient, options, example")
    {
        Details = "lists of names: `nn help losses`",
        Examples = ["nn help adam", "nn help losses"],
        Program = new(c => Run(c.GetValue(Topic))) { Arguments = [Topic] },
        Session = new("[NAME]", "adam", InSession) { Summary = "this list; or what a layer, function, optimizer or command does" },
    };

    /// <summary>Without a name, which lists there are.</summary>
    public static int Run(string? name)
    {
        var help = new HelpText(CommandTable.All, program: true);
        Console.Out.WriteLine(name is null
            ? "nn help NAME tells of a layer, function, optimizer, setting or command of the session, such as nn help adam; lists: "
                + $"{string.Join(", ", HelpText.Lists)}. nn --help shows the commands."
            : help.For(name) ?? throw new NnException(ExitCode.Usage, help.Unknown(name)));
        return 0;
    }

    private static Argument<string?> About()
    {
        var topic = new Argument<string?>("name")
        {
            Description = $"a layer, function, optimizer, setting or command; or a list: {string.Join(", ", HelpText.Lists)}",
            Arity = ArgumentArity.ZeroOrOne
        };
        topic.CompletionSources.Add([.. HelpText.Lists]);
        return topic;
    }

    private static void InSession(ReplSession s, string[] words)
    {
        if (words.Length == 0)
        {
            int width = s.Commands.Max(c => c.Form.Length) + 1;
            s.Say("Type statements of the language, or:");
            foreach (CommandRow c in s.Commands) s.Say($"  {c.Form.PadRight(width)} {c.SessionSummary}");
            s.Say($":help NAME tells of a name; lists: {string.Join(", ", HelpText.Lists)}");
            s.Say("Names of commands may be cut short (:tr). Tab completes, up and down go through what was typed, Ctrl-D ends the session.");
            return;
        }

        var help = new HelpText([.. s.Commands]);
        s.Say(help.For(words[0]) ?? throw new NnException(ExitCode.Usage, help.Unknown(words[0])));
    }
}
