using Nn.Files;

namespace Nn.Repl.Session;

/// <summary>What of a session is not saved, and is kept on the disk as it goes, so that whatever ends the session costs little.</summary>
/// <param name="workspace">The statements.</param>
/// <param name="training">The training.</param>
/// <param name="keeps">Whether it is written while the session goes on, and not at its end alone.</param>
/// <param name="say">Tells the user.</param>
internal sealed class KeptWork(Workspace workspace, SessionTraining training, bool keeps, Action<string> say) : IDisposable
{
    private readonly UnsavedWork _unsaved = new();
    private readonly WritingPace _pace = new();
    private bool _unkept;

    /// <summary>Whether there is something to save.</summary>
    public bool Changed
    {
        get;
        set
        {
            field = value;
            _unkept |= value;
        }
    }

    /// <summary>A line about what an earlier session left, or null.</summary>
    public static string? Offer() => UnsavedWork.Latest() is { } left
        ? $"the last session was not saved ({Plural.Of(left.Statements.AsSpan().Count('\n'), "line")}{(left.HasTraining ? " and a trained model" : "")}): "
            + ":restore brings it back"
        : null;

    /// <summary>Keeps what was not saved for the next session.</summary>
    /// <param name="weights">Whether the weights may be read: no step is running.</param>
    public void Keep(bool weights = true)
    {
        if (workspace.Snippets.Count == 0)
        {
            _unsaved.Forget();
            return;
        }

        if (!Changed || !(weights ? TryKeep() : _unsaved.TryKeepStatements(workspace.Text, OriginPath))) return;
        try
        {
            say("not saved; kept for the next session, where :restore brings it back");
        }
        catch (IOException)
        {
            // The terminal is gone already.
        }
    }

    /// <summary>While a training goes on, between two steps: so seldom that writing takes a small part of the time.</summary>
    public void KeepDuringTraining()
    {
        if (keeps && _pace.Due) TryKeep();
    }

    /// <summary>After each input: what a kill would lose.</summary>
    public void KeepAfterInput()
    {
        if (keeps && _unkept && Changed && workspace.Snippets.Count > 0) TryKeep();
    }

    /// <summary>The training that was written last; null where there is none.</summary>
    public Safetensors? Training() => _unsaved.Training();

    /// <summary>All is saved.</summary>
    public void Saved()
    {
        Changed = false;
        _unsaved.Forget();
    }

    /// <summary>Makes what an earlier session left the work of this one.</summary>
    /// <exception cref="NnException">Another session took it.</exception>
    public void TakeOver(UnsavedWork.Left left) => _unsaved.TakeOver(left);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Changed && keeps) _unsaved.Forget();
        _unsaved.Dispose();
    }

    private string OriginPath => Path.GetFullPath(workspace.Origin.File);

    private bool TryKeep()
    {
        bool kept = _pace.Write(() =>
        {
            try
            {
                return _unsaved.TryKeep(workspace.Text, OriginPath, training.State());
            }
            catch (NnException)
            {
                // A device that is lost gives nothing back: what was written of the training before stays.
                return _unsaved.TryKeepStatements(workspace.Text, OriginPath);
            }
        });
        _unkept = !kept;
        return kept;
    }
}
