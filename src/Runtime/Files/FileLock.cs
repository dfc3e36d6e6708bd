using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Nn.Files;

/// <summary>
/// Keeps other processes away from a file or folder, by a small file beside it that names the process. The system holds the lock, not the name of that file: it
/// is free as soon as the process has ended, killed or not, and what a killed one left behind locks nobody out.
/// </summary>
public sealed partial class FileLock : IDisposable
{
    // Says whose file it is: nothing else is overwritten.
    private const string Sign = "nn ";
    private const int MaxLength = 32;

    private readonly FileStream _stream;

    private FileLock(FileStream stream) => _stream = stream;

    /// <summary>Locks a file, by one of the same name with <c>.lock</c> after it.</summary>
    /// <param name="file">The file; it need not be there.</param>
    /// <exception cref="NnException">Another process has it, or it cannot be locked.</exception>
    public static FileLock Take(string file)
    {
        string path = file + ".lock";
        try
        {
            if (TryTake(path) is { } taken) return taken;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot write {file}: {e.Message}", e);
        }

        string process = Holder(path) is { } id ? $"process {id}" : "another process";
        throw new NnException(ExitCode.BadFile, $"{file} is in use by {process}, which is writing to it: wait until that process has ended")
        {
            Remedy = new Remedy(RemedyKind.WriteElsewhere),
        };
    }

    /// <summary>Makes and locks a file of this name; null where another process, or this one, holds it.</summary>
    /// <exception cref="IOException">It cannot be made, or there is a file that is no lock.</exception>
    public static FileLock? TryTake(string path)
    {
        CheckReplaceable(path);
        FileStream stream;
        try
        {
            // Windows lets others read who holds it, Unix needs the exclusive mode for any lock at all. Removing the file and taking it at the same time is
            // settled by .NET.
            FileShare share = OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None;
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, MaxLength, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (IsHeldElsewhere(e))
        {
            return null;
        }

        try
        {
            stream.SetLength(0);
            stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Sign}{Environment.ProcessId}\n")));
            stream.Flush();
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        return new FileLock(stream);
    }

    /// <summary>Whether a process holds this lock now.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (IOException e)
        {
            return IsHeldElsewhere(e);
        }
        catch (UnauthorizedAccessException)
        {
            // It is another user's: nobody can tell, so what the user's files say counts.
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    // EWOULDBLOCK of Linux and of macOS, and the sharing violation of Windows.
    private static bool IsHeldElsewhere(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    // The name is made from another one: what a user, or somebody who put a link there, has under it stays.
    private static void CheckReplaceable(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is null)
        {
            if (!file.Exists || file.Length == 0) return;
            // Whose it was may have taken it away, or begun to write its own, since.
            string text = Text(path);
            if (text.Length == 0 || text.StartsWith(Sign, StringComparison.Ordinal)) return;
        }

        throw new IOException($"{path} is no lock of nn; remove or rename it");
    }

    private static int? Holder(string path)
    {
        string text = Text(path);
        return text.StartsWith(Sign, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(Sign.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            ? process
            : null;
    }

    private static string Text(string path)
    {
        try
        {
            using SafeFileHandle handle = OperatingSystem.IsWindows()
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : new SafeFileHandle(Open(path, 0), ownsHandle: true);
            if (handle.IsInvalid) return "";
            var bytes = new byte[MaxLength];
            return Encoding.ASCII.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    // On Unix .NET locks whatever it opens, also to read it.
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);
}
