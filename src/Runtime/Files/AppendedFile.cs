using System.Buffers;

namespace Nn.Files;

/// <summary>
/// A file that grows by whole records. One that cannot be written is cut off again and waits: it is written before the next one, so a disk that is full for a
/// while costs nothing. A file that somebody took away is begun anew.
/// </summary>
public sealed class AppendedFile
{
    private readonly string _path;
    private readonly Func<byte[]> _header;
    private readonly ArrayBufferWriter<byte> _waiting = new();

    /// <summary>Nothing is written yet.</summary>
    /// <param name="path">Where; it is made with its folder where it is missing.</param>
    /// <param name="header">What an empty file begins with.</param>
    public AppendedFile(string path, Func<byte[]> header) => (_path, _header) = (path, header);

    /// <summary>Whether records wait to be written.</summary>
    public bool Waits => _waiting.WrittenCount > 0;

    /// <summary>Adds a record.</summary>
    /// <exception cref="NnException">It cannot be written; it waits.</exception>
    public void Add(ReadOnlySpan<byte> record)
    {
        _waiting.Write(record);
        Write();
    }

    /// <summary>Writes what waits.</summary>
    /// <exception cref="NnException">It cannot be written; it waits on.</exception>
    public void Write()
    {
        if (!Waits) return;
        try
        {
            Disk.Current.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
            Append();
            _waiting.ResetWrittenCount();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot write {_path}: {e.Message}", e);
        }
    }

    private void Append()
    {
        long? before = null;
        try
        {
            using Stream stream = Disk.Current.Append(_path);
            before = stream.Length;
            // One write: who reads along never sees half a record.
            stream.Write(before == 0 ? [.. _header(), .. _waiting.WrittenSpan] : _waiting.WrittenSpan);
            stream.Flush();
        }
        catch (IOException) when (before is not null)
        {
            CutOff(before.Value);
            throw;
        }
    }

    private void CutOff(long length)
    {
        try
        {
            if (File.Exists(_path)) Disk.Current.CutOff(_path, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Half a record is what readers of such files know to pass over.
        }
    }
}
