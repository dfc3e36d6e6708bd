using System.IO.Compression;

namespace Nn.Files;

/// <summary>NumPy's format for several arrays: a zip archive with a <see cref="Npy"/> file each.</summary>
public static class Npz
{
    private const int MaxEntries = 1 << 16;
    private const string Extension = ".npy";

    // What a zip archive can say at the earliest: files of the same content are the same.
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The names of the arrays in a file.</summary>
    /// <exception cref="NnException">It is damaged, or is no such file.</exception>
    public static IReadOnlyList<string> Names(string path) => Open(path, zip => Entries(zip, path).Keys.ToArray());

    /// <summary>Reads arrays from a file: those of the given names, or all.</summary>
    /// <exception cref="NnException">The file is damaged, or an array is missing, damaged, too large or of a type that is not read.</exception>
    public static SortedDictionary<string, NumpyArray> Load(string path, params IReadOnlyCollection<string> names) => Open(path, zip =>
    {
        SortedDictionary<string, ZipArchiveEntry> entries = Entries(zip, path);
        var arrays = new SortedDictionary<string, NumpyArray>(StringComparer.Ordinal);
        foreach (string name in names.Count > 0 ? names : entries.Keys)
        {
            if (!entries.TryGetValue(name, out ZipArchiveEntry? entry))
                throw new NnException(ExitCode.BadFile, $"{path} has no array '{name}'; it has {string.Join(", ", entries.Keys.Take(30))}");
            using Stream stream = entry.Open();
            arrays[name] = Npy.Read(stream, $"'{name}' in {path}", entry.CompressedLength);
        }

        return arrays;
    });

    /// <summary>Writes a file, whole or not at all, without compression.</summary>
    public static void Save(string path, IReadOnlyDictionary<string, NumpyArray> arrays) => AtomicFile.Write(path, stream =>
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, NumpyArray array) in arrays)
        {
            ZipArchiveEntry entry = zip.CreateEntry(name + Extension, CompressionLevel.NoCompression);
            entry.LastWriteTime = Epoch;
            using Stream data = entry.Open();
            Npy.Write(data, array);
        }
    });

    private static SortedDictionary<string, ZipArchiveEntry> Entries(ZipArchive zip, string path)
    {
        if (zip.Entries.Count > MaxEntries)
            throw new NnException(ExitCode.BadFile, $"{path} has {zip.Entries.Count:N0} arrays; at most {MaxEntries:N0} are read");
        var entries = new SortedDictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        foreach (ZipArchiveEntry e in zip.Entries.Where(e => e.FullName.EndsWith(Extension, StringComparison.Ordinal)))
        {
            if (!entries.TryAdd(e.FullName[..^Extension.Length], e)) throw new NnException(ExitCode.BadFile, $"{path} has '{e.FullName}' twice");
        }

        return entries.Count > 0 ? entries : throw new NnException(ExitCode.BadFile, $"{path} has no arrays; numpy.savez writes a file with some");
    }

    private static T Open<T>(string path, Func<ZipArchive, T> read)
    {
        try
        {
            using FileStream file = InputFile.Open(path);
            using var zip = new ZipArchive(file, ZipArchiveMode.Read);
            return read(zip);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot read {path} as arrays of NumPy: {e.Message}", e);
        }
    }
}
