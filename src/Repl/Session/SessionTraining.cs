using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Networks.Runs;
using Nn.Training;

namespace Nn.Repl.Session;

/// <summary>What the statements of a session mean, with their data, and the training of it: on a device, or what is left of one that ended.</summary>
/// <param name="workspace">The statements.</param>
/// <param name="device">As asked for.</param>
/// <param name="say">Tells the user.</param>
internal sealed class SessionTraining(Workspace workspace, DeviceRequest device, Action<string> say) : IDisposable
{
    private (string Key, LoadedData Data)? _data;
    private Project? _project;
    private string? _projectText;
    private string[] _warned = [];

    // From which the next training goes on.
    private EndedTraining? _left;

    // Which of the trainings of the statements is under way.
    private int _number;

    /// <summary>The device asked for.</summary>
    public DeviceRequest Device { get; private set; } = device;

    /// <summary>The training under way; null where none was begun.</summary>
    public TrainingRun? Current { get; private set; }

    /// <summary>The epochs of the training, also of one that a lost device took.</summary>
    public IReadOnlyList<EpochResult> Epochs => [.. Current?.Epochs ?? (IEnumerable<EpochResult>?)_left?.Epochs ?? []];

    /// <summary>The statements as a script that means something.</summary>
    public Project Open()
    {
        string text = workspace.Text;
        if (_project is not null && _projectText == text) return _project;
        Project whole = Bind(text, workspace.Origin);
        // The mistakes of all trainings are told; the one under way is gone on with.
        bool other = whole.Script.Training is { Count: > 1 and var count } && Math.Min(_number, count - 1) < count - 1;
        _project = other ? Bind(text, workspace.Origin, _number) : whole;
        _projectText = text;
        return _project;
    }

    /// <summary>A script with its data, which are read again only when something that describes them changed.</summary>
    /// <param name="text">The script.</param>
    /// <param name="origin">Where it came from.</param>
    /// <param name="number">Which of its trainings, where it has several; null: the last, and mistakes in all are told.</param>
    public Project Bind(string text, Origin origin, int? number = null) => Project.Bind(
        new SourceText(origin.File, text), BindOptions.None with { Training = number }, spec => Load(spec, text, origin));

    /// <summary>Goes on with the next training of the statements, from the weights as they are now.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Advance()
    {
        if (Current is not { } done || done.Session.Definition is not { } training || training.Number + 1 >= training.Count) return false;
        _number = training.Number + 1;
        Project next = Bind(workspace.Text, workspace.Origin, _number);
        TrainingRun run = TrainingRun.Start(next, Device);
        run.Take(done.Weights());
        Take(run);
        say($"training {_number + 1} of {training.Count}: {next.Definition.Name}");
        return true;
    }

    /// <summary>The training, started if it is not yet.</summary>
    public TrainingRun Live()
    {
        Project project = Open();
        if (Current is null || Current.Project != project) Put(Current is null ? Begin(project) : Current.For(project, out _, out _));
        return Current!;
    }

    /// <summary>After every change: says what it means now, and hands the training under way over.</summary>
    public void Understand()
    {
        _project = null;
        if (workspace.Snippets.Count == 0) return;
        Project project = Open();
        TellWarnings(project);
        if (project.Script.Training is not { } training) return;
        if (Current is null)
        {
            foreach (Model m in training.Models)
                say($"{m.Name}: {NamedShape.Text(m.Inputs)} → {NamedShape.Text(m.Outputs)}, "
                    + Plural.Of(m.Parameters.Where(p => p.Trained).Sum(p => p.Shape.Count), "parameter"));
            return;
        }

        Put(Current.For(project, out IReadOnlyList<string> kept, out IReadOnlyList<string> fresh));
        say(fresh.Count > 0 ? $"kept: {Names(kept)}; starts anew: {Names(fresh)}" : "all weights are kept");
    }

    /// <summary>
    /// What can be gone on from later; null where nothing was trained. A lost device gives nothing back, but what was kept of its training may be there.
    /// </summary>
    /// <param name="kept">What was last written of it.</param>
    public EndedTraining? Ended(Func<Safetensors?> kept)
    {
        if (Current is not { Session.Step: > 0 } live) return _left;
        try
        {
            return new EndedTraining(live.Capture(), [.. live.Epochs]);
        }
        catch (NnException e) when (e.Code == ExitCode.DeviceLost)
        {
            return Kept(live, kept);
        }
    }

    /// <summary>The state to keep on the disk, between two steps; null where nothing was trained.</summary>
    public Safetensors? State() => Current is { Session.Step: > 0 } live ? live.Capture() : _left?.State;

    /// <summary>Forgets the training and what is left of one: the next starts from first values, or from where another ended.</summary>
    public void End(EndedTraining? goOnFrom = null)
    {
        Current?.Dispose();
        (Current, _project, _left) = (null, null, goOnFrom);
        _number = goOnFrom is null ? 0 : Checkpoint.Training(goOnFrom.State, "the training before");
    }

    /// <summary>Takes a training of the statements as they are now.</summary>
    public void Take(TrainingRun run)
    {
        Put(run);
        _number = run.Session.Definition.Number;
        // The text of the statements is the script without what stands between them.
        (_project, _projectText, _left) = (run.Project, workspace.Text, null);
    }

    /// <summary>A device that is lost takes the training with it; the next one begins where it was last kept.</summary>
    /// <param name="kept">What was last written of it.</param>
    /// <returns>What to tell of it.</returns>
    public string AfterLoss(Func<Safetensors?> kept)
    {
        if (Current is not { } lost) return "";
        try
        {
            // It may have been another device, that the training was to move to.
            lost.Capture();
            return "; the training is as it was";
        }
        catch (NnException)
        {
            EndedTraining? left = lost.Session.Step > 0 ? Kept(lost, kept) : null;
            lost.Dispose();
            (Current, _left) = (null, left);
            string from = _left is not null ? "goes on from where the training was last kept" : "starts from first values";
            return $"; the statements are kept, and the next :train {from}: on this device once more, or on another after :device, such as :device cpu";
        }
    }

    /// <summary>Moves everything to another device.</summary>
    public void MoveTo(DeviceRequest device)
    {
        if (Current is null)
        {
            DeviceChoice.Open(device).Dispose();
            Device = device;
            return;
        }

        Put(Current.On(device));
        Device = device;
        say($"moved to {Current.Session.Backend.Device.Name}: weights, optimizer state, step {Current.Session.Step:N0}");
    }

    /// <summary>Ends the training under way: the model stays as it is, or as it was best, and the next training of it starts from its first epoch.</summary>
    public void Stop()
    {
        if (Current is not { Session.Step: > 0 } live) throw new NnException(ExitCode.Usage, "no training is under way");
        bool best = live.Trainer.RecallBest();
        string weights = best ? $"the weights of epoch {live.Trainer.State.BestEpoch + 1}, the best, are in force" : "the model keeps its weights";
        Put(live.Again());
        say($"the training has ended; {weights}, and the next :train starts with its first epoch (:reset forgets the weights)");
    }

    /// <inheritdoc/>
    public void Dispose() => Current?.Dispose();

    // What was written last may be of a training before this one.
    private static EndedTraining? Kept(TrainingRun lost, Func<Safetensors?> kept) =>
        kept() is { } state && state.Metadata.GetValueOrDefault("script") == lost.Project.Source.Text ? new EndedTraining(state, [.. lost.Epochs]) : null;

    private void Put(TrainingRun next)
    {
        Current?.Dispose();
        Current = next;
    }

    // A training from first values, or from what is left of one.
    private TrainingRun Begin(Project project)
    {
        if (_left is not { } left) return TrainingRun.Start(project, Device);
        string script = Checkpoint.Script(left.State, "the training before");
        _number = Checkpoint.Training(left.State, "the training before");
        bool same = script == project.Source.Text && project.Definition.Number == _number;
        TrainingRun live = TrainingRun.Start(same ? project : Bind(script, workspace.Origin, _number), Device);
        try
        {
            Checkpoint.Restore(live.Session, live.Trainer.State, left.State, "the training before");
            foreach (EpochResult e in left.Epochs.Where(e => e.Epoch < live.Session.Epoch)) live.Epochs.Add(e);
            // The statements may have changed since.
            TrainingRun next = live.Project == project ? live : live.For(project, out _, out _);
            if (next != live) live.Dispose();
            _left = null;
            say($"the training is back: {Plural.Of(next.Session.Epoch, "epoch")}, {Plural.Of(next.Session.Step, "step")} so far");
            return next;
        }
        catch
        {
            live.Dispose();
            throw;
        }
    }

    private LoadedData Load(DataSpec spec, string text, Origin origin)
    {
        IEnumerable<Snippet> described = Workspace.Split(new SourceText(origin.File, text)).Where(s => s.Kind is "data" or "let");
        string key = string.Join('\n', described.Select(s => s.Text).Prepend($"{spec.Name} {origin}"));
        if (_data is { } known && known.Key == key) return known.Data;
        LoadedData data = Project.Load(spec, origin.File, origin.Trained, origin.Model);
        _data = (key, data);
        return data;
    }

    // Each once: it stays true with every statement that follows.
    private void TellWarnings(Project project)
    {
        string[] now = [.. project.Warnings];
        foreach (string warning in now.Except(_warned)) say(warning);
        _warned = now;
    }

    private static string Names(IReadOnlyList<string> names) => names.Count switch
    {
        0 => "nothing",
        <= 8 => string.Join(", ", names),
        _ => $"{string.Join(", ", names.Take(7))} and {names.Count - 7} more",
    };
}
