using System.Diagnostics;
using System.Text.Json;

namespace Nn.Tests.Cli;

/// <summary>Two processes that want to write to the same place.</summary>
public sealed class LockTests : IDisposable
{
    private const string Endless = """
        let rate = 0.1
        model m { dense 2, tanh; dense classes, softmax }
        data d { builtin moons, samples: 60, seed: 2; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: rate); epochs 2; batch 16 }
        search random, trials: 1000000 { rate in log(1e-3..1e-1) }
        """;

    private readonly ScriptFolder _folder = new();

    public LockTests() => _folder.Write("a.nn", Endless);

    public void Dispose() => _folder.Dispose();

    // With and without --resume on either side; a killed search, too, leaves the file to others at once.
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Of_two_searches_with_one_file_the_second_is_refused_until_the_first_ends(bool firstResumes, bool secondResumes)
    {
        if (firstResumes) _folder.Run("search", "a.nn", "--trials", "3", "--quiet").Good();
        using Process first = Nn.Start(_folder.Path, null, ["search", "a.nn", "--json", .. firstResumes ? new[] { "--resume" } : []]);
        try
        {
            InterruptTests.WaitFor(first, "\"event\":\"trial\"");
            string[] second = ["search", "a.nn", "--quiet", .. secondResumes ? new[] { "--resume" } : []];
            _folder.Run(second).Fails(ExitCode.BadFile, $"a.search.jsonl is in use by process {first.Id}",
                "wait until that process has ended; --out names another file");
            // Reading is free, and another file is another search.
            _folder.Run("train", "a.nn", "--best", "--quiet").Good();
            _folder.Run("search", "a.nn", "--trials", "1", "--quiet", "--out", "other").Good();
        }
        finally
        {
            first.Kill();
            first.WaitForExit();
        }

        int kept = File.ReadAllText(_folder.File("a.search.jsonl")).Count(c => c == '\n') - 1;
        Assert.True(kept >= 1);
        _folder.Run("search", "a.nn", "--resume", "--quiet", "--trials", $"{kept + 1}").Good();
        Assert.Equal(Enumerable.Range(1, kept + 1),
            File.ReadLines(_folder.File("a.search.jsonl")).Skip(1).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("trial").GetInt32()));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.lock"));
    }

    [Fact]
    public void Trainings_that_begin_together_have_a_run_each()
    {
        Process[] all = [.. Enumerable.Range(0, 4).Select(i => Nn.Start(_folder.Path, null, "train", "a.nn", "--quiet", "--run", "kept", "--seed", $"{i}"))];
        foreach (Process p in all)
        {
            using Process process = p;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.Equal((0, ""), (process.ExitCode, error));
        }

        string[] runs = Directory.GetDirectories(_folder.File("kept"));
        Assert.Equal(["a-1", "a-2", "a-3", "a-4"], runs.Select(Path.GetFileName).Order());
        JsonElement[] settings = [.. runs.Select(r => JsonDocument.Parse(File.ReadAllText(Path.Combine(r, "settings.json"))).RootElement)];
        Assert.All(settings, s => Assert.Equal("finished", s.GetProperty("state").GetString()));
        Assert.Equal([0, 1, 2, 3], settings.Select(s => s.GetProperty("seed").GetInt32()).Order());
        // One header and two epochs each: nobody wrote into another's table.
        Assert.All(runs, r => Assert.Equal(3, File.ReadAllLines(Path.Combine(r, "metrics.csv")).Length));
    }
}
