namespace Nn.Files;

/// <summary>
/// What is done to files that this program writes. All of it goes through here, so that a test can let any operation fail, as a full or vanished disk does:
/// <see cref="Use"/> puts another one in its place.
/// </summary>
internal class Disk
{
    private static readonly Disk Real = new();
    private static readonly AsyncLocal<Disk?> Instead = new();

    /// <summary>The one in force where this is asked.</summary>
    public static Disk Current => Instead.Value ?? Real;

    /// <summary>Puts another one in force for this flow of calls, until what is given back is disposed.</summary>
    public static IDisposable Use(Disk disk)
    {
        Instead.Value = disk;
        return new Restored();
    }

    /// <summary>Makes a file that is not there yet, and holds a shared lock on it while the stream is open: see <see cref="AtomicFile"/>.</summary>
    /// <exception cref="IOException">It is there, or cannot be made.</exception>
    public virtual Stream Create(string path, bool ownerOnly)
    {
        // Windows lets a file be renamed while it is open only to who shares its deletion.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete };
        if (ownerOnly && !OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    /// <summary>Opens what is no regular file, such as <c>/dev/stdout</c>, to be written to.</summary>
    public virtual Stream OpenSpecial(string path) => new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    /// <summary>Opens a file, made where it is missing, to be written at its end.</summary>
    public virtual Stream Append(string path) => new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);

    /// <summary>Brings what was written to the disk.</summary>
    public virtual void Flush(Stream stream) => ((FileStream)stream).Flush(flushToDisk: true);

    /// <summary>Cuts a file that is written at its end off to a length that it had before.</summary>
    public virtual void CutOff(string path, long length)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read);
        stream.SetLength(length);
    }

    /// <summary>Renames a file over another.</summary>
    public virtual void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    /// <summary>Makes a folder with all above it, where they are missing.</summary>
    public virtual void MakeFolder(string path) => Directory.CreateDirectory(path);

    /// <summary>Deletes a file where it is there.</summary>
    public virtual void Delete(string path) => File.Delete(path);

    private sealed class Restored : IDisposable
    {
        public void Dispose() => Instead.Value = null;
    }
}
