using System.CommandLine;
using System.CommandLine.Completions;

namespace Nn.Repl.Completion;

/// <summary>What may stand in place of a value.</summary>
/// <param name="Words">One of these words.</param>
/// <param name="Endings">A file with one of these endings; <c>*</c> is any.</param>
/// <param name="Folders">A folder.</param>
/// <param name="Lets">The name of a <c>let</c> of the script on the command line, and a value.</param>
internal sealed record CompletedValue(IReadOnlyList<string> Words, IReadOnlyList<string> Endings, bool Folders = false, bool Lets = false)
{
    /// <summary>Something that only the user knows.</summary>
    public static CompletedValue Free { get; } = new([], []);

    /// <summary>A file with one of these endings.</summary>
    public static CompletedValue File(params string[] endings) => new([], endings);
}

/// <summary>An option of a command.</summary>
/// <param name="Names">Its names, the usual one first.</param>
/// <param name="Description">What it does.</param>
/// <param name="Value">What follows it; null where nothing does.</param>
internal sealed record CompletedOption(IReadOnlyList<string> Names, string Description, CompletedValue? Value);

/// <summary>A command.</summary>
/// <param name="Path">Its words after <c>nn</c>, such as <c>data fetch</c>; empty for <c>nn</c> itself.</param>
/// <param name="Description">What it does.</param>
/// <param name="Options">Its options.</param>
/// <param name="Arguments">What stands there without an option.</param>
/// <param name="Commands">The commands below it.</param>
internal sealed record CompletedCommand(
    string Path, string Description, IReadOnlyList<CompletedOption> Options, IReadOnlyList<CompletedValue> Arguments, IReadOnlyList<CompletedCommand> Commands)
{
    /// <summary>Its own word.</summary>
    public string Name => Path[(Path.LastIndexOf(' ') + 1)..];

    /// <summary>Itself and all below it.</summary>
    public IEnumerable<CompletedCommand> All => Commands.SelectMany(c => c.All).Prepend(this);
}

/// <summary>What the completion scripts of all shells are made from: the commands as the command line knows them.</summary>
internal static class CompletionTree
{
    // Values that the type of an option does not tell; what is not here is a file if it is text.
    private static readonly Dictionary<string, CompletedValue> Known = new()
    {
        ["--device"] = new(DeviceRequest.Names, []),
        ["bench --device"] = new([.. DeviceRequest.Names, "all"], []),
        ["--set"] = new([], [], Lets: true),
        ["--model"] = CompletedValue.File("safetensors"),
        ["--save"] = CompletedValue.File("safetensors"),
        ["--resume"] = CompletedValue.File("safetensors"),
        ["--into"] = CompletedValue.File("nn"),
        ["--to"] = CompletedValue.File("onnx", "safetensors", "npz"),
        ["--samples"] = new([], [], Folders: true),
        ["--run"] = new([], [], Folders: true),
        ["--prompt"] = CompletedValue.Free,
        ["--command"] = CompletedValue.Free,
        ["--of"] = CompletedValue.Free,
        ["--part"] = CompletedValue.Free,
        ["--from"] = CompletedValue.Free,
        ["file"] = CompletedValue.File("nn"),
        ["models"] = CompletedValue.File("safetensors"),
        ["--host"] = CompletedValue.Free,
        ["--token"] = CompletedValue.Free,
        ["generate file"] = CompletedValue.File("nn", "safetensors"),
        ["export file"] = CompletedValue.File("nn", "safetensors"),
        ["import file"] = CompletedValue.File("safetensors", "npz", "onnx"),
        ["inputs"] = CompletedValue.File("png"),
        ["folder"] = new([], [], Folders: true),
        ["run"] = new([], [], Folders: true),
    };

    /// <summary>The tree below a command.</summary>
    public static CompletedCommand Of(Command command, string path = "")
    {
        CompletedOption[] options =
        [
            .. command.Options.Concat(command.Parents.OfType<Command>().SelectMany(p => p.Options).Where(o => o.Recursive)).Where(o => !o.Hidden)
                .Select(o => new CompletedOption(
                [o.Name, .. o.Aliases.Where(a => a is ['-', >= 'a' and <= 'z'])], o.Description ?? "",
                o.Arity.MaximumNumberOfValues == 0 || o.ValueType == typeof(bool) ? null : Value(o, path))),
        ];
        return new CompletedCommand(
            path, command.Description ?? "", options, [.. command.Arguments.Select(a => Value(a, path))],
            [.. command.Subcommands.Where(c => !c.Hidden).Select(c => Of(c, path.Length == 0 ? c.Name : $"{path} {c.Name}"))]);
    }

    /// <summary>What may stand for an option or argument of a command.</summary>
    public static CompletedValue Value(Symbol symbol, string path)
    {
        if (Known.GetValueOrDefault($"{path} {symbol.Name}") is { } special) return special;
        if (Known.GetValueOrDefault(symbol.Name) is { } known) return known;
        string[] words = [.. symbol.GetCompletions(CompletionContext.Empty).Select(c => c.Label)];
        if (words.Length > 0) return new CompletedValue(words, []);
        Type type = symbol is Option o ? o.ValueType : ((Argument)symbol).ValueType;
        return type == typeof(string) || type == typeof(string[]) ? CompletedValue.File("*") : CompletedValue.Free;
    }
}
