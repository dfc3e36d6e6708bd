namespace Nn.Files;

/// <summary>
/// Files that a script or a command names. What has no length (a named pipe, a socket, a device) is refused rather than waited for; the streams of the process
/// itself, <c>/dev/stdin</c> and <c>/dev/fd/3</c>, may be read where a reader asks for them.
/// </summary>
public static class InputFile
{
    // What a file without a length is said to be: an empty one cannot be told from the others without opening it.
    private const string Nothing = "it is empty, or a pipe, socket or device, which are not read";

    /// <summary>Opens a file to be read.</summary>
    /// <exception cref="IOException">It is missing, cannot be read, or has no length.</exception>
    public static FileStream Open(string path) => File.Exists(path) && LengthOf(path) == 0 ? throw new IOException(Nothing) : File.OpenRead(path);

    /// <summary>All bytes of a file.</summary>
    /// <exception cref="IOException">It is missing, cannot be read, or has no length.</exception>
    public static byte[] Bytes(string path)
    {
        using FileStream file = Open(path);
        // What is written to it meanwhile comes too late to be read.
        long length = file.Length;
        if (length > Array.MaxLength) throw new IOException($"it has {length:N0} bytes; at most {Array.MaxLength:N0} are read");
        byte[] bytes = ExactBytes.Read(file, length);
        return bytes.Length == length ? bytes : throw new IOException("it became shorter while it was read");
    }

    /// <summary>Bytes of a file; 0 for a pipe, socket or device, which has no length, and gives what it has to one reader only.</summary>
    public static long LengthOf(string path)
    {
        var file = new FileInfo(path);
        // A link has the length of its target's name.
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
        return file.Exists ? file.Length : 0;
    }

    /// <summary>Whether a path names a stream that the process was given: standard input, or what a shell writes for <c>&lt;(…)</c>.</summary>
    public static bool IsOwnStream(string path) => !OperatingSystem.IsWindows() &&
        (path == "/dev/stdin" || path.StartsWith("/dev/fd/", StringComparison.Ordinal) || path.StartsWith("/proc/self/fd/", StringComparison.Ordinal));
}
