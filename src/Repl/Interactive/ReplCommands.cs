using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Planning;
using Nn.Repl.Commands;
using Nn.Repl.Inspect;
using Nn.Repl.Plots;
using Nn.Repl.Serve;
using Nn.Training;

namespace Nn.Repl;

/// <summary>The table of <c>:commands</c>.</summary>
internal static class ReplCommands
{
    private const int ShownSamples = 10;
    private const int ShownCharacters = 300;

    /// <summary>Every command, in the order of the help.</summary>
    public static IReadOnlyList<ReplCommand> All { get; } =
    [
        new("help", "[NAME]", "this list; or what a layer, function, optimizer or command does", Help),
        new("load", "FILE", "replaces everything by a script", (s, w) => s.LoadScript(One(w, "load", "a script file"))),
        new("list", "", "the statements so far, as a script", (s, w) => s.Say(s.Workspace.Snippets.Count == 0 ? "nothing is defined; type a statement, or :load examples/xor.nn" : s.Workspace.Text.TrimEnd('\n'))),
        new("drop", "NAME", "takes a statement out", (s, w) => s.Drop(One(w, "drop", "a name"))),
        new("undo", "", "takes the last change of the statements back", (s, w) => s.Undo()),
        new("check", "", "every mistake of the script", (s, w) => InspectCommands.Check(s.Options())),
        new("train", "[N epochs | N steps]", "trains; Ctrl-C pauses and keeps the model", Train),
        new("serve", "[PORT]", "a page that shows the training and controls it; Ctrl-C comes back, with the model as it is then", Serve),
        new("set", "NAME=VALUE", "changes a let, the learning rate (lr) or another number, in mid-training too", Set),
        new("device", "[NAME]", "shows the device, or moves everything to another", Device),
        new("stop", "", "ends the training: the model stays, the next :train begins with its first epoch", (s, w) => s.Stop()),
        new("reset", "", "forgets what was learned: the next :train starts from first values", (s, w) => s.Reset()),
        new("search", "[N | resume]", "tries values of lets, as the search block says; the best are in force afterwards", SessionCommands.Search),
        new("cv", "[FOLDS]", "cross-validates: trains with each fold of the data held out once", SessionCommands.CrossValidate),
        new("eval", "", "loss and metrics of the validation part", Evaluate),
        new("predict", "[NUMBERS…]", "outputs for given inputs, or for samples of the validation part", Predict),
        new("generate", "[BEGINNING]", "text that goes on from a beginning, with a model of characters", Generate),
        new("plot", "WHAT [> FILE]", "pictures: loss, boundary, weights, confusion …; alone it lists them", PlotCommand.Run),
        new("show", "NAME | step", "a statement, or the values of a weight; step: all numbers of the step to come", Show),
        new("summary", "", "layers, shapes, parameters, operations, memory", (s, w) => SummaryCommand.Run(s.Options())),
        new("explain", "", "what the script means, with all defaults", (s, w) => ExplainCommand.Run(s.Options())),
        new("data", "", "what was decided about the data", (s, w) => DataCommand.Run(s.Options())),
        new("graph", "[operations] [> FILE]", "the layers from inputs to loss as Mermaid, or drawn into .svg, .png or .dot; operations: what a training step computes", SessionCommands.Graph),
        new("plan", "", "kernels, slots and bytes of every entry", (s, w) => InspectCommands.Plan(s.Options())),
        new("gradcheck", "", "compares gradients with central differences", (s, w) => GradCheckCommand.Run(s.Options())),
        new("compare", "", "one step and one epoch on every device, tensor by tensor beside the reference", (s, w) => CompareCommand.Run(s.Options(), 0)),
        new("bench", "[all]", "training steps per second; all: on every device", (s, w) => BenchCommand.Run(s.Options() with { Device = w is ["all"] ? "all" : s.Device }, 1)),
        new("memory", "[ENTRY] [> FILE]", "who lives when in the memory of a training step, or of evaluate or predict; also drawn into .svg or .png", Memory),
        new("profile", "", "the time of each kernel of a training step, measured on the device", (s, w) => ProfileCommand.Run(s.Options() with { Device = s.Device }, 2)),
        new("devices", "", "every device with driver, memory and limits", (s, w) => DevicesCommand.Run(s.Json)),
        new("save", "FILE", "saves the script (.nn), or script and weights (.safetensors)", (s, w) => s.Save(One(w, "save", "a file"))),
        new("open", "FILE", "replaces everything by a saved model", (s, w) => s.OpenCheckpoint(One(w, "open", "a checkpoint"))),
        new("export", "FILE [MODEL]", "the model as .onnx, or its weights as .safetensors or .npz", SessionCommands.Export),
        new("import", "FILE [NAMES]", "weights of another program for the models here; an .onnx file becomes a model", SessionCommands.Import),
        new("sample", "FILE [MODEL]", "a picture of images that a model makes", SessionCommands.Sample),
        new("fmt", "", "writes the statements in the usual form", (s, w) => s.Format()),
        new("restore", "", "brings back what the last session did not save", (s, w) => s.Restore()),
        new("history", "", "what was typed", (s, w) => s.Say(string.Join('\n', s.History.Entries.TakeLast(50)))),
        new("quit", "", "ends the session", (s, w) => s.Quit()),
    ];

    /// <summary>The command of that name, or the only one that begins so.</summary>
    public static ReplCommand? Find(string name)
    {
        if (All.FirstOrDefault(c => c.Name == name) is { } exact) return exact;
        ReplCommand[] near = [.. All.Where(c => c.Name.StartsWith(name, StringComparison.Ordinal))];
        return near is [var only] ? only : null;
    }

    private static string One(string[] words, string command, string what) =>
        words is [var only] ? only : throw new NnException(ExitCode.Usage, $":{command} takes {what}");

    private static void Train(ReplSession s, string[] words)
    {
        NnException Wrong() => new(ExitCode.Usage, "write :train, :train 3 epochs or :train 100 steps");
        if (words.Length == 0)
        {
            s.Train(null, null);
            return;
        }

        if (words.Length > 2 || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int n) || n < 1) throw Wrong();
        switch (words.Length == 1 ? "epochs" : words[1])
        {
            case "epoch" or "epochs": s.Train(n, null); break;
            case "step" or "steps": s.Train(null, n); break;
            default: throw Wrong();
        }
    }

    private static void Serve(ReplSession s, string[] words)
    {
        if (words.Length > 1 || PlayCommand.PortOf(words.FirstOrDefault("0")) is not { } port) throw new NnException(ExitCode.Usage, "write :serve, or :serve 8080 for a port");
        s.Serve(port);
    }

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
        else s.MoveTo(One(words, "device", DeviceChoice.Forms));
    }

    private static void Memory(ReplSession s, string[] words)
    {
        (string[] what, string? file) = PlotCommand.Target(words);
        MemoryCommand.Run(s.Options(), what.Length == 0 ? "train" : One(what, "memory", "an entry of the plan, such as evaluate"), file);
    }

    private static void Evaluate(ReplSession s, string[] words)
    {
        Dictionary<string, double> metrics = s.Live().Session.Evaluate();
        if (metrics.Count == 0) throw new NnException(ExitCode.Script, "there is no validation part; add `split 80/20` to the data");
        if (s.Json) JsonLine.Write(("event", "eval"), ("metrics", metrics));
        else foreach ((string name, double value) in metrics) s.Say($"{name,-16} {TrainingDisplay.Number(value)}");
    }

    private static void Predict(ReplSession s, string[] words)
    {
        LiveTraining live = s.Live();
        LoadedData data = live.Session.Data;
        if (data.Vocabulary is not null) throw new NnException(ExitCode.Usage, "this model goes on with texts; write :generate BEGINNING");
        TrainingDefinition training = live.Session.Definition;
        if (training.Predictor is null) throw new NnException(ExitCode.Usage, "this script's loss does not compare a model's output with the target, so there is nothing to predict");
        var table = new PredictionTable(training, s.Json, tellsTruth: true);
        if (words.Length > 0)
        {
            (IReadOnlyList<byte[]> stored, int samples) = PredictionInputs.Read(data.Schema, training.PredictedFrom, words);
            table.Write(live.Predict(stored, samples), samples, null);
            return;
        }

        Part part = data.Validation.Samples > 0 ? data.Validation : data.Training;
        int count = Math.Min(ShownSamples, part.Samples);
        table.Write(live.Predict(PredictionInputs.First(data.Schema, training.PredictedFrom, part, count), count), count, part);
    }

    private static void Generate(ReplSession s, string[] words)
    {
        TrainingSession session = s.Live().Session;
        int context = session.Data.Input.Width;
        if (session.Data.Vocabulary is not { } vocabulary || session.Definition.Predictor is not { } model || !TextGenerator.Fits(model, context, vocabulary.Size))
            throw new NnException(ExitCode.Usage, ":generate needs a model of characters: data from text \"file.txt\", context: 64, and a model that ends with: dense classes, softmax");
        string prompt = string.Join(' ', words);
        var generator = new TextGenerator(
            window => session.Predict(MemoryMarshal.AsBytes(window.AsSpan())), context, vocabulary.Beginning(prompt), session.Definition.Seed);
        s.Say(prompt + string.Concat(Enumerable.Range(0, ShownCharacters).Select(_ => vocabulary.Symbol(generator.Next()))));
    }

    private static void Show(ReplSession s, string[] words)
    {
        string name = One(words, "show", "a name");
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

        KeyValuePair<Parameter, Slot>[] tensors = [.. session.Plan.Slots.Parameters.Where(p => p.Key.Name == name || p.Key.Name.Contains(name, StringComparison.Ordinal))];
        if (tensors.Length == 0)
        {
            string[] names = [.. s.Workspace.Snippets.Select(x => x.Name), .. session.Plan.Slots.Parameters.Keys.Select(p => p.Name)];
            throw new NnException(ExitCode.Usage, $"nothing is called '{name}'{(Suggest.Nearest(name, names) is { } near ? $"; did you mean '{near}'?" : $"; there are {string.Join(", ", names)}")}");
        }

        foreach ((Parameter p, Slot slot) in tensors) s.Say(TensorText.Write(p.Name, p.Shape, session.Read<float>(slot)));
    }

    private static void Help(ReplSession s, string[] words)
    {
        if (words.Length == 0)
        {
            int width = All.Max(c => c.Name.Length + c.Arguments.Length) + 2;
            s.Say("Type statements of the language, or:");
            foreach (ReplCommand c in All) s.Say($"  :{$"{c.Name} {c.Arguments}".PadRight(width)} {c.Summary}");
            s.Say($":help NAME tells of a name; lists: {string.Join(", ", HelpText.Lists)}");
            s.Say("Names of commands may be cut short (:tr). Tab completes, up and down go through what was typed, Ctrl-D ends the session.");
            return;
        }

        s.Say(HelpText.For(words[0]) ?? throw new NnException(ExitCode.Usage, HelpText.Unknown(words[0])));
    }
}
