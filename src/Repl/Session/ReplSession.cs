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
    private readonly bool _json;
    private readonly IReadOnlyList<CommandRow> _commands;
    private readonly SessionTraining _training;
    private readonly KeptWork _kept;
    private readonly Interruption _interruption;

    /// <summary>An empty session.</summary>
    /// <param name="device">As asked for.</param>
    /// <param name="json">Whether it answers by events.</param>
    /// <param name="history">What was typed.</param>
    /// <param name="commands">The commands that there are.</param>
    /// <param name="keeps">Whether what is not saved is written to the state folder as it goes, so that a kill costs little.</param>
    public ReplSession(DeviceRequest device, bool json, History history, IReadOnlyList<CommandRow> commands, bool keeps = false)
    {
        (_json, History, _commands) = (json, history, commands);
        _training = new SessionTraining(Workspace, device, Say);
        _kept = new KeptWork(Workspace, _training, keeps, Say);
        _interruption = new Interruption(_kept, Say);
        Files = new SessionFiles(Workspace, _training, _kept, Say);
    }

    /// <summary>What may follow a colon.</summary>
    public IEnumerable<CommandRow> Commands => _commands.Where(c => c.Session is not null);

    /// <summary>Whether the session is to end.</summary>
    public bool Over { get; private set; }

    /// <summary>The exit code of the last input that failed, 0 if none did.</summary>
    public ExitCode Code { get; private set; }

    /// <summary>The device asked for.</summary>
    public DeviceRequest Device => _training.Device;

    /// <summary>What was typed.</summary>
    public History History { get; }

    /// <summary>The statements.</summary>
    public Workspace Workspace { get; } = new();

    /// <summary>Loads, opens, saves, restores, and takes changes back.</summary>
    public SessionFiles Files { get; }

    /// <summary>Does what a line, or several that make a statement, say.</summary>
    public void Execute(string input)
    {
        string text = input.Trim();
        if (text.Length == 0) return;
        _interruption.Work(() =>
        {
            Guarded(text);
            _kept.KeepAfterInput();
        });
    }

    private void Guarded(string text)
    {
        try
        {
            if (text[0] == ':') Command(text);
            else Define(text);
        }
        catch (NnException e)
        {
            Fail(e.Code,
                e is ScriptException ? Told.Of(e,
                    inSession: true) : $"error: {Told.Of(e, inSession: true)}{(e.Code == ExitCode.DeviceLost ? _training.AfterLoss(_kept.Training) : "")}");
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

    /// <inheritdoc cref="Interruption.Interrupt"/>
    public bool Interrupt() => _interruption.Interrupt();

    /// <inheritdoc cref="Interruption.Terminate"/>
    public void Terminate(TimeSpan patience) => _interruption.Terminate(patience);

    /// <inheritdoc cref="Interruption.Interruptible"/>
    internal void Interruptible(Action work) => _interruption.Interruptible(work);

    /// <summary>Keeps what was not saved for the next session.</summary>
    public void KeepUnsaved() => _kept.Keep();

    /// <summary>Notes that there is something to save.</summary>
    internal void Touch() => _kept.Changed = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        _kept.Dispose();
        _training.Dispose();
    }

    // Statements.

    /// <summary>Takes statements down.</summary>
    internal void Define(string text)
    {
        IReadOnlyList<Snippet> added = Workspace.Split(new SourceText("input", text));
        if (added.Count == 0) return;
        Workspace.Accept(Workspace.With(added));
        _kept.Changed = true;
        try
        {
            _training.Understand();
        }
        catch (NnException)
        {
            // Order does not matter in a script: what is missing may come next.
            if (!_json) Say($"(taken down; it works once this is put right: type {(added.Count == 1 ? "it" : "them")} again, add what is missing, or :undo)");
            throw;
        }
    }

    /// <summary>The statements as a script that means something.</summary>
    internal Project Open() => _training.Open();

    /// <summary>The training, started if it is not yet.</summary>
    internal TrainingRun Live() => _training.Live();

    // Commands.

    private void Command(string text)
    {
        string[] words = CommandWords.Of(text[1..]);
        if (words.Length == 0) throw new NnException(ExitCode.Usage, "a command's name follows the colon; :help lists them");
        CommandRow command = Find(words[0])
            ?? throw new NnException(
                ExitCode.Usage,
                $"there is no command :{words[0]}; "
                    + (Suggest.Nearest(words[0], Commands.Select(c => c.Name)) is { } near ? $"did you mean :{near}?" : ":help lists them"));
        command.Session!.Run(this, words[1..]);
    }

    /// <summary>Options for a command that is also one of the command line.</summary>
    internal RunOptions Options() => new(Workspace.Origin.File, Device, BindOptions.None, _json, false, null, null, null) { Project = Open() };

    /// <summary>Trains to the end of the script's epochs, for some more, or for some steps.</summary>
    internal void Train(int? epochs, long? steps)
    {
        TrainingRun live = Live();
        TrainingSession session = live.Session;
        int last = epochs is { } more ? session.Epoch + more : steps is null ? session.Definition.Epochs : int.MaxValue;
        if (session.Epoch >= last && epochs is null && steps is null && _training.Advance())
        {
            Train(null, null);
            return;
        }

        if (session.Epoch >= last)
        {
            Say($"all {session.Definition.Epochs} epochs are done; `:train 3 epochs` goes on, `:reset` starts anew");
            return;
        }

        // After an early stop somebody who goes on wants to see more than one epoch.
        live.Trainer.State.Waited = 0;
        // Some steps are seen within the epochs of the script.
        var display = new TrainingDisplay(session, _json, quiet: false, steps is null ? last : Math.Max(session.Definition.Epochs, session.Epoch + 1),
            live.Epochs);
        live.Trainer.OnProgress = p =>
        {
            display.Progress(p);
            _kept.KeepDuringTraining();
        };
        live.Trainer.OnEpoch = e =>
        {
            live.Epochs.Add(e);
            display.Epoch(e);
            _kept.KeepDuringTraining();
        };
        live.Trainer.OnRetry = r =>
        {
            display.MakeRoom();
            Say(r.ToString());
        };
        _kept.Changed = true;
        long before = session.Step;
        double secondsBefore = live.Trainer.TrainingSeconds;
        bool paused = false;
        TrainingEnd end;
        try
        {
            end = _interruption.Training(stop =>
            {
                using (display)
                {
                    TrainingEnd how = live.Trainer.Run(stop, last, steps ?? long.MaxValue);
                    paused = stop.IsCancellationRequested;
                    return how;
                }
            });
        }
        finally
        {
            _kept.Changed = true;
        }

        double seconds = live.Trainer.TrainingSeconds - secondsBefore;
        string how = end switch
        {
            TrainingEnd.StoppedEarly => $"stopped early; the best weights, of epoch {live.Trainer.State.BestEpoch + 1}, are in force",
            TrainingEnd.Interrupted when paused => $"paused in epoch {session.Epoch + 1}, step {session.StepInEpoch}; :train goes on",
            TrainingEnd.Interrupted => $"in epoch {session.Epoch + 1}, step {session.StepInEpoch}",
            _ => $"{Plural.Of(session.Epoch, "epoch")} {(session.Epoch == 1 ? "is" : "are")} done"
                + (live.Trainer.State.LastWeights.Count > 0 ? $", the best weights, of epoch {live.Trainer.State.BestEpoch + 1}, are in force" : ""),
        };
        long ran = session.Step - before;
        Say($"{how}; {Plural.Of(ran, "step")} in {NumberText.Time(seconds)} ({ran / Math.Max(seconds, 1e-9):N0} steps/s) on {session.Backend.Name}");
        if (epochs is null && steps is null && end != TrainingEnd.Interrupted && _training.Advance()) Train(null, null);
    }

    /// <summary>The command that a word after the colon means, whole or cut short.</summary>
    public CommandRow? Find(string word) => CommandRow.Find(_commands, word);

    /// <inheritdoc/>
    LoadedData? IFigureSource.Data => Open().Data;

    /// <inheritdoc/>
    IReadOnlyList<EpochResult> IFigureSource.Epochs => _training.Epochs;

    /// <inheritdoc/>
    TrainingRun IFigureSource.Run() => Live();

    /// <inheritdoc cref="SessionTraining.Stop"/>
    internal void Stop() => _training.Stop();

    /// <summary>First values for everything.</summary>
    internal void Reset()
    {
        _training.End();
        Say("the next :train starts from first values");
    }

    /// <inheritdoc cref="SessionTraining.MoveTo"/>
    internal void MoveTo(DeviceRequest device) => _training.MoveTo(device);

    /// <summary>Changes a <c>let</c>, or a number of the training under way.</summary>
    internal void Set(string name, string value)
    {
        if (Workspace.Snippets.Any(s => s.Kind == "let" && s.Name == name))
        {
            SetLets(new Dictionary<string, string> { [name] = value });
            return;
        }

        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number))
            throw new NnException(ExitCode.Usage, $"{name}: '{value}' is no number");
        TrainingRun live = Live();
        if (!live.Session.Numbers.Set(name, number))
        {
            TrainingNumbers numbers = live.Session.Numbers;
            string[] names = [.. numbers.Any(n => n.IsRate) ? ["lr"] : Array.Empty<string>(),
                .. Workspace.Snippets.Where(s => s.Kind == "let").Select(s => s.Name), .. numbers.Select(n => n.Name)];
            throw new NnException(ExitCode.Usage,
                "there is no number "
                    + $"'{name}'{(Suggest.Nearest(name, names) is { } near ? $"; did you mean '{near}'?" : $"; there are {string.Join(", ", names)}")}");
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
                throw new NnException(ExitCode.Usage,
                    $":set {name}: {one.All.FirstOrDefault()?.Message ?? "it is more than one value"}; write one value, such as :set {name}=0.1");
        }

        string text = LetEdits.Apply(ScriptParser.Parse(new SourceText(Workspace.Origin.File, Workspace.Text)), values);
        _training.Bind(text, Workspace.Origin);
        Workspace.Accept(Workspace.Split(new SourceText(Workspace.Origin.File, text)));
        _kept.Changed = true;
        if (_training.Current is not null) _training.Understand();
    }

    /// <summary>Writes the statements as the formatter does.</summary>
    internal void Format()
    {
        if (Workspace.Snippets.Count == 0) throw new NnException(ExitCode.Usage, "nothing is defined");
        var formatted = new SourceText(Workspace.Origin.File, Formatter.Format(new SourceText(Workspace.Origin.File, Workspace.Text)));
        Workspace.Accept(Workspace.Split(formatted));
        _kept.Changed = true;
        Say(Workspace.Text.TrimEnd('\n'));
    }

    /// <summary>Takes a statement out.</summary>
    internal void Drop(string name)
    {
        Snippet[] rest = [.. Workspace.Snippets.Where(s => s.Name != name)];
        if (rest.Length == Workspace.Snippets.Count)
            throw new NnException(ExitCode.Usage,
                $"nothing is called '{name}'{(Suggest.Nearest(name, Workspace.Snippets.Select(s => s.Name)) is { } near ? $"; did you mean '{near}'?" : "")}");
        Workspace.Accept(rest);
        _kept.Changed = true;
        _training.Understand();
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
