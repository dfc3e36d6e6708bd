using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text;
using Nn.Repl.Completion;
using Nn.Repl.Options;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl.Help;

/// <summary>What <c>--help</c> shows: of <c>nn</c> the commands by what they are for, of a command its options and lines to copy.</summary>
/// <param name="commands">The commands that there are.</param>
internal sealed class HelpPage(IReadOnlyList<CommandRow> commands) : SynchronousCommandLineAction
{
    private const int WidestPage = 100;
    private const int WidestNames = 26;

    /// <summary>Lines to begin with.</summary>
    public static IReadOnlyList<string> First { get; } =
        ["nn                              # a session: statements and commands", "nn train examples/digits.nn",
            "nn predict xor.nn --model xor.safetensors 0 1"];

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        TextStyle style = TextStyle.ForOutput();
        Console.Out.Write(Of(parseResult.CommandResult.Command, style with { Width = Math.Min(style.Width, WidestPage) }));
        return 0;
    }

    /// <summary>The page of a command.</summary>
    public string Of(Command command, TextStyle style)
    {
        var text = new StringBuilder();
        string path = Path(command);
        string name = $"nn {path}".TrimEnd(), head = string.Join('\n', Wrap($"{name}: {command.Description}", style.Width));
        text.Append(style.Bold(name)).Append(head[name.Length..]).Append($"\n\nUsage: {Usage(command, path)}\n");
        IReadOnlyList<string> examples = command is RootCommand ? First : commands.FirstOrDefault(c => c.Name == path)?.Examples ?? [];
        Section(text, style, examples.Count > 1 ? "Examples" : "Example", [.. examples.Select(e => (e, ""))]);
        if (command is RootCommand)
        {
            int column = Shown(command).Max(c => Row(c).Item1.Length);
            foreach (IGrouping<CommandGroup, CommandRow> group in commands.Where(c => c.Program is not null).GroupBy(c => c.Group).OrderBy(g => g.Key))
            {
                Section(text, style, Title(group.Key),
                    [.. group.Select(c => Row(command.Subcommands.Single(s => s.Name == c.Name))).Select(r => (r.Item1, Short(r.Item2)))], column);
            }
        }
        else
        {
            Section(text, style, "Arguments",
                [.. command.Arguments.Select(a => (Placeholder(a, path), Described(a.Description, a.HasDefaultValue ? a.GetDefaultValue() : null)))]);
            Section(text, style, "Commands", [.. Shown(command).Select(Row)]);
        }

        Option[] options = [.. command.Options.Where(o => !o.Hidden && !o.Recursive)],
            shared = command is RootCommand ? [] : [.. options.Where(Common.All.Contains)];
        Section(text, style, "Options", [.. options.Except(shared).Select(o => Row(o, path))]);
        Section(text, style, "Options of most commands", [.. shared.Select(o => Row(o, path))]);
        if (command is RootCommand) text.Append("\n`nn COMMAND --help`: its options. `nn help NAME`: a word of the language.\n");
        return text.ToString();
    }

    private static string Title(CommandGroup group) => group switch
    {
        CommandGroup.Train => "Train",
        CommandGroup.Use => "Use a trained model",
        CommandGroup.Write => "Write and understand a script",
        CommandGroup.Speed => "Devices and speed",
        _ => "Around nn",
    };

    /// <summary>How a command is written after <c>nn</c>: its name and what follows it.</summary>
    public static string Form(Command command) => Row(command).Item1;

    private static string Path(Command command) =>
        command is RootCommand ? "" : $"{(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Path(parent) : "")} {command.Name}".TrimStart();

    private static IEnumerable<Command> Shown(Command command) => command.Subcommands.Where(c => !c.Hidden);

    private static string Usage(Command command, string path)
    {
        if (command is RootCommand) return "nn [COMMAND] [options]";
        string options = command.Options.Any(o => !o.Hidden) ? " [options]" : "";
        return $"nn {path}{Arguments(command, path)}{options}";
    }

    private static string Arguments(Command command, string path) =>
        string.Concat(command.Arguments.Select(a => a.Arity.MinimumNumberOfValues == 0 ? $" [{Placeholder(a, path)}]" : $" {Placeholder(a, path)}"));

    private static (string, string) Row(Command c) => ($"{c.Name}{Arguments(c, Path(c))}", c.Description ?? "");

    // Enough to choose a command by; its own page has all of it.
    private static string Short(string description) => description.IndexOfAny([':', ';']) is var end and > 0 ? description[..end] : description;

    private static (string, string) Row(Option o, string path)
    {
        string names = string.Join(", ", o.Aliases.Where(a => a is ['-', not '-', ..]).Append(o.Name));
        bool alone = o.ValueType == typeof(bool) || o.Arity.MaximumNumberOfValues == 0;
        string value = o.Arity.MinimumNumberOfValues == 0 ? $"[{Placeholder(o, path)}]" : Placeholder(o, path);
        return (alone ? names : $"{names} {value}", Described(o.Description, alone || !o.HasDefaultValue ? null : o.GetDefaultValue()));
    }

    private static string Placeholder(Symbol symbol, string path)
    {
        CompletedValue value = CompletionTree.Value(symbol, path);
        Type type = symbol is Option o ? o.ValueType : ((Argument)symbol).ValueType;
        bool number = (Nullable.GetUnderlyingType(type) ?? type).IsPrimitive;
        return number ? "N"
            : symbol.Name == "inputs" ? "INPUT…"
            : symbol.Name == "models" ? "MODEL…"
            : value.Lets ? "NAME=VALUE"
            : value.Folders ? "FOLDER"
            : symbol is Argument a && value.Words.Count > 0 ? a.Name.ToUpperInvariant()
            : value.Words.Count > 0 ? "NAME"
            : value.Endings.Count > 0 ? "FILE" : "TEXT";
    }

    private static string Described(string? text, object? unlessGiven) => unlessGiven is null or "" or 0 ? text ?? ""
        : FormattableString.Invariant($"{text} (default {unlessGiven})");

    private static void Section(StringBuilder text, TextStyle style, string title, IReadOnlyList<(string Name, string Description)> rows, int widest = 0)
    {
        if (rows.Count == 0) return;
        text.Append('\n').Append(style.Bold(title)).Append('\n');
        int column = Math.Min(WidestNames, Math.Max(widest, rows.Max(r => r.Name.Length)));
        foreach ((string name, string description) in rows)
        {
            if (description.Length == 0)
            {
                text.Append("  ").Append(name).Append('\n');
                continue;
            }

            string[] lines = [.. Wrap(description, style.Width - column - 4)];
            // A long name stands alone on its line.
            bool alone = name.Length > column;
            text.Append("  ").Append(alone ? name : name.PadRight(column)).Append(alone ? "\n" : $"  {lines[0]}\n");
            foreach (string line in alone ? lines : lines[1..]) text.Append(' ', column + 4).Append(line).Append('\n');
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return line.ToString();
    }
}
