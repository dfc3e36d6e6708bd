using System.Runtime.InteropServices;

namespace Nn.Files;

/// <summary>
/// Writes whole files so that a reader, or a crash, sees either the old file or the new one: a sibling is written and flushed to the disk, then
/// renamed over the target, then the folder is flushed.
/// </summary>
public static partial class AtomicFile
{
    /// <summary>Replaces a file by what <paramref name="write"/> puts into the stream.</summary>
    /// <exception cref="NnException">The file cannot be written; the old one is as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Full(path), sibling = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            using (var stream = new FileStream(sibling, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(sibling, full, overwrite: true);
            FlushFolder(Path.GetDirectoryName(full)!);
        }
        catch (Exception e)
        {
            TryDelete(sibling);
            if (e is IOException or UnauthorizedAccessException) throw new NnException(ExitCode.BadFile, $"cannot write {path}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>Finds out whether <see cref="Write"/> can succeed, before hours of work depend on it.</summary>
    /// <exception cref="NnException">It cannot; why.</exception>
    public static void CheckWritable(string path)
    {
        if (Directory.Exists(path)) throw new NnException(ExitCode.BadFile, $"cannot write {path}: it is a folder; name a file in it");
        string full = Full(path), probe = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot write {path}: {e.Message}", e);
        }
    }

    private static string Full(string path)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (ArgumentException e)
        {
            throw new NnException(ExitCode.BadFile, $"cannot write '{path}': that is no file name", e);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report.
        }
    }

    // .NET has no handle for folders; without this call a crash may lose the renaming. Windows needs none.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        int handle = Open(folder, 0);
        if (handle < 0) return;
        FSync(handle);
        Close(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int FSync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
