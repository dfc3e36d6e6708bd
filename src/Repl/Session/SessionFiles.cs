using System.Text;
using Nn.Dsl;
using Nn.Files;
using Nn.Networks.Runs;
using Nn.Training;

namespace Nn.Repl.Session;

/// <summary>What a session reads and writes: scripts, models, what an earlier session left, and the statements before a change.</summary>
/// <param name="workspace">The statements.</param>
/// <param name="training">The training.</param>
/// <param name="kept">What is not saved.</param>
/// <param name="say">Tells the user.</param>
internal sealed class SessionFiles(Workspace workspace, SessionTraining training, KeptWork kept, Action<string> say)
{
    /// <summary>Replaces everything by a script file; one that has mistakes replaces nothing.</summary>
    public void LoadScript(string file)
    {
        SourceText source = Project.Read(file);
        var origin = new Origin(file);
        training.Bind(source.Text, origin);
        Replace(Workspace.Split(source), origin);
    }

    /// <summary>Replaces everything by a checkpoint: its script and its weights.</summary>
    public void OpenCheckpoint(string file) => OpenCheckpoint(file, Safetensors.Load(file), Path.ChangeExtension(file, ".nn"));

    /// <summary>Saves the script (.nn) or script and weights (anything else).</summary>
    public void Save(string file)
    {
        if (file.EndsWith(".nn", StringComparison.Ordinal))
        {
            AtomicFile.Write(file, s => s.Write(Encoding.UTF8.GetBytes(workspace.Text)));
        }
        else
        {
            CheckpointFile.CheckReplaceable(file);
            training.Live().Capture(workspace.Text).Save(file);
        }

        kept.Saved();
        say($"saved to {file}");
    }

    /// <summary>Takes the last change of the statements back; a training that ended with it goes on.</summary>
    public void Undo()
    {
        if (!workspace.CanUndo) throw new NnException(ExitCode.Usage, "there is nothing to undo");
        EndedTraining? trained = workspace.Undo();
        kept.Changed = true;
        say(workspace.Snippets.Count == 0 ? "nothing is defined"
            : $"back to: {string.Join(", ", workspace.Snippets.Select(s => s.Kind == s.Name ? s.Kind : $"{s.Kind} {s.Name}"))}");
        if (trained is null)
        {
            training.Understand();
            return;
        }

        // Should the device be lost, the next one goes on from there.
        training.End(goOnFrom: trained);
        training.Live();
    }

    /// <summary>Brings back what an earlier session left.</summary>
    public void Restore()
    {
        UnsavedWork.Left left = UnsavedWork.Latest() ?? throw new NnException(ExitCode.Usage, "there is nothing to restore");
        if (left.HasTraining) RestoreTraining(left);
        kept.TakeOver(left);
        kept.Changed = true;
        if (workspace.Text == left.Statements) return;
        // It may have been left in the middle of a change: what has mistakes is taken down, too.
        workspace.Accept(Workspace.Split(new SourceText(left.File, left.Statements)), left.HasTraining ? null : new Origin(left.File));
        if (!left.HasTraining) training.End();
        training.Understand();
    }

    private void OpenCheckpoint(string file, Safetensors checkpoint, string script)
    {
        if (!checkpoint.Metadata.TryGetValue("script", out string? stored))
            throw new NnException(ExitCode.BadFile, $"{file} has no script in it; it was not written by nn");
        Origin origin = Origin.Of(script, file, checkpoint);
        // Values that stood in place of lets when it was trained.
        string text = LetEdits.Apply(ScriptParser.Parse(new SourceText(file, stored)), Checkpoint.Values(checkpoint));
        TrainingRun run = TrainingRun.Start(training.Bind(text, origin, Checkpoint.Training(checkpoint, file)), training.Device);
        try
        {
            Checkpoint.Restore(run.Session, run.Trainer.State, checkpoint, file);
        }
        catch
        {
            run.Dispose();
            throw;
        }

        Replace(Workspace.Split(new SourceText(file, text)), origin);
        training.Take(run);
        say($"{run.Session.Definition.Name}: {Plural.Of(run.Session.Epoch, "epoch")}, {Plural.Of(run.Session.Step, "step")} so far");
    }

    // The training that ends can be had back.
    private void Replace(IReadOnlyList<Snippet> snippets, Origin origin)
    {
        workspace.Accept(snippets, origin, training.Ended(kept.Training));
        training.End();
        training.Understand();
        kept.Changed = false;
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
            workspace.Accept(Workspace.Split(new SourceText(left.File, left.Statements)), new Origin(left.File));
            training.End();
            kept.Changed = true;
            throw new NnException(e.Code, $"the statements are back; the trained model stays in {left.Path}, for: {e.Message}", e);
        }
    }
}
