using System.Globalization;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Networks.Figures;
using Nn.Networks.Runs;
using Nn.Repl.Live;
using Nn.Repl.Options;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Repl.Session;

/// <summary>
/// What a person works on in the REPL: statements, the training that they describe, the device. Takes one input after another; a mistake is told and leaves
/// everything as it was.
/// </summary>
internal sealed partial class ReplSession : IFigureSource, IDisposable
{
    private readonly Workspace _workspace = new();
    private readonly bool _json;
    private readonly IReadOnlyList<CommandRow> _commands;
    private readonly Lock _working = new();
    private (string Key, LoadedData Data)? _data;
    private Project? _project;
    private string? _projectText;
    private TrainingRun? _live;
    private CancellationTokenSource? _running;
    private readonly UnsavedWork _unsaved = new();
    private readonly bool _keeps;
    private bool _interruptible, _unkept;
    private readonly WritingPace _pace = new();

    // What a lost device left, from which the next training goes on, and the epochs of the one that it took.
    private (Safetensors Training, IList<EpochResult> Epochs)? _recalled;
    private string[] _warned = [];
    private int _asked;

    /// <summary>An empty session.</summary>
    /// <param name="device">As asked for.</param>
    /// <param name="json">Whether it answers by events.</param>
    /// <param name="history">What was typed.</param>
    /// <param name="commands">The commands that there are.</param>
    /// <param name="keeps">Whether what is not saved is written to the state folder as it goes, so that a kill costs little.</param>
    public ReplSession(DeviceRequest device, bool json, History history, IReadOnlyList<CommandRow> commands, bool keeps = false) =>
        (Device, _json, History, _commands, _keeps) = (device, json, history, commands, keeps);

    /// <summary>What may follow a colon.</summary>
    public IEnumerable<CommandRow> Commands => _commands.Where(c => c.Session is not null);

    /// <summary>Whether the session is to end.</summary>
    public bool Over { get; private set; }

    /// <summary>The exit code of the last input that failed, 0 if none did.</summary>
    public ExitCode Code { get; private set; }

    /// <summary>The device asked for.</summary>
    public DeviceRequest Device { get; private set; }

    /// <summary>What was typed.</summary>
    public History History { get; }

    /// <summary>The statements.</summary>
    public Workspace Workspace => _workspace;

    /// <summary>Does what a line, or several that make a statement, say.</summary>
    public void Execute(string input)
    {
        string text = input.Trim();
        if (text.Length == 0) return;
        lock (_working)
        {
            Guarded(text);
            KeepAfterInput();
        }
    }

    private void Guarded(string text)
    {
        _asked = 0;
        try
        {
            if (text[0] == ':') Command(text);
            else Define(text);
        }
        catch (NnException e)
        {
            Fail(e.Code, e is ScriptException ? e.Message : $"error: {e.Message}{(e.Code == ExitCode.DeviceLost ? AfterLoss() : "")}");
        }
        catch (Exception e) when (e is not IOException)
        {
            // The session outlives a defect; the work in it is worth more than the rest.
            bool debug = Environment.GetEnvironmentVariable("NN_DEBUG") is { Length: > 0 };
            (ExitCode code, string reason) = Failure.Of(e);
            Fail(code, code == ExitCode.Internal ? $"error: this is a defect of nn, not of your script: {(debug ? e : reason)}" : $"error: {reason}");
        }
    }

    /// <summary>Whether an input is a whole: its brackets are closed.</summary>
    public static bool IsComplete(string text)
    {
        if (text.TrimStart().StartsWith(':')) return true;
        int depth = 0;
        foreach (Token t in Lexer.Tokenize(new SourceText("", text), new Diagnostics(new SourceText("", text))))
        {
            if (t.Is("{") || t.Is("(") || t.Is("[")) depth++;
            if (t.Is("}") || t.Is(")") || t.Is("]")) depth--;
        }

        return depth <= 0;
    }

    /// <summary>Ctrl-C: a training under way pauses; of what cannot be stopped the session is asked for once more before it ends.</summary>
    /// <returns>Whether the session lives on.</returns>
    public bool Interrupt()
    {
        if (_interruptible) return true;
        if (_running is { } training)
        {
            training.Cancel();
            return true;
        }

        if (Interlocked.Increment(ref _asked) > 1)
        {
            KeepUnsaved(weights: false);
            return false;
        }

        Say("this cannot be stopped half-way; Ctrl-C once more ends the session");
        return true;
    }

    /// <summary>
    /// Ends the session from outside, by a closed window or a polite kill: a training ends with its step, then what was not saved is kept. Of what does not end within
    /// <paramref name="patience"/> the statements are kept.
    /// </summary>
    public void Terminate(TimeSpan patience)
    {
        try
        {
            _running?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }

        // Never left again: nothing more is to begin.
        bool idle = _working.TryEnter(patience);
        KeepUnsaved(weights: idle);
    }

    /// <summary>Runs what takes care of Ctrl-C itself.</summary>
    internal void Interruptible(Action work)
    {
        _interruptible = true;
        try
        {
            work();
        }
        finally
        {
            _interruptible = false;
        }
    }

    /// <summary>Notes that there is something to save.</summary>
    internal void Touch() => Changed = true;

    // Whether there is something to save.
    private bool Changed
    {
        get;
        set
        {
            field = value;
            _unkept |= value;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Changed && _keeps) _unsaved.Forget();
        _unsaved.Dispose();
        _live?.Dispose();
    }

    // Statements.

    /// <summary>Takes statements down.</summary>
    internal void Define(string text)
    {
        IReadOnlyList<Snippet> added = Workspace.Split(new SourceText("input", text));
        if (added.Count == 0) return;
        _workspace.Accept(_workspace.With(added));
        Changed = true;
        try
        {
            Understand();
        }
        catch (NnException)
        {
            // Order does not matter in a script: what is missing may come next.
            if (!_json) Say($"(taken down; it works once this is put right: type {(added.Count == 1 ? "it" : "them")} again, add what is missing, or :undo)");
            throw;
        }
    }

    // After every change: says what it means now, and hands the living training over.
    private void Understand()
    {
        _project = null;
        if (_workspace.Snippets.Count == 0) return;
        Project project = Open();
        TellWarnings(project);
        if (project.Script.Training is null) return;
        if (_live is null)
        {
            foreach (Model m in project.Script.Training.Models)
                Say($"{m.Name}: {NamedShape.Text(m.Inputs)} → {NamedShape.Text(m.Outputs)}, {m.Parameters.Where(p => p.Trained).Sum(p => p.Shape.Count):N0} parameters");
            return;
        }

        TrainingRun next = _live.For(project, out IReadOnlyList<string> kept, out IReadOnlyList<string> fresh);
        _live.Dispose();
        _live = next;
        if (fresh.Count > 0) Say($"kept: {Names(kept)}; starts anew: {Names(fresh)}");
        else Say("all weights are kept");
    }

    // Each once: it stays true with every statement that follows.
    private void TellWarnings(Project project)
    {
        string[] now = [.. project.Warnings];
        foreach (string warning in now.Except(_warned)) Say(warning);
        _warned = now;
    }

    private static string Names(IReadOnlyList<string> names) => names.Count switch
    {
        0 => "nothing",
        <= 8 => string.Join(", ", names),
        _ => $"{string.Join(", ", names.Take(7))} and {names.Count - 7} more",
    };

    /// <summary>The statements as a script that means something.</summary>
    internal Project Open()
    {
        string text = _workspace.Text;
        if (_project is not null && _projectText == text) return _project;
        _project = Bind(text, _workspace.Origin);
        _projectText = text;
        return _project;
    }

    private Project Bind(string text, Origin origin) => Project.Bind(new SourceText(origin.File, text), BindOptions.None, spec => Load(spec, text, origin));

    // Data are read again only when something that describes them changed.
    private LoadedData Load(DataSpec spec, string text, Origin origin)
    {
        IEnumerable<Snippet> described = Workspace.Split(new SourceText(origin.File, text)).Where(s => s.Kind is "data" or "let");
        string key = string.Join('\n', described.Select(s => s.Text).Prepend($"{spec.Name} {origin}"));
        if (_data is { } known && known.Key == key) return known.Data;
        LoadedData data = Project.Load(spec, origin.File, origin.Trained, origin.Model);
        _data = (key, data);
        return data;
    }

    /// <summary>The training, started if it is not yet.</summary>
    internal TrainingRun Live()
    {
        Project project = Open();
        if (_live is null || _live.Project != project)
        {
            TrainingRun next = _live is null ? Begin(project) : _live.For(project, out _, out _);
            _live?.Dispose();
            _live = next;
        }

        return _live;
    }

    // Commands.

    private void Command(string text)
    {
        string[] words = CommandWords.Of(text[1..]);
        if (words.Length == 0) throw new NnException(ExitCode.Usage, "a command's name follows the colon; :help lists them");
        CommandRow command = Find(words[0])
            ?? throw new NnException(ExitCode.Usage, $"there is no command :{words[0]}{(Suggest.Nearest(words[0], Commands.Select(c => c.Name)) is { } near ? $"; did you mean :{near}?" : "; :help lists them")}");
        command.Session!.Run(this, words[1..]);
    }

    /// <summary>Options for a command that is also one of the command line.</summary>
    internal RunOptions Options() => new(_workspace.Origin.File, Device, BindOptions.None, _json, false, null, null, null) { Project = Open() };

    /// <summary>Trains to the end of the script's epochs, for some more, or for some steps.</summary>
    internal void Train(int? epochs, long? steps)
    {
        TrainingRun live = Live();
        TrainingSession session = live.Session;
        int last = epochs is { } more ? session.Epoch + more : steps is null ? session.Definition.Epochs : int.MaxValue;
        if (session.Epoch >= last)
        {
            Say($"all {session.Definition.Epochs} epochs are done; `:train 3 epochs` goes on, `:reset` starts anew");
            return;
        }

        // After an early stop somebody who goes on wants to see more than one epoch.
        live.Trainer.State.Waited = 0;
        // Some steps are seen within the epochs of the script.
        var display = new TrainingDisplay(session, _json, quiet: false, steps is null ? last : Math.Max(session.Definition.Epochs, session.Epoch + 1), live.Epochs);
        live.Trainer.OnProgress = p =>
        {
            display.Progress(p);
            KeepDuringTraining();
        };
        live.Trainer.OnEpoch = e =>
        {
            live.Epochs.Add(e);
            display.Epoch(e);
            KeepDuringTraining();
        };
        Changed = true;
        long before = session.Step;
        double secondsBefore = live.Trainer.TrainingSeconds;
        using var stop = new CancellationTokenSource();
        _running = stop;
        TrainingEnd end;
        try
        {
            using (display) end = live.Trainer.Run(stop.Token, last, steps ?? long.MaxValue);
        }
        finally
        {
            _running = null;
            Changed = true;
        }

        double seconds = live.Trainer.TrainingSeconds - secondsBefore;
        string how = end switch
        {
            TrainingEnd.StoppedEarly => $"stopped early; the best weights, of epoch {live.Trainer.State.BestEpoch + 1}, are in force",
            TrainingEnd.Interrupted when stop.IsCancellationRequested => $"paused in epoch {session.Epoch + 1}, step {session.StepInEpoch}; :train goes on",
            TrainingEnd.Interrupted => $"in epoch {session.Epoch + 1}, step {session.StepInEpoch}",
            _ => (session.Epoch == 1 ? "1 epoch is done" : $"{session.Epoch} epochs are done")
                + (live.Trainer.State.LastWeights.Count > 0 ? $", the best weights, of epoch {live.Trainer.State.BestEpoch + 1}, are in force" : ""),
        };
        long ran = session.Step - before;
        Say($"{how}; {ran:N0} steps in {NumberText.Time(seconds)} ({ran / Math.Max(seconds, 1e-9):N0} steps/s) on {session.Backend.Name}");
    }

    /// <summary>The command that a word after the colon means, whole or cut short.</summary>
    public CommandRow? Find(string word) => CommandRow.Find(_commands, word);

    /// <inheritdoc/>
    LoadedData? IFigureSource.Data => Open().Data;

    /// <inheritdoc/>
    IReadOnlyList<EpochResult> IFigureSource.Epochs => [.. _live?.Epochs ?? _recalled?.Epochs ?? []];

    /// <inheritdoc/>
    TrainingRun IFigureSource.Run() => Live();

    /// <summary>Ends the training under way: the model stays as it is, or as it was best, and the next training of it starts from its first epoch.</summary>
    internal void Stop()
    {
        if (_live is not { Session.Step: > 0 } live) throw new NnException(ExitCode.Usage, "no training is under way");
        bool best = live.Trainer.RecallBest();
        string weights = best ? $"the weights of epoch {live.Trainer.State.BestEpoch + 1}, the best, are in force" : "the model keeps its weights";
        TrainingRun next = live.Again();
        live.Dispose();
        _live = next;
        Say($"the training has ended; {weights}, and the next :train starts with its first epoch (:reset forgets the weights)");
    }

    /// <summary>First values for everything.</summary>
    internal void Reset()
    {
        _live?.Dispose();
        (_live, _recalled) = (null, null);
        Say("the next :train starts from first values");
    }

    /// <summary>Moves everything to another device.</summary>
    internal void MoveTo(DeviceRequest device)
    {
        if (_live is null)
        {
            DeviceChoice.Open(device).Dispose();
            Device = device;
            return;
        }

        TrainingRun moved = _live.On(device);
        _live.Dispose();
        _live = moved;
        Device = device;
        Say($"moved to {moved.Session.Backend.Device.Name}: weights, optimizer state, step {moved.Session.Step:N0}");
    }

    /// <summary>Changes a <c>let</c>, or a number of the training under way.</summary>
    internal void Set(string name, string value)
    {
        if (_workspace.Snippets.Any(s => s.Kind == "let" && s.Name == name))
        {
            SetLets(new Dictionary<string, string> { [name] = value });
            return;
        }

        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            throw new NnException(ExitCode.Usage, $"{name}: '{value}' is no number");
        TrainingRun live = Live();
        if (!live.SetNumber(name, number))
        {
            string[] names = ["lr", .. _workspace.Snippets.Where(s => s.Kind == "let").Select(s => s.Name), .. live.Numbers];
            throw new NnException(ExitCode.Usage, $"there is no number '{name}'{(Suggest.Nearest(name, names) is { } near ? $"; did you mean '{near}'?" : $"; there are {string.Join(", ", names)}")}");
        }

        Say($"{name} = {number.ToString("R", CultureInfo.InvariantCulture)} from the next step on");
    }

    /// <summary>Puts other values into <c>let</c>s, all or none.</summary>
    internal void SetLets(IReadOnlyDictionary<string, string> values)
    {
        foreach ((string name, string value) in values)
        {
            var one = new Diagnostics(new SourceText(":set", $"let {name} = {value}"));
            Script let = ScriptParser.Parse(one.Source, one);
            if (one.Any || let.Statements is not [LetStatement])
                throw new NnException(ExitCode.Usage, $":set {name}: {one.All.FirstOrDefault()?.Message ?? "it is more than one value"}; write one value, such as :set {name}=0.1");
        }

        string text = LetEdits.Apply(ScriptParser.Parse(new SourceText(_workspace.Origin.File, _workspace.Text)), values);
        Bind(text, _workspace.Origin);
        _workspace.Accept(Workspace.Split(new SourceText(_workspace.Origin.File, text)));
        (_project, Changed) = (null, true);
        if (_live is not null) Understand();
    }

    /// <summary>Writes the statements as the formatter does.</summary>
    internal void Format()
    {
        if (_workspace.Snippets.Count == 0) throw new NnException(ExitCode.Usage, "nothing is defined");
        var formatted = new SourceText(_workspace.Origin.File, Formatter.Format(new SourceText(_workspace.Origin.File, _workspace.Text)));
        _workspace.Accept(Workspace.Split(formatted));
        Changed = true;
        Say(_workspace.Text.TrimEnd('\n'));
    }

    /// <summary>Takes a statement out.</summary>
    internal void Drop(string name)
    {
        Snippet[] rest = [.. _workspace.Snippets.Where(s => s.Name != name)];
        if (rest.Length == _workspace.Snippets.Count)
            throw new NnException(ExitCode.Usage, $"nothing is called '{name}'{(Suggest.Nearest(name, _workspace.Snippets.Select(s => s.Name)) is { } near ? $"; did you mean '{near}'?" : "")}");
        _workspace.Accept(rest);
        Changed = true;
        Understand();
    }

    /// <summary>Ends the session.</summary>
    internal void Quit() => Over = true;

    /// <summary>Writes a line of an answer.</summary>
    internal void Say(string text)
    {
        if (_json) JsonLine.Write(("event", "reply"), ("text", text));
        else Console.Out.WriteLine(text);
    }

    /// <summary>Answers that come as a table or drawing, not as a line.</summary>
    internal bool Json => _json;

    private void Fail(ExitCode code, string message)
    {
        Code = code;
        if (_json) JsonLine.Write(("event", "error"), ("code", (int)code), ("message", message));
        else Console.Out.WriteLine(message);
    }
}
