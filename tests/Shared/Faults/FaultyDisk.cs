using Nn.Files;

namespace Nn.Tests;

/// <summary>What is done to a file.</summary>
internal enum DiskOperation
{
    Create,
    OpenSpecial,
    Append,
    Write,
    Flush,
    CutOff,
    Rename,
    MakeFolder,
    Delete,
}

/// <summary>
/// A disk that counts what is done and lets some of it fail, as a full or vanished one does: a write stops half-way through its bytes.
/// </summary>
/// <param name="fails">Whether an operation fails: its number from 0, what it is, and the file.</param>
internal sealed class FaultyDisk(Func<int, DiskOperation, string, bool> fails) : Disk
{
    private readonly List<(DiskOperation Operation, string Path)> _done = [];

    /// <summary>All that was asked for, in order.</summary>
    public IReadOnlyList<(DiskOperation Operation, string Path)> Done => _done;

    public override Stream Create(string path, bool ownerOnly)
    {
        Before(DiskOperation.Create, path);
        return new Counted(this, base.Create(path, ownerOnly), path);
    }

    public override Stream OpenSpecial(string path)
    {
        Before(DiskOperation.OpenSpecial, path);
        return new Counted(this, base.OpenSpecial(path), path);
    }

    public override Stream Append(string path)
    {
        Before(DiskOperation.Append, path);
        return new Counted(this, base.Append(path), path);
    }

    public override void Flush(Stream stream)
    {
        var counted = (Counted)stream;
        Before(DiskOperation.Flush, counted.Path);
        base.Flush(counted.Inner);
    }

    public override void CutOff(string path, long length)
    {
        Before(DiskOperation.CutOff, path);
        base.CutOff(path, length);
    }

    public override void Rename(string from, string to)
    {
        Before(DiskOperation.Rename, to);
        base.Rename(from, to);
    }

    public override void MakeFolder(string path)
    {
        Before(DiskOperation.MakeFolder, path);
        base.MakeFolder(path);
    }

    public override void Delete(string path)
    {
        Before(DiskOperation.Delete, path);
        base.Delete(path);
    }

    private bool Fails(DiskOperation operation, string path)
    {
        _done.Add((operation, path));
        return fails(_done.Count - 1, operation, path);
    }

    private void Before(DiskOperation operation, string path)
    {
        if (Fails(operation, path)) throw Full();
    }

    private static IOException Full() => new("No space left on device");

    private sealed class Counted(FaultyDisk disk, Stream inner, string path) : Stream
    {
        public Stream Inner => inner;

        public string Path => path;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            bool full = disk.Fails(DiskOperation.Write, path);
            inner.Write(full ? buffer[..(buffer.Length / 2)] : buffer);
            if (full) throw FaultyDisk.Full();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
