using System.Globalization;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Graphs;
using Nn.Planning;
using Nn.Training;

namespace Nn.Repl;

/// <summary>
/// What a person works on in the REPL: statements, the training that they describe, the device. Takes one input after another; a mistake is told and leaves
/// everything as it was.
/// </summary>
internal sealed partial class ReplSession : IDisposable
{
    private const string Unsaved = "unsaved.nn", UnsavedWeights = "unsaved.safetensors";

    private readonly Workspace _workspace = new();
    private readonly Dictionary<string, string> _set = [];
    private readonly bool _json;
    private (string Key, LoadedData Data)? _data;
    private Project? _project;
    private string? _projectText;
    private LiveTraining? _live;
    private CancellationTokenSource? _running;
    private string _file = "session.nn";
    private string? _model;
    private bool _changed;

    /// <summary>An empty session.</summary>
    public ReplSession(string device, bool json, History history) => (Device, _json, History) = (device, json, history);

    /// <summary>Whether the session is to end.</summary>
    public bool Over { get; private set; }

    /// <summary>The exit code of the last input that failed, 0 if none did.</summary>
    public ExitCode Code { get; private set; }

    /// <summary>The device asked for.</summary>
    public string Device { get; private set; }

    /// <summary>What was typed.</summary>
    public History History { get; }

    /// <summary>The statements.</summary>
    public Workspace Workspace => _workspace;

    /// <summary>Does what a line, or several that make a statement, say.</summary>
    public void Execute(string input)
    {
        string text = input.Trim();
        if (text.Length == 0) return;
        try
        {
            if (text[0] == ':') Command(text);
            else Define(text);
        }
        catch (NnException e)
        {
            Fail(e.Code, e is ScriptException ? e.Message : $"error: {e.Message}");
        }
        catch (OutOfMemoryException)
        {
            Fail(ExitCode.OutOfMemory, "error: out of memory; use a smaller batch or model, or `limit` on the data");
        }
        catch (Exception e) when (e is not IOException)
        {
            // The session outlives a defect; the work in it is worth more than the rest.
            bool debug = Environment.GetEnvironmentVariable("NN_DEBUG") is { Length: > 0 };
            Fail(ExitCode.Internal, $"error: this is a defect of nn, not of your script: {(debug ? e : $"{e.GetType().Name}: {e.Message}")}");
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

    /// <summary>Asks a training under way to pause.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Interrupt()
    {
        if (_running is null) return false;
        _running.Cancel();
        return true;
    }

    /// <summary>Keeps what was not saved for the next session.</summary>
    public void KeepUnsaved()
    {
        if (!_changed || _workspace.Snippets.Count == 0) return;
        bool written = StateFolder.TryWrite(Unsaved, s => s.Write(System.Text.Encoding.UTF8.GetBytes(_workspace.Text)));
        if (_live is { Session.Step: > 0 } live) written &= StateFolder.TryWrite(UnsavedWeights, s => live.Capture().Write(s));
        else StateFolder.Delete(UnsavedWeights);
        if (written) Say("not saved; kept for the next session, where :restore brings it back");
    }

    /// <summary>A line about what an earlier session left, or null.</summary>
    public static string? Offer()
    {
        string[] lines = StateFolder.ReadLines(Unsaved);
        return lines.Length == 0 ? null : $"the last session was not saved ({lines.Length} lines{(File.Exists(StateFolder.File(UnsavedWeights)) ? " and a trained model" : "")}): :restore brings it back";
    }

    /// <inheritdoc/>
    public void Dispose() => _live?.Dispose();

    // Statements.

    private void Define(string text)
    {
        IReadOnlyList<Snippet> added = Workspace.Split(new SourceText("input", text));
        if (added.Count == 0) return;
        _workspace.Accept(_workspace.With(added));
        _changed = true;
        try
        {
            Changed();
        }
        catch (NnException)
        {
            // Order does not matter in a script: what is missing may come next.
            if (!_json) Say($"(taken down; it works once this is put right: type {(added.Count == 1 ? "it" : "them")} again, add what is missing, or :undo)");
            throw;
        }
    }

    // After every change: says what it means now, and hands the living training over.
    private void Changed()
    {
        _project = null;
        foreach (string name in _set.Keys.Where(n => !_workspace.Snippets.Any(s => s.Kind == "let" && s.Name == n)).ToArray()) _set.Remove(name);
        if (_workspace.Snippets.Count == 0) return;
        Project project = Open();
        if (project.Script.Training is null) return;
        if (_live is null)
        {
            foreach (Model m in project.Script.Training.Models)
                Say($"{m.Name}: {m.Input} → {m.Output}, {m.Parameters.Where(p => p.Trained).Sum(p => p.Shape.Count):N0} parameters");
            return;
        }

        LiveTraining next = _live.For(project, out IReadOnlyList<string> kept, out IReadOnlyList<string> fresh);
        _live.Dispose();
        _live = next;
        if (fresh.Count > 0) Say($"kept: {Names(kept)}; starts anew: {Names(fresh)}");
        else Say("all weights are kept");
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
        var bind = new BindOptions(new Dictionary<string, string>(_set));
        _project = Project.Bind(new SourceText(_file, text), bind, Load);
        _projectText = text;
        return _project;
    }

    // Data are read again only when something that describes them changed.
    private LoadedData Load(DataSpec spec)
    {
        string key = string.Join('\n', _workspace.Snippets.Where(s => s.Kind is "data" or "let").Select(s => s.Text).Concat(_set.Select(p => $"{p.Key}={p.Value}")).Prepend(spec.Name).Prepend(_file).Prepend(_model ?? ""));
        if (_data is { } known && known.Key == key) return known.Data;
        LoadedData data = Project.Load(spec, _file, _model);
        _data = (key, data);
        return data;
    }

    /// <summary>The training, started if it is not yet.</summary>
    internal LiveTraining Live()
    {
        Project project = Open();
        if (_live is null || _live.Project != project)
        {
            LiveTraining next = _live is null ? LiveTraining.Start(project, Device) : _live.For(project, out _, out _);
            _live?.Dispose();
            _live = next;
        }

        return _live;
    }

    // Commands.

    private void Command(string text)
    {
        string[] words = ReplCommand.Words(text[1..]);
        if (words.Length == 0) throw new NnException(ExitCode.Usage, "a command's name follows the colon; :help lists them");
        ReplCommand command = ReplCommands.Find(words[0])
            ?? throw new NnException(ExitCode.Usage, $"there is no command :{words[0]}{(Suggest.Nearest(words[0], ReplCommands.All.Select(c => c.Name)) is { } near ? $"; did you mean :{near}?" : "; :help lists them")}");
        command.Run(this, words[1..]);
    }

    /// <summary>Options for a command that is also one of the command line.</summary>
    internal RunOptions Options() => new(_file, Device, new BindOptions(new Dictionary<string, string>(_set)), _json, false, null, null, null) { Project = Open() };

    /// <summary>Replaces everything by a script file.</summary>
    internal void LoadScript(string file)
    {
        SourceText source = Project.Read(file);
        IReadOnlyList<Snippet> snippets = Workspace.Split(source);
        _live?.Dispose();
        _live = null;
        _set.Clear();
        (_file, _model) = (file, null);
        _workspace.Accept(snippets);
        Changed();
        _changed = false;
    }

    /// <summary>Replaces everything by a checkpoint: its script and its weights.</summary>
    internal void OpenCheckpoint(string file)
    {
        Safetensors stored = Safetensors.Load(file);
        if (!stored.Metadata.TryGetValue("script", out string? script)) throw new NnException(ExitCode.BadFile, $"{file} has no script in it; it was not written by nn");
        IReadOnlyList<Snippet> snippets = Workspace.Split(new SourceText(file, script));
        _live?.Dispose();
        _live = null;
        _set.Clear();
        (_file, _model) = (Path.ChangeExtension(file, ".nn"), file);
        _workspace.Accept(snippets);
        Changed();
        LiveTraining live = Live();
        Checkpoint.Restore(live.Session, live.Trainer.State, stored, file);
        _changed = false;
        Say($"{live.Session.Definition.Name}: {live.Session.Epoch} epochs, {live.Session.Step:N0} steps so far");
    }

    /// <summary>What an earlier session left.</summary>
    internal void Restore()
    {
        string script = StateFolder.File(Unsaved), weights = StateFolder.File(UnsavedWeights);
        if (!File.Exists(script)) throw new NnException(ExitCode.Usage, "there is nothing to restore");
        if (File.Exists(weights)) OpenCheckpoint(weights);
        else LoadScript(script);
        _file = "session.nn";
        _changed = true;
        StateFolder.Delete(Unsaved);
        StateFolder.Delete(UnsavedWeights);
    }

    /// <summary>Saves the script (.nn) or script and weights (anything else).</summary>
    internal void Save(string file)
    {
        if (file.EndsWith(".nn", StringComparison.Ordinal)) AtomicFile.Write(file, s => s.Write(System.Text.Encoding.UTF8.GetBytes(_workspace.Text)));
        else Live().Capture().Save(file);
        _changed = false;
        Say($"saved to {file}");
    }

    /// <summary>Trains to the end of the script's epochs, for some more, or for some steps.</summary>
    internal void Train(int? epochs, long? steps)
    {
        LiveTraining live = Live();
        TrainingSession session = live.Session;
        int last = epochs is { } more ? session.Epoch + more : steps is null ? session.Definition.Epochs : int.MaxValue;
        if (session.Epoch >= last)
        {
            Say($"all {session.Definition.Epochs} epochs are done; `:train 3 epochs` goes on, `:reset` starts anew");
            return;
        }

        // After an early stop somebody who goes on wants to see more than one epoch.
        live.Trainer.State.Waited = 0;
        var display = new TrainingDisplay(session, _json, quiet: false, Math.Min(last, Math.Max(session.Definition.Epochs, session.Epoch + 1)), Curves);
        live.Trainer.OnProgress = display.Progress;
        live.Trainer.OnEpoch = e =>
        {
            display.Epoch(e);
            Curves.Add(e);
        };
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
            _changed = true;
        }

        double seconds = live.Trainer.TrainingSeconds - secondsBefore;
        string how = end switch
        {
            TrainingEnd.StoppedEarly => $"stopped early; the best weights, of epoch {live.Trainer.State.BestEpoch + 1}, are in force",
            TrainingEnd.Interrupted when stop.IsCancellationRequested => $"paused in epoch {session.Epoch + 1}, step {session.StepInEpoch}; :train goes on",
            TrainingEnd.Interrupted => $"in epoch {session.Epoch + 1}, step {session.StepInEpoch}",
            _ => $"{session.Epoch} epochs are done",
        };
        long ran = session.Step - before;
        Say($"{how}; {ran:N0} steps in {TrainingDisplay.Time(seconds)} ({ran / Math.Max(seconds, 1e-9):N0} steps/s) on {session.Backend.Name}");
    }

    /// <summary>Every epoch since the training began.</summary>
    internal List<EpochResult> Curves { get; } = [];

    /// <summary>First values for everything.</summary>
    internal void Reset()
    {
        _live?.Dispose();
        _live = null;
        Curves.Clear();
        Say("the next :train starts from first values");
    }

    /// <summary>Moves everything to another device.</summary>
    internal void MoveTo(string device)
    {
        if (_live is null)
        {
            DeviceChoice.Open(device).Dispose();
            Device = device;
            return;
        }

        LiveTraining moved = _live.On(device);
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
            string? old = _set.GetValueOrDefault(name);
            _set[name] = value;
            try
            {
                _project = null;
                Open();
            }
            catch
            {
                if (old is null) _set.Remove(name);
                else _set[name] = old;
                _project = null;
                throw;
            }

            if (_live is not null) Changed();
            return;
        }

        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            throw new NnException(ExitCode.Usage, $"{name}: '{value}' is no number");
        TrainingSession session = Live().Session;
        IReadOnlyList<TrainingStep> steps = session.Definition.Steps;
        int changed = 0;
        for (int u = 0; u < steps.Count; u++)
        {
            if (name != "lr" && name != $"{steps[u].Name}.lr") continue;
            session.BaseRates[u] = number;
            changed++;
        }

        foreach ((Hyperparameter n, Slot slot) in session.Plan.Slots.Numbers.Where(n => n.Key.Name == name || n.Key.Name.EndsWith("." + name, StringComparison.Ordinal)))
        {
            session.Write<float>(slot, [(float)number]);
            changed++;
        }

        if (changed == 0)
        {
            string[] names = ["lr", .. _workspace.Snippets.Where(s => s.Kind == "let").Select(s => s.Name), .. session.Plan.Slots.Numbers.Keys.Select(n => n.Name)];
            throw new NnException(ExitCode.Usage, $"there is no number '{name}'{(Suggest.Nearest(name, names) is { } near ? $"; did you mean '{near}'?" : $"; there are {string.Join(", ", names)}")}");
        }

        if (session.StepInEpoch > 0) session.WriteRates();
        Say($"{name} = {number.ToString("R", CultureInfo.InvariantCulture)} from the next step on");
    }

    /// <summary>Takes the last change of the statements back.</summary>
    internal void Undo()
    {
        if (!_workspace.CanUndo) throw new NnException(ExitCode.Usage, "there is nothing to undo");
        _workspace.Undo();
        Say(_workspace.Snippets.Count == 0 ? "nothing is defined" : $"back to: {string.Join(", ", _workspace.Snippets.Select(s => s.Kind == s.Name ? s.Kind : $"{s.Kind} {s.Name}"))}");
        Changed();
    }

    /// <summary>Takes a statement out.</summary>
    internal void Drop(string name)
    {
        Snippet[] rest = [.. _workspace.Snippets.Where(s => s.Name != name)];
        if (rest.Length == _workspace.Snippets.Count)
            throw new NnException(ExitCode.Usage, $"nothing is called '{name}'{(Suggest.Nearest(name, _workspace.Snippets.Select(s => s.Name)) is { } near ? $"; did you mean '{near}'?" : "")}");
        _workspace.Accept(rest);
        _changed = true;
        Changed();
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
