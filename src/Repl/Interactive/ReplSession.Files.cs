using System.Text;
using Nn.Dsl;
using Nn.Files;
using Nn.Training;

namespace Nn.Repl;

// What a session reads and leaves behind: scripts, models, unsaved work, and the statements before a change.
internal sealed partial class ReplSession
{
    private const string Unsaved = "unsaved.nn", UnsavedFrom = "unsaved.from", UnsavedWeights = "unsaved.safetensors", Restored = "restored.safetensors";

    /// <summary>Replaces everything by a script file; one that has mistakes replaces nothing.</summary>
    internal void LoadScript(string file)
    {
        SourceText source = Project.Read(file);
        var origin = new Origin(file, null);
        Bind(source.Text, origin);
        Replace(Workspace.Split(source), origin);
    }

    /// <summary>Replaces everything by a checkpoint: its script and its weights.</summary>
    internal void OpenCheckpoint(string file) => OpenCheckpoint(file, Path.ChangeExtension(file, ".nn"));

    private void OpenCheckpoint(string file, string script)
    {
        Safetensors checkpoint = Safetensors.Load(file);
        if (!checkpoint.Metadata.TryGetValue("script", out string? stored)) throw new NnException(ExitCode.BadFile, $"{file} has no script in it; it was not written by nn");
        var origin = new Origin(script, file);
        // Values that stood in place of lets when it was trained.
        string text = LetEdits.Apply(ScriptParser.Parse(new SourceText(file, stored)), Checkpoint.Values(checkpoint));
        Project project = Bind(text, origin);
        LiveTraining live = LiveTraining.Start(project, Device);
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
        _live = null;
        Curves.Clear();
        Changed();
        _changed = false;
    }

    /// <summary>Takes the last change of the statements back.</summary>
    internal void Undo()
    {
        if (!_workspace.CanUndo) throw new NnException(ExitCode.Usage, "there is nothing to undo");
        Safetensors? trained = _workspace.Undo();
        _changed = true;
        Say(_workspace.Snippets.Count == 0 ? "nothing is defined" : $"back to: {string.Join(", ", _workspace.Snippets.Select(s => s.Kind == s.Name ? s.Kind : $"{s.Kind} {s.Name}"))}");
        if (trained is null)
        {
            Changed();
            return;
        }

        _live?.Dispose();
        (_live, _project) = (null, null);
        LiveTraining live = Live();
        Checkpoint.Restore(live.Session, live.Trainer.State, trained, "the training before");
        Say($"the training is back: {live.Session.Epoch} epochs, {live.Session.Step:N0} steps so far");
    }

    /// <summary>Saves the script (.nn) or script and weights (anything else).</summary>
    internal void Save(string file)
    {
        if (file.EndsWith(".nn", StringComparison.Ordinal)) AtomicFile.Write(file, s => s.Write(Encoding.UTF8.GetBytes(_workspace.Text)));
        else Live().Capture(_workspace.Text).Save(file);
        _changed = false;
        Say($"saved to {file}");
    }

    /// <summary>Keeps what was not saved for the next session.</summary>
    /// <param name="weights">Whether the weights may be read: no step is running.</param>
    public void KeepUnsaved(bool weights = true)
    {
        if (!_changed || _workspace.Snippets.Count == 0) return;
        bool written = StateFolder.TryWrite(Unsaved, s => s.Write(Encoding.UTF8.GetBytes(_workspace.Text)));
        written &= StateFolder.TryWrite(UnsavedFrom, s => s.Write(Encoding.UTF8.GetBytes(Path.GetFullPath(_workspace.Origin.File))));
        if (weights && _live is { Session.Step: > 0 } live) written &= StateFolder.TryWrite(UnsavedWeights, s => live.Capture(_workspace.Text).Write(s));
        else StateFolder.Delete(UnsavedWeights);
        if (!written) return;
        try
        {
            Say("not saved; kept for the next session, where :restore brings it back");
        }
        catch (IOException)
        {
            // The terminal is gone already.
        }
    }

    /// <summary>What an earlier session left.</summary>
    internal void Restore()
    {
        string script = StateFolder.File(Unsaved), weights = StateFolder.File(UnsavedWeights);
        if (!File.Exists(script)) throw new NnException(ExitCode.Usage, "there is nothing to restore");
        string from = StateFolder.ReadLines(UnsavedFrom) is [var path, ..] ? path : Origin.Typed.File;
        if (File.Exists(weights))
        {
            // It stays where it is for as long as the session may need it.
            File.Move(weights, StateFolder.File(Restored), overwrite: true);
            OpenCheckpoint(StateFolder.File(Restored), from);
        }
        else
        {
            // It may have been left in the middle of a change: what has mistakes is taken down, too.
            _workspace.Accept(Workspace.Split(SourceText.Load(script)), new Origin(from, null));
            _live?.Dispose();
            (_live, _project) = (null, null);
        }

        _changed = true;
        StateFolder.Delete(Unsaved);
        StateFolder.Delete(UnsavedFrom);
        if (_live is null) Changed();
    }

    /// <summary>A line about what an earlier session left, or null.</summary>
    public static string? Offer()
    {
        string[] lines = StateFolder.ReadLines(Unsaved);
        return lines.Length == 0 ? null : $"the last session was not saved ({lines.Length} lines{(File.Exists(StateFolder.File(UnsavedWeights)) ? " and a trained model" : "")}): :restore brings it back";
    }
}
