using Nn.Files;

namespace Nn.Tests.Unit.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_written_and_replaced()
    {
        AtomicFile.Write(_folder.File("a"), s => s.Write([1, 2, 3]));
        AtomicFile.Write(_folder.File("a"), s => s.Write([4]));
        Assert.Equal([4], File.ReadAllBytes(_folder.File("a")));
        Assert.Equal([_folder.File("a")], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_and_nothing_else()
    {
        string path = _folder.Write("a", "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, s =>
        {
            s.Write(new byte[100_000]);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_full_disk_is_told_and_leaves_the_old_file()
    {
        string path = _folder.Write("a", "old");
        NnException e = Assert.Throws<NnException>(() => AtomicFile.Write(path, _ => throw new IOException("no space left")));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("no space left", e.Message);
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void A_folder_in_the_way_is_told() =>
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => AtomicFile.Write(_folder.Path, s => s.Write([1]))).Code);

    [Fact]
    public void What_cannot_be_written_is_found_before_the_work_is_done()
    {
        string file = _folder.Write("a", "old");
        AtomicFile.CheckWritable(file);
        AtomicFile.CheckWritable(_folder.File("new"));
        Assert.Equal("old", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Contains("is a folder", Assert.Throws<NnException>(() => AtomicFile.CheckWritable(_folder.Path)).Message);
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => AtomicFile.CheckWritable(Path.Combine(file, "b"))).Code);
    }

    [Fact]
    public void Missing_folders_are_made()
    {
        AtomicFile.Write(_folder.File("b/c/d"), s => s.Write([1]));
        Assert.Equal([1], File.ReadAllBytes(_folder.File("b/c/d")));
    }
}
