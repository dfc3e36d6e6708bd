using System.Collections.Concurrent;

namespace Nn.Files;

/// <summary>
/// Writes whole files so that a reader, or a crash, sees either the old file or the new one: a sibling is written and flushed to the disk, then renamed over
/// the target, then the folder is flushed. The sibling's name cannot be guessed, so nobody can lay a link there; one that a killed process left is swept when
/// its target is next written. A link is followed to what it names; a device or a pipe is written to, not replaced.
/// </summary>
public static class AtomicFile
{
    private const string Mark = ".nn-", Ending = ".tmp";
    private const int Attempts = 5;
    private static readonly ConcurrentDictionary<string, bool> Swept = new(StringComparer.Ordinal);

    /// <summary>Replaces a file by what <paramref name="write"/> puts into the stream.</summary>
    /// <param name="path">Where.</param>
    /// <param name="write">Writes the content; an <see cref="IOException"/> of it counts as one of the file.</param>
    /// <param name="ownerOnly">Whether only the user may read the file, where it is new.</param>
    /// <exception cref="NnException">The file cannot be written; the old one is as it was.</exception>
    public static void Write(string path, Action<Stream> write, bool ownerOnly = false)
    {
        string target = Target(path);
        Told(path, () =>
        {
            if (UnixFile.IsSpecial(target)) WriteSpecial(target, write);
            else Replace(target, write, ownerOnly);
        });
    }

    /// <summary>Whether <see cref="Write"/> replaces what is there, and may be called again; a device or a pipe takes one content.</summary>
    public static bool Replaces(string path) => !UnixFile.IsSpecial(Target(path));

    /// <summary>Finds out whether <see cref="Write"/> can succeed, before hours of work depend on it.</summary>
    /// <exception cref="NnException">It cannot; why.</exception>
    public static void CheckWritable(string path)
    {
        if (Directory.Exists(path)) throw new NnException(ExitCode.BadFile, $"cannot write {path}: it is a folder; name a file in it");
        string target = Target(path);
        if (UnixFile.IsSpecial(target)) return;
        Told(path, () =>
        {
            (Stream stream, string sibling) = Sibling(target, ownerOnly: true);
            stream.Dispose();
            Disk.Current.Delete(sibling);
        });
    }

    private static void Told(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The system may name the sibling, which says nothing to who asked for the file.
            string why = e.Message.Contains(Mark, StringComparison.Ordinal) && e.Message.IndexOf(" : '", StringComparison.Ordinal) is var at and > 0
                ? e.Message[..at]
                : e.Message;
            throw new NnException(ExitCode.BadFile, $"cannot write {path}: {why}", e);
        }
    }

    private static void Replace(string target, Action<Stream> write, bool ownerOnly)
    {
        (Stream stream, string sibling) = Sibling(target, ownerOnly);
        try
        {
            // Open until it has its name: who sweeps sees by the lock that it is in use.
            using (stream)
            {
                write(stream);
                Disk.Current.Flush(stream);
                if (!OperatingSystem.IsWindows() && File.Exists(target)) File.SetUnixFileMode(sibling, File.GetUnixFileMode(target));
                Disk.Current.Rename(sibling, target);
            }
        }
        catch
        {
            TryDelete(sibling);
            throw;
        }

        UnixFile.FlushFolder(Path.GetDirectoryName(target)!);
    }

    // Not closed by a flush to a disk, which a device need not have.
    private static void WriteSpecial(string target, Action<Stream> write)
    {
        using Stream stream = Disk.Current.OpenSpecial(target);
        write(stream);
        stream.Flush();
    }

    private static (Stream Stream, string Path) Sibling(string target, bool ownerOnly)
    {
        Disk.Current.MakeFolder(Path.GetDirectoryName(target)!);
        if (Swept.TryAdd(target, true)) Sweep(target);
        for (int attempt = 1; ; attempt++)
        {
            string sibling = $"{target}{Mark}{Path.GetRandomFileName().Replace(".", "", StringComparison.Ordinal)}{Ending}";
            Stream stream = Disk.Current.Create(sibling, ownerOnly);
            // Between its making and its lock another process may have taken it for an orphan.
            if (File.Exists(sibling)) return (stream, sibling);
            stream.Dispose();
            if (attempt == Attempts) throw new IOException("its temporary files vanish as they are made");
        }
    }

    // What is left of writers that were killed; those at work hold a lock.
    private static void Sweep(string target)
    {
        try
        {
            foreach (string orphan in Directory.EnumerateFiles(Path.GetDirectoryName(target)!, $"{Path.GetFileName(target)}{Mark}*{Ending}"))
            {
                if (IsHeld(orphan)) continue;
                TryDelete(orphan);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Who may not look into the folder may still write the file.
        }
    }

    private static bool IsHeld(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    // The file that a path leads to: a link stays, and what it names is written. Devices keep their names, for the kernel's links to them lead nowhere.
    private static string Target(string path)
    {
        string full;
        try
        {
            full = Path.GetFullPath(path);
        }
        catch (ArgumentException e)
        {
            throw new NnException(ExitCode.BadFile, $"cannot write '{path}': that is no file name", e);
        }

        if (UnixFile.IsSpecial(full)) return full;
        string target = full;
        if (new FileInfo(full).LinkTarget is not null) Told(path, () => target = File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName);
        return target;
    }

    private static void TryDelete(string path)
    {
        try
        {
            Disk.Current.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report; the next writer sweeps.
        }
    }
}
