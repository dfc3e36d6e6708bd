using Nn.Dsl;
using Nn.Graphs;
using Nn.Networks.Inspection;
using Nn.Planning;
using Nn.Repl.Reports;
using Nn.Repl.Session;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Commands;

/// <summary>Commands that only the session has: about its statements, its training and its files.</summary>
internal static class SessionCommands
{
    /// <summary>Statements.</summary>
    public static IReadOnlyList<CommandRow> Statements { get; } =
    [
        new("load", CommandGroup.Write, "replaces everything by a script")
        {
            Session = new("FILE", "examples/xor.nn", (s, w) => s.Files.LoadScript(CommandWords.One(w, "load", "a script file"))),
        },
        new("list", CommandGroup.Write, "the statements so far, as a script") { Session = new(List) },
        new("drop", CommandGroup.Write, "takes a statement out") { Session = new("NAME", "search", (s, w) => s.Drop(CommandWords.One(w, "drop", "a name"))) },
        new("undo", CommandGroup.Write, "takes the last change of the statements back") { Session = new(s => s.Files.Undo()) },
        new("show", CommandGroup.Write, "a statement, the values of a weight, or a number such as lr; step: all numbers of the step to come")
        {
            Session = new("NAME | step | numbers", "dense_1.weight", Show),
        },
    ];

    /// <summary>The training.</summary>
    public static IReadOnlyList<CommandRow> Training { get; } =
    [
        new("set", CommandGroup.Train, "changes a let, the learning rate (lr) or another number, in mid-training too")
        {
            Session = new("NAME=VALUE", "lr=1e-4", Set),
        },
        new("device", CommandGroup.Speed, "shows the device, or moves everything to another") { Session = new("[NAME]", "vulkan", Device) },
        new("stop", CommandGroup.Train, "ends the training: the model stays, the next :train begins with its first epoch") { Session = new(s => s.Stop()) },
        new("reset", CommandGroup.Train, "forgets what was learned: the next :train starts from first values") { Session = new(s => s.Reset()) },
    ];

    /// <summary>Files, and the session itself.</summary>
    public static IReadOnlyList<CommandRow> Files { get; } =
    [
        new("save", CommandGroup.Use, "saves the script (.nn), or script and weights (.safetensors)")
        {
            Session = new("FILE", "model.safetensors", (s, w) => s.Files.Save(CommandWords.One(w, "save", "a file"))),
        },
        new("open", CommandGroup.Use, "replaces everything by a saved model")
        {
            Session = new("FILE", "model.safetensors", (s, w) => s.Files.OpenCheckpoint(CommandWords.One(w, "open", "a checkpoint"))),
        },
        new("restore", CommandGroup.Around, "brings back what the last session did not save") { Session = new(s => s.Files.Restore()) },
        new("history", CommandGroup.Around, "what was typed") { Session = new(s => s.Say(string.Join('\n', s.History.Entries.TakeLast(50)))) },
        new("quit", CommandGroup.Around, "ends the session") { Session = new(s => s.Quit()) },
    ];

    private static void List(ReplSession s) =>
        s.Say(s.Workspace.Snippets.Count == 0 ? "nothing is defined; type a statement, or :load examples/xor.nn" : s.Workspace.Text.TrimEnd('\n'));

    private static void Set(ReplSession s, string[] words)
    {
        string pair = string.Concat(words);
        int at = pair.IndexOf('=');
        if (at < 1 || at == pair.Length - 1) throw new NnException(ExitCode.Usage, "write :set NAME=VALUE, such as :set lr=1e-4");
        s.Set(pair[..at], pair[(at + 1)..]);
    }

    private static void Device(ReplSession s, string[] words)
    {
        if (words.Length == 0) s.Say($"{s.Device}; there are {DeviceChoice.Forms}, :devices lists them");
        else s.MoveTo(CommandWords.One(words, "device", DeviceChoice.Forms));
    }

    private static void Show(ReplSession s, string[] words)
    {
        string name = CommandWords.One(words, "show", "a name");
        Snippet[] found = [.. s.Workspace.Snippets.Where(x => x.Name == name)];
        if (found.Length > 0)
        {
            s.Say(string.Join('\n', found.Select(f => f.Text)));
            return;
        }

        TrainingSession session = s.Live().Session;
        if (name == "step")
        {
            s.Say(StepWalkText.Write(StepWalk.Of(session), session, s.Open().Source));
            return;
        }

        if (name == "numbers")
        {
            Numbers(s, session.Numbers);
            return;
        }

        KeyValuePair<Parameter, Slot>[] tensors = [.. session.Plan.Slots.Parameters.Where(
            p => p.Key.Name == name || p.Key.Name.Contains(name, StringComparison.Ordinal))];
        foreach ((Parameter p, Slot slot) in tensors) s.Say(TensorText.Write(p.Name, p.Shape, session.Read<float>(slot)));
        if (tensors.Length > 0) return;
        TrainingNumber[] numbers = [.. session.Numbers.Called(name)];
        if (numbers.Length == 0)
        {
            string[] names = [.. s.Workspace.Snippets.Select(x => x.Name), .. session.Plan.Slots.Parameters.Keys.Select(p => p.Name),
                .. session.Numbers.Select(n => n.Name)];
            string near = Suggest.Nearest(name, names) is { } n ? $"did you mean '{n}'?" : $"there are {string.Join(", ", names)}";
            throw new NnException(ExitCode.Usage, $"nothing is called '{name}'; {near}");
        }

        Numbers(s, numbers);
    }

    // Those that may change while training: what each is in the step to come, and who says so.
    private static void Numbers(ReplSession s, IReadOnlyCollection<TrainingNumber> numbers)
    {
        if (numbers.Count == 0)
        {
            s.Say("this training has no numbers that may change while it goes on");
            return;
        }

        TrainingNumbers all = s.Live().Session.Numbers;
        string Source(TrainingNumber n) => n.Source switch
        {
            NumberSource.Schedule => $"schedule {n.ScheduleText}" + (n.Held is null ? "" : $", from {NumberText.Number(n.Base)} set by hand"),
            NumberSource.Sweep => "sweep",
            NumberSource.Hand => "set by hand",
            _ => "script",
        };
        string[][] rows = [["number", "now", "script", "by"], .. numbers.Select(n => new[] { n.Name, NumberText.Number(all.Now(n)), n.Stated, Source(n) })];
        s.Say(string.Join('\n', TextTable.Lines(rows)));
    }
}
