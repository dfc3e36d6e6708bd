using System.Text;
using Nn.Dsl;
using Nn.Files;
using Nn.Networks.Runs;
using Nn.Training;

namespace Nn.Repl.Session;

// What a session reads and leaves behind: scripts, models, unsaved work, and the statements before a change.
internal sealed partial class ReplSession
{
    /// <summary>Replaces everything by a script file; one that has mistakes replaces nothing.</summary>
    internal void LoadScript(string file)
    {
        SourceText source = Project.Read(file);
        var origin = new Origin(file);
        Bind(source.Text, origin);
        Replace(Workspace.Split(source), origin);
    }

    /// <summary>Replaces everything by a checkpoint: its script and its weights.</summary>
    internal void OpenCheckpoint(string file) => OpenCheckpoint(file, Safetensors.Load(file), Path.ChangeExtension(file, ".nn"));

    private void OpenCheckpoint(string file, Safetensors checkpoint, string script)
    {
        if (!checkpoint.Metadata.TryGetValue("script", out string? stored)) throw new NnException(ExitCode.BadFile, $"{file} has no script in it; it was not written by nn");
        Origin origin = Origin.Of(script, file, checkpoint);
        // Values that stood in place of lets when it was trained.
        string text = LetEdits.Apply(ScriptParser.Parse(new SourceText(file, stored)), Checkpoint.Values(checkpoint));
        Project project = Bind(text, origin);
        TrainingRun live = TrainingRun.Start(project, Device);
        try
        {
            Checkpoint.Restore(live.Session, live.Trainer.State, checkpoint, file);
        }
        catch
        {
            live.Dispose();
            throw;
        }

        Replace(Workspace.Split(new SourceText(file, text)), origin);
        (_project, _projectText, _live) = (project, _workspace.Text, live);
        Say($"{live.Session.Definition.Name}: {live.Session.Epoch} epochs, {live.Session.Step:N0} steps so far");
    }

    // The training that ends can be had back.
    private void Replace(IReadOnlyList<Snippet> snippets, Origin origin)
    {
        _workspace.Accept(snippets, origin, _live is { Session.Step: > 0 } ? _live.Capture(_workspace.Text) : null);
        _live?.Dispose();
        (_live, _recalled) = (null, null);
        Understand();
        Changed = false;
    }

    /// <summary>Takes the last change of the statements back.</summary>
    internal void Undo()
    {
        if (!_workspace.CanUndo) throw new NnException(ExitCode.Usage, "there is nothing to undo");
        Safetensors? trained = _workspace.Undo();
        Changed = true;
        Say(_workspace.Snippets.Count == 0 ? "nothing is defined" : $"back to: {string.Join(", ", _workspace.Snippets.Select(s => s.Kind == s.Name ? s.Kind : $"{s.Kind} {s.Name}"))}");
        if (trained is null)
        {
            Understand();
            return;
        }

        _live?.Dispose();
        (_live, _project, _recalled) = (null, null, null);
        TrainingRun live = Live();
        Checkpoint.Restore(live.Session, live.Trainer.State, trained, "the training before");
        Say($"the training is back: {live.Session.Epoch} epochs, {live.Session.Step:N0} steps so far");
    }

    /// <summary>Saves the script (.nn) or script and weights (anything else).</summary>
    internal void Save(string file)
    {
        if (file.EndsWith(".nn", StringComparison.Ordinal))
        {
            AtomicFile.Write(file, s => s.Write(Encoding.UTF8.GetBytes(_workspace.Text)));
        }
        else
        {
            CheckpointFile.CheckReplaceable(file);
            Live().Capture(_workspace.Text).Save(file);
        }

        Changed = false;
        _unsaved.Forget();
        Say($"saved to {file}");
    }

    /// <summary>Keeps what was not saved for the next session.</summary>
    /// <param name="weights">Whether the weights may be read: no step is running.</param>
    public void KeepUnsaved(bool weights = true)
    {
        if (_workspace.Snippets.Count == 0)
        {
            _unsaved.Forget();
            return;
        }

        if (!Changed || !(weights ? TryKeep() : _unsaved.TryKeepStatements(_workspace.Text, OriginPath))) return;
        try
        {
            Say("not saved; kept for the next session, where :restore brings it back");
        }
        catch (IOException)
        {
            // The terminal is gone already.
        }
    }

    private string OriginPath => Path.GetFullPath(_workspace.Origin.File);

    // Between two steps.
    private bool TryKeep()
    {
        bool kept = _pace.Write(() =>
        {
            try
            {
                return _unsaved.TryKeep(_workspace.Text, OriginPath, _live is { Session.Step: > 0 } live ? live.Capture() : _recalled?.Training);
            }
            catch (NnException)
            {
                // A device that is lost gives nothing back: what was written of the training before stays.
                return _unsaved.TryKeepStatements(_workspace.Text, OriginPath);
            }
        });
        _unkept = !kept;
        return kept;
    }

    // A device that is lost takes the training with it; the next one begins where it was last written.
    private string AfterLoss()
    {
        if (_live is not { } lost) return "";
        try
        {
            // It may have been another device, that the training was to move to.
            lost.Capture();
            return "; the training is as it was";
        }
        catch (NnException)
        {
            Safetensors? training = lost.Session.Step > 0 ? _unsaved.Training() : null;
            lost.Dispose();
            (_live, _recalled) = (null, training is null ? null : (training, lost.Epochs));
            string from = _recalled is not null ? "goes on from where the training was last kept" : "starts from first values";
            return $"; the statements are kept, and the next :train {from}: on this device once more, or on another after :device, such as :device cpu";
        }
    }

    // A training from first values, or from what a lost device left.
    private TrainingRun Begin(Project project)
    {
        if (_recalled is not { } recalled) return TrainingRun.Start(project, Device);
        string script = Checkpoint.Script(recalled.Training, "the training before");
        TrainingRun live = TrainingRun.Start(script == project.Source.Text ? project : Bind(script, _workspace.Origin), Device);
        try
        {
            Checkpoint.Restore(live.Session, live.Trainer.State, recalled.Training, "the training before");
            foreach (EpochResult e in recalled.Epochs.Where(e => e.Epoch < live.Session.Epoch)) live.Epochs.Add(e);
            // The statements may have changed since.
            TrainingRun next = live.Project == project ? live : live.For(project, out _, out _);
            if (next != live) live.Dispose();
            _recalled = null;
            Say($"the training is back: {Plural.Of(next.Session.Epoch, "epoch")}, {Plural.Of(next.Session.Step, "step")} so far");
            return next;
        }
        catch
        {
            live.Dispose();
            throw;
        }
    }

    // While a training goes on, so seldom that writing takes a small part of the time.
    private void KeepDuringTraining()
    {
        if (_keeps && _pace.Due) TryKeep();
    }

    // After each input: what a kill would lose.
    private void KeepAfterInput()
    {
        if (!_keeps || !_unkept || !Changed || _workspace.Snippets.Count == 0) return;
        TryKeep();
    }

    /// <summary>What an earlier session left.</summary>
    internal void Restore()
    {
        UnsavedWork.Left left = UnsavedWork.Latest() ?? throw new NnException(ExitCode.Usage, "there is nothing to restore");
        if (left.HasTraining) RestoreTraining(left);
        _unsaved.TakeOver(left);
        Changed = true;
        if (_workspace.Text == left.Statements) return;
        // It may have been left in the middle of a change: what has mistakes is taken down, too.
        _workspace.Accept(Workspace.Split(new SourceText(left.File, left.Statements)), left.HasTraining ? null : new Origin(left.File));
        if (!left.HasTraining)
        {
            _live?.Dispose();
            (_live, _project, _recalled) = (null, null, null);
        }

        Understand();
    }

    // Data that are gone, or a damaged file, cost the training and not the statements; the file stays where it is.
    private void RestoreTraining(UnsavedWork.Left left)
    {
        try
        {
            OpenCheckpoint(left.Path, Safetensors.Load(left.Path), left.File);
        }
        catch (NnException e)
        {
            _workspace.Accept(Workspace.Split(new SourceText(left.File, left.Statements)), new Origin(left.File));
            _live?.Dispose();
            (_live, _project, _recalled) = (null, null, null);
            Changed = true;
            throw new NnException(e.Code, $"the statements are back; the trained model stays in {left.Path}, for: {e.Message}", e);
        }
    }

    /// <summary>A line about what an earlier session left, or null.</summary>
    public static string? Offer() => UnsavedWork.Latest() is { } left
        ? $"the last session was not saved ({Plural.Of(left.Statements.AsSpan().Count('\n'), "line")}{(left.HasTraining ? " and a trained model" : "")}): :restore brings it back"
        : null;
}
