using Nn.Files;

namespace Nn.Tests.Unit.Files;

/// <summary>Locks as one process sees them; what two processes do is in tests/Cli.</summary>
public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_lock_is_had_once_and_again_after_it_was_given_back()
    {
        string file = _folder.File("results"), path = file + ".lock";
        using (FileLock.Take(file))
        {
            Assert.True(FileLock.IsHeld(path));
            Assert.Null(FileLock.TryTake(path));
            NnException e = Assert.Throws<NnException>(() => FileLock.Take(file));
            Assert.Equal(ExitCode.BadFile, e.Code);
            Assert.Equal($"{file} is in use by process {Environment.ProcessId}, which is writing to it: wait until that process has ended", e.Message);
            Assert.Equal(new Remedy(RemedyKind.WriteElsewhere), e.Remedy);
        }

        Assert.False(FileLock.IsHeld(path));
        Assert.False(File.Exists(path));
        FileLock.Take(file).Dispose();
    }

    // Nobody may end up with a lock on a file that has been removed since: then two would have it.
    [Fact]
    public void Of_many_threads_one_has_the_lock_at_a_time()
    {
        string path = _folder.File("busy.lock");
        int inside = 0, taken = 0;
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 500; i++)
            {
                using FileLock? held = FileLock.TryTake(path);
                if (held is null) continue;
                Interlocked.Increment(ref taken);
                Assert.Equal(1, Interlocked.Increment(ref inside));
                Thread.Yield();
                Interlocked.Decrement(ref inside);
            }
        });
        Assert.True(taken > 0);
        Assert.False(File.Exists(path));
    }

    // Of a killed process, whose number may be that of another one by now, or of one that had not come to writing it.
    [Theory]
    [InlineData("nn 1\n")]
    [InlineData("")]
    public void What_a_killed_process_left_locks_nobody_out(string left)
    {
        string path = _folder.File("results.lock");
        File.WriteAllText(path, left);
        Assert.False(FileLock.IsHeld(path));
        FileLock.Take(_folder.File("results")).Dispose();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_file_of_the_user_that_happens_to_have_the_name_stays()
    {
        string path = _folder.File("poetry.lock");
        File.WriteAllText(path, "[[package]]");
        Assert.Contains("poetry.lock is no lock of nn; remove or rename it", Assert.Throws<NnException>(() => FileLock.Take(_folder.File("poetry"))).Message);
        Assert.Equal("[[package]]", File.ReadAllText(path));
    }

    [SkippableFact]
    public void A_link_is_not_followed()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights there");
        string victim = _folder.File("victim"), path = _folder.File("results.lock");
        foreach (string text in new[] { "nn letters", "" })
        {
            File.WriteAllText(victim, text);
            File.CreateSymbolicLink(path, victim);
            Assert.Throws<IOException>(() => FileLock.TryTake(path));
            Assert.Equal(text, File.ReadAllText(victim));
            File.Delete(path);
        }
    }

    [Fact]
    public void A_lock_that_cannot_be_made_is_told() =>
        Assert.StartsWith($"cannot write {_folder.File("nowhere/results")}: ",
            Assert.Throws<NnException>(() => FileLock.Take(_folder.File("nowhere/results"))).Message);
}
