using System.Runtime.Versioning;
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

    [SkippableFact]
    public void A_link_stays_and_what_it_names_is_written()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights there");
        string real = _folder.Write("there/real", "old"), link = _folder.File("link"), dangling = _folder.File("dangling");
        File.CreateSymbolicLink(link, "there/real");
        File.CreateSymbolicLink(dangling, "there/new");
        AtomicFile.Write(link, s => s.Write("new"u8));
        AtomicFile.Write(dangling, s => s.Write("made"u8));
        Assert.Equal(("there/real", "there/new"), (new FileInfo(link).LinkTarget, new FileInfo(dangling).LinkTarget));
        Assert.Equal(("new", "made"), (File.ReadAllText(real), File.ReadAllText(_folder.File("there/new"))));
    }

    [SkippableTheory]
    [InlineData("/dev/null")]
    [InlineData("/dev/full")]
    public void A_device_is_written_to_and_stays_one(string device)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "devices are as on Linux");
        // A link in a folder where files may be made: a mistake replaces the link, not the device.
        string link = _folder.File("device");
        File.CreateSymbolicLink(link, device);
        AtomicFile.CheckWritable(link);
        Exception? e = Record.Exception(() => AtomicFile.Write(link, s => s.Write("x"u8)));
        Assert.Equal(device == "/dev/full", e is NnException { Code: ExitCode.BadFile });
        Assert.Equal(device, new FileInfo(link).LinkTarget);
        Assert.Equal([link], Directory.GetFileSystemEntries(_folder.Path));
    }

    [SkippableFact]
    public void A_pipe_gets_what_is_written()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "pipes are as on Linux");
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.In, HandleInheritability.None);
        AtomicFile.Write($"/proc/self/fd/{pipe.GetClientHandleAsString()}", s => s.Write("abc"u8));
        var read = new byte[3];
        pipe.ReadExactly(read);
        Assert.Equal("abc"u8, read);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void Who_may_read_a_file_stays_as_it_was()
    {
        Skip.If(OperatingSystem.IsWindows(), "modes are of Unix");
        const UnixFileMode mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string path = _folder.Write("a", "old");
        File.SetUnixFileMode(path, mine | UnixFileMode.GroupRead);
        AtomicFile.Write(path, s => s.Write([1]), ownerOnly: true);
        Assert.Equal(mine | UnixFileMode.GroupRead, File.GetUnixFileMode(path));
        AtomicFile.Write(_folder.File("b"), s => s.Write([1]), ownerOnly: true);
        Assert.Equal(mine, File.GetUnixFileMode(_folder.File("b")));
    }

    [SkippableFact]
    public void Names_that_can_be_guessed_are_not_used()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights there");
        string victim = _folder.Write("victim", "untouched");
        File.CreateSymbolicLink(_folder.File($"a.{Environment.ProcessId}.tmp"), victim);
        var names = new HashSet<string>();
        for (int i = 0; i < 3; i++)
        {
            AtomicFile.Write(_folder.File("a"), s =>
            {
                names.Add(Directory.GetFiles(_folder.Path, "a.nn-*.tmp").Single());
                s.Write([1]);
            });
        }

        Assert.Equal(3, names.Count);
        Assert.Equal("untouched", File.ReadAllText(victim));
    }

    [Fact]
    public void What_a_killed_writer_left_is_swept_and_what_one_at_work_writes_is_not()
    {
        string orphan = _folder.Write("a.nn-0123456789a.tmp", "half"), other = _folder.Write("b.nn-0123456789a.tmp", "of another"),
            own = _folder.Write("a.tmp", "the user's");
        string working = _folder.File("a.nn-abcdefghijk.tmp");
        using (Disk.Current.Create(working, ownerOnly: false))
        {
            AtomicFile.Write(_folder.File("a"), s => s.Write([1]));
            Assert.Equal([_folder.File("a"), working, own, other], Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal));
            Assert.False(File.Exists(orphan));
        }
    }

    [Fact]
    public void Readers_are_never_kept_out_while_a_file_is_replaced()
    {
        string path = _folder.File("a");
        AtomicFile.Write(path, s => s.Write(new byte[5000]));
        using var stop = new CancellationTokenSource();
        var writer = new Thread(() =>
        {
            for (byte i = 0; !stop.IsCancellationRequested; i++) AtomicFile.Write(path, s => s.Write(Enumerable.Repeat(i, 5000).ToArray()));
        });
        writer.Start();
        try
        {
            for (int i = 0; i < 300; i++) Assert.Single(File.ReadAllBytes(path).Distinct());
        }
        finally
        {
            stop.Cancel();
            writer.Join();
        }
    }
}
