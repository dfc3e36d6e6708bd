using Nn.Files;

namespace Nn.Repl.Session;

/// <summary>
/// What a session has not saved: its statements, where they came from, and its training, in one file of the state folder, so that they belong together whatever
/// ends the session. A session holds the lock of its file; what nobody holds was left behind, and the next session offers it.
/// </summary>
internal sealed class UnsavedWork : IDisposable
{
    private const string Prefix = "unsaved-", Ending = ".safetensors", Locked = ".lock";
    private const string Text = "session.text", From = "session.from", Trained = "format";

    // Of what was never restored only so much is kept.
    private const int MostLeft = 5;

    private readonly Lock _writing = new();
    private string? _path;
    private FileLock? _lock;

    /// <summary>What an earlier session left, without its training.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Statements">As a script.</param>
    /// <param name="File">The script that they came from.</param>
    /// <param name="HasTraining">Whether there is a training, too.</param>
    public sealed record Left(string Path, string Statements, string File, bool HasTraining);

    /// <summary>Writes all of it.</summary>
    /// <param name="statements">As a script.</param>
    /// <param name="from">The script that they came from.</param>
    /// <param name="training">Null where there is none.</param>
    /// <returns>Whether it was written: a disk that is full must not end a session.</returns>
    public bool TryKeep(string statements, string from, Safetensors? training)
    {
        lock (_writing) return Write(training ?? new Safetensors(), statements, from);
    }

    /// <summary>Writes statements while the training cannot be read; what was written of it before stays.</summary>
    /// <inheritdoc cref="TryKeep"/>
    public bool TryKeepStatements(string statements, string from)
    {
        lock (_writing)
        {
            try
            {
                return Write(_path is not null && File.Exists(_path) ? Safetensors.Load(_path) : new Safetensors(), statements, from);
            }
            catch (NnException)
            {
                return false;
            }
        }
    }

    /// <summary>The training that was written last; null where there is none, or it cannot be read.</summary>
    public Safetensors? Training()
    {
        lock (_writing)
        {
            try
            {
                return _path is not null && File.Exists(_path) && Safetensors.Load(_path) is var kept && kept.Metadata.ContainsKey(Trained) ? kept : null;
            }
            catch (NnException)
            {
                return null;
            }
        }
    }

    /// <summary>All is saved: nothing is to be restored.</summary>
    public void Forget()
    {
        lock (_writing)
        {
            if (_path is not null) StateFolder.Delete(_path);
            Release();
        }
    }

    /// <summary>What was left last; null where there is nothing, or nothing whole.</summary>
    public static Left? Latest() => Behind().Select(Read).FirstOrDefault(l => l is not null);

    /// <summary>Makes what was left the work of this session, which writes to that file from now on.</summary>
    /// <exception cref="NnException">Another session took it.</exception>
    public void TakeOver(Left left)
    {
        lock (_writing)
        {
            FileLock taken = TryLock(left.Path) ?? throw new NnException(ExitCode.Usage, "another session restores it just now");
            if (_path is not null) StateFolder.Delete(_path);
            Release();
            (_path, _lock) = (left.Path, taken);
        }
    }

    /// <summary>Leaves it for the next session.</summary>
    public void Dispose()
    {
        lock (_writing) Release();
    }

    private void Release()
    {
        _lock?.Dispose();
        (_lock, _path) = (null, null);
    }

    private bool Write(Safetensors file, string statements, string from)
    {
        if (_path is null) Begin();
        (file.Metadata[Text], file.Metadata[From]) = (statements, from);
        return StateFolder.TryWrite(Path.GetFileName(_path!), file.Write);
    }

    // A session that keeps something makes room for it.
    private void Begin()
    {
        foreach (string old in Behind().Skip(MostLeft - 1)) StateFolder.Delete(old);
        _path = StateFolder.Made($"{Prefix}{DateTime.UtcNow:yyyyMMdd-HHmmss}-{Path.GetRandomFileName()[..6]}{Ending}");
        _lock = TryLock(_path);
    }

    private static FileLock? TryLock(string path)
    {
        try
        {
            return FileLock.TryTake(path + Locked);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be written; who writes the file will notice.
            return null;
        }
    }

    // The newest first.
    private static IEnumerable<string> Behind()
    {
        try
        {
            return
            [
                .. new DirectoryInfo(StateFolder.Path).EnumerateFiles($"{Prefix}*{Ending}").Where(f => !FileLock.IsHeld(f.FullName + Locked))
                    .OrderByDescending(f => f.LastWriteTimeUtc).Select(f => f.FullName),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static Left? Read(string path)
    {
        try
        {
            IReadOnlyDictionary<string, string> metadata = Safetensors.LoadMetadata(path);
            return metadata.TryGetValue(Text, out string? statements) && metadata.TryGetValue(From, out string? from)
                ? new Left(path, statements, from, metadata.ContainsKey(Trained))
                : null;
        }
        catch (NnException)
        {
            return null;
        }
    }
}
