using System.Text;
using Nn.Files;

namespace Nn.Tests.Unit.Files;

/// <summary>Whatever operation on the disk fails, the old file or the new one is there, whole, and nothing else.</summary>
public sealed class DiskFaultTests : IDisposable
{
    private static readonly byte[] Old = Encoding.UTF8.GetBytes("old"), Content = new byte[100_000];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static void Write(string path) => AtomicFile.Write(path, s =>
    {
        s.Write(Content.AsSpan(0, 60_000));
        s.Write(Content.AsSpan(60_000));
    });

    [Fact]
    public void Every_fault_of_a_whole_file_is_told_and_leaves_the_old_one()
    {
        Array.Fill(Content, (byte)7);
        var counted = new FaultyDisk((_, _, _) => false);
        using (Disk.Use(counted)) Write(_folder.File("first"));
        Assert.Equal([DiskOperation.MakeFolder, DiskOperation.Create, DiskOperation.Write, DiskOperation.Write, DiskOperation.Flush, DiskOperation.Rename],
            counted.Done.Select(d => d.Operation));
        for (int k = 0; k < counted.Done.Count; k++)
        {
            string path = _folder.Write($"{k}/file", Old);
            using (Disk.Use(new FaultyDisk((n, _, _) => n == k)))
            {
                NnException e = Assert.Throws<NnException>(() => Write(path));
                Assert.Equal((ExitCode.BadFile, $"cannot write {path}: No space left on device"), (e.Code, e.Message));
            }

            Assert.Equal(Old, File.ReadAllBytes(path));
            Assert.Equal([path], Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
            Write(path);
            Assert.Equal(Content, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void Records_that_could_not_be_written_come_with_the_next_one()
    {
        var counted = new FaultyDisk((_, _, _) => false);
        using (Disk.Use(counted)) Append(_folder.File("first"), out _);
        Assert.Equal("head\none\ntwo\nthree\n", File.ReadAllText(_folder.File("first")));
        for (int k = 0; k < counted.Done.Count; k++)
        {
            string path = _folder.File($"{k}.csv");
            int failed;
            using (Disk.Use(new FaultyDisk((n, _, _) => n == k))) Append(path, out failed);
            Assert.Equal(1, failed);
            // A fault of the last one leaves it waiting.
            Assert.Equal(k >= counted.Done.Count * 2 / 3 ? "head\none\ntwo\n" : "head\none\ntwo\nthree\n", File.ReadAllText(path));
        }
    }

    private static void Append(string path, out int failed)
    {
        failed = 0;
        var file = new AppendedFile(path, () => Encoding.UTF8.GetBytes("head\n"));
        foreach (string record in (string[])["one\n", "two\n", "three\n"])
        {
            try
            {
                file.Add(Encoding.UTF8.GetBytes(record));
            }
            catch (NnException e)
            {
                Assert.Contains("No space left", e.Message);
                Assert.True(file.Waits);
                failed++;
            }
        }
    }

    [Fact]
    public void A_record_that_cannot_be_cut_off_is_the_only_one_that_is_torn()
    {
        string path = _folder.File("a.csv");
        var file = new AppendedFile(path, () => Encoding.UTF8.GetBytes("head\n"));
        file.Add(Encoding.UTF8.GetBytes("one\n"));
        using (Disk.Use(new FaultyDisk((_, o, _) => o is DiskOperation.Write or DiskOperation.CutOff))) Assert.Throws<NnException>(
            () => file.Add(Encoding.UTF8.GetBytes("second\n")));
        file.Write();
        Assert.Equal("head\none\nsecsecond\n", File.ReadAllText(path));
    }
}
