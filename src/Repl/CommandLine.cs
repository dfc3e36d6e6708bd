using System.CommandLine;
using System.CommandLine.Parsing;
using Nn.Dsl;
using Nn.Repl.Commands;
using Nn.Repl.Help;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl;

/// <summary>The command line: which commands and options there are.</summary>
internal static class CommandLine
{
    /// <summary>Parses and runs; the exit code.</summary>
    public static int Run(string[] args)
    {
        RootCommand root = Build();
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count == 0) return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        string[] names = [.. root.Subcommands.Select(c => c.Name)];
        string? first = args.FirstOrDefault(a => !a.StartsWith('-'));
        if (first is null)
        {
            foreach (string mistake in Mistakes(parsed)) Console.Error.WriteLine($"nn: {mistake}");
            Console.Error.WriteLine("nn: `nn --help` shows the commands");
        }
        else if (!names.Contains(first))
        {
            string? near = Suggest.Nearest(first, names);
            Console.Error.WriteLine(
                $"nn: there is no command '{first}'{(near is null ? $"; there are {string.Join(", ", names)}" : $"; did you mean '{near}'?")}");
        }
        else
        {
            foreach (string mistake in Mistakes(parsed)) Console.Error.WriteLine($"nn: {mistake}");
            Console.Error.WriteLine($"nn: `nn {first} --help` shows the options");
        }

        return (int)ExitCode.Usage;
    }

    /// <summary>Runs; what goes wrong is told on the error output, and its exit code comes back.</summary>
    public static int Guarded(string[] args)
    {
        try
        {
            return Run(args);
        }
        catch (NnException e)
        {
            ErrorOutput.Tell(e is ScriptException ? Told.Of(e) : $"nn: {Told.Of(e)}");
            return (int)e.Code;
        }
        catch (Exception e) when (Failure.Of(e) is (not ExitCode.Internal and var code, var reason))
        {
            ErrorOutput.Tell($"nn: {reason}");
            return (int)code;
        }
        catch (Exception e)
        {
            bool debug = Environment.GetEnvironmentVariable("NN_DEBUG") is { Length: > 0 };
            ErrorOutput.Tell($"nn: this is a defect of nn, not of your script: {(debug ? e : Failure.Of(e).Reason)}");
            if (!debug) ErrorOutput.Tell("nn: NN_DEBUG=1 shows where it happened");
            return (int)ExitCode.Internal;
        }
    }

    private static IEnumerable<string> Mistakes(ParseResult parsed)
    {
        // What follows an unknown option is its value.
        if (parsed.UnmatchedTokens.Count > 0)
        {
            string wrong = parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith('-')) ?? parsed.UnmatchedTokens[0];
            string? near = Suggest.Nearest(wrong, parsed.CommandResult.Command.Options.Select(o => o.Name));
            return [wrong.StartsWith('-') ? $"there is no option {wrong}{(near is null ? "" : $"; did you mean {near}?")}" : $"'{wrong}' is one word too many"];
        }

        return parsed.Errors.Select(e => e.SymbolResult switch
        {
            OptionResult { Tokens.Count: 0 } o => $"{o.Option.Name} needs a value: {o.Option.Description}",
            ArgumentResult { Argument.Name: "models" } => "which model? write a trained one after the command, such as model.safetensors",
            ArgumentResult { Argument.Name: "file" } => "which script? write it after the command",
            _ => e.Message,
        }).Distinct();
    }

    /// <summary>All commands.</summary>
    internal static RootCommand Build()
    {
        var root = new RootCommand("neural networks described in a small language");
        foreach (CommandRow row in CommandTable.All.OrderBy(c => c.Group))
        {
            if (row.Program is { } form) root.Subcommands.Add(form.Make(row.Name, row.Summary));
        }

        HelpOptions.AddTo(root, CommandTable.All);
        foreach (Option o in SessionCommand.Asked) root.Options.Add(o);
        root.SetAction(c => SessionCommand.Run(c, null));
        return root;
    }
}
