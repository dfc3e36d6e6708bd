namespace Nn.Exchange.Onnx;

/// <summary>
/// Elements that a model keeps in another file, as newer exporters do. A file may come from anywhere: it names another one beside itself or below its folder,
/// and no other.
/// </summary>
internal static class OnnxExternal
{
    /// <summary>The bytes of a tensor.</summary>
    /// <param name="folder">Where the model lies; null where it is no file.</param>
    /// <param name="entries">What the model says: location, offset, length.</param>
    /// <param name="bytes">Bytes that the extents ask for.</param>
    /// <param name="why">Why it was not read.</param>
    public static byte[]? Read(string? folder, IReadOnlyDictionary<string, string> entries, long bytes, out string why)
    {
        string location = entries.GetValueOrDefault("location") ?? "";
        if (folder is null || location.Length == 0)
        {
            why = "its elements are in another file, which is not named; save the model as one file";
            return null;
        }

        why = $"its elements are in '{location}', which is not beside the model; save the model as one file";
        if (location.Contains('\\') || location.Contains(':') || Path.IsPathRooted(location) || location.Split('/').Any(p => p is "" or "." or ".."))
            return null;
        string path = Path.Combine(folder, location);
        try
        {
            var file = new FileInfo(path);
            int top = Path.GetFullPath(folder).Length;
            for (FileSystemInfo? at = file; at is not null && at.FullName.Length > top; at = at is FileInfo f ? f.Directory : ((DirectoryInfo)at).Parent)
            {
                if (at.LinkTarget is not null) return null;
            }

            if (!file.Exists) return null;
            long offset = Number(entries, "offset", 0), length = Number(entries, "length", bytes);
            why = $"it has {length:N0} bytes in '{location}', not {bytes:N0}";
            if (length != bytes || bytes > Array.MaxLength) return null;
            why = $"'{location}' has {file.Length:N0} bytes, and the elements would end at {offset + length:N0}";
            if (offset < 0 || offset > file.Length - length) return null;
            using FileStream stream = file.OpenRead();
            stream.Position = offset;
            var read = new byte[bytes];
            stream.ReadExactly(read);
            return read;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            why = $"'{location}' cannot be read: {e.Message}";
            return null;
        }
    }

    private static long Number(IReadOnlyDictionary<string, string> entries, string name, long otherwise) =>
        !entries.TryGetValue(name, out string? text)
            ? otherwise
            : long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long n)
            ? n
            : -1;
}
