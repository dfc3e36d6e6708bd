using System.Diagnostics;
using System.Text.Json;
using Nn.Dsl;
using Nn.Files;
using Nn.Networks;
using Nn.Networks.Runs;
using Nn.Repl.Options;
using Nn.Training;

namespace Nn.Tests.Cli.Runs;

/// <summary>How runs ended, in whatever way they did, and what is said where a record is damaged.</summary>
public sealed class RunStateTests : IDisposable
{
    private const string Endless = """
        model m { dense 8, tanh; dense classes, softmax }
        data d { builtin moons, samples: 60, seed: 2; split 80/20 }
        train { loss cross_entropy; optimizer adam; epochs 100000000; batch 16 }
        """;

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string State(string run) =>
        JsonDocument.Parse(_folder.Run("runs", "--json").Good().Lines.Single(l => l.Contains($"\"{run}\""))).RootElement.GetProperty("state").GetString()!;

    // A polite end, of which the program writes, and one of which it knows nothing.
    [SkippableTheory]
    [InlineData(InterruptTests.Interrupt)]
    [InlineData(InterruptTests.Terminate)]
    [InlineData(InterruptTests.Kill)]
    public void A_run_is_running_as_long_as_its_process_and_interrupted_afterwards(int signal)
    {
        InterruptTests.SkipWithoutInterrupts();
        _folder.Write("a.nn", Endless);
        using Process process = Nn.Start(_folder.Path, null, "train", "a.nn", "--run", "--json");
        InterruptTests.WaitFor(process, "\"epoch\"");
        string running = State("a-1");
        _ = InterruptTests.SignalAndRead(process, signal);
        Assert.True(process.WaitForExit(20_000));
        Assert.Equal("running", running);
        Assert.Equal("interrupted", State("a-1"));
        string[] row = _folder.Run("runs").Good().Lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["a-1", "interrupted"], row[..2]);
        // Its time is known, too: at least that of its whole epochs.
        Assert.Contains(row[^1], new[] { "µs", "ms", "s", "min" });
        Assert.Contains("interrupted: ", _folder.Run("report", "runs/a-1").Good().Out);
    }

    [Fact]
    public void A_run_that_diverges_says_where()
    {
        _folder.Write("a.nn", "model m { dense 4; dense 1 }\ndata d { builtin linear }\ntrain { loss mse; optimizer sgd(lr: 1e20); epochs 9 }");
        _folder.Run("train", "a.nn", "--run").Fails(ExitCode.Diverged);
        Outcome o = _folder.Run("runs").Good();
        Assert.StartsWith("a-1  diverged ", o.Lines[1]);
        Assert.StartsWith("a-1 diverged: training diverged in epoch 1, step ", o.Lines[2]);
        Assert.Contains("training diverged in epoch 1, step ", _folder.Run("report", "runs/a-1").Good().Out);
    }

    [Fact]
    public void A_run_that_fails_says_why_and_one_without_an_end_was_interrupted()
    {
        var options = new RunOptions(_folder.Write("a.nn", Endless), "cpu", BindOptions.None, Json: false, Quiet: true, Save: null, Resume: null, Model: null);
        Project project = Project.Open(options);
        using TrainingRun training = TrainingRun.Start(project, "cpu");
        TrainingSession session = training.Session;
        foreach (Exception? failure in new Exception?[] { new NnException(ExitCode.DeviceLost, "the device stopped answering"),
            new InvalidOperationException("a defect"), null })
        {
            using RunFolder run = RunFolder.Begin(_folder.File("runs"), options.File, project, options.Bind.Set, session, new Trainer(session));
            if (failure is not null) run.Fail(failure, new Dictionary<string, double> { ["loss"] = 0.5 }, new TrainingOutputs(_ => { }));
        }

        string[] lines = _folder.Run("runs").Good().Lines;
        Assert.Equal(["a-3 interrupted", "a-2 failed", "a-1 failed"],
            lines[1..4].Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2])));
        Assert.Equal(["a-2 failed: InvalidOperationException: a defect", "a-1 failed: the device stopped answering"], lines[4..]);
    }

    // The first is as it should be; each of the others is spoilt in a way of its own.
    [Fact]
    public void Damaged_runs_are_named_and_the_others_listed()
    {
        _folder.Write("a.nn", Endless.Replace("100000000", "1"));
        for (int i = 0; i < 5; i++) _folder.Run("train", "a.nn", "--run", "--quiet").Good();
        _folder.Write("runs/a-2/settings.json", "{ \"state\": ");
        _folder.Write("runs/a-3/metrics.csv", "epxch,seconds,lr,loss\n1,1,1,1\n");
        _folder.Write("runs/a-4/settings.json", "[1]");
        _folder.Write("runs/a-5/settings.json", """{ "metrics": { "loss": "small" } }""");
        foreach (string[] command in new string[][] { ["runs"], ["runs", "--json"] })
        {
            Outcome o = _folder.Run(command);
            Assert.Equal(0, o.Code);
            Assert.Single(o.Lines, l => l.Contains("a-1"));
            Assert.Contains("finished", o.Out);
            Assert.Equal(["a-2", "a-3", "a-4", "a-5"], o.Error.TrimEnd().Split('\n').Select(l => l.Split(':')[1].Trim()[^3..]));
            Assert.All(o.Error.TrimEnd().Split('\n'), l => Assert.Contains("the record of the run is damaged: ", l));
        }

        for (int i = 2; i <= 5; i++) _folder.Run("report", $"runs/a-{i}").Fails(ExitCode.BadFile, $"runs/a-{i}: the record of the run is damaged");
        Directory.Delete(_folder.File("runs/a-1"), recursive: true);
        Assert.Equal("", _folder.Run("runs").Fails(ExitCode.BadFile, "a-2", "a-5").Out);
    }

    // What else lies in the folder of a run may be spoilt as well: the page tells what is left.
    [Theory]
    [InlineData("best.safetensors", "no checkpoint")]
    [InlineData("script.nn", "model m {")]
    public void A_report_tells_what_is_whole(string file, string content)
    {
        _folder.Write("a.nn", Endless.Replace("100000000", "1"));
        _folder.Run("train", "a.nn", "--run", "--quiet").Good();
        _folder.Write($"runs/a-1/{file}", content);
        Outcome o = _folder.Run("report", "runs/a-1").Good();
        Assert.Contains("The data could not be read again: ", o.Out);
        Assert.Contains("finished: 1 epochs", o.Out);
    }

    [Fact]
    public void A_run_of_an_earlier_version_that_says_running_without_a_lock_was_interrupted()
    {
        _folder.Write("settings.json", """{ "state": "running" }""");
        Assert.Equal("interrupted", RunRecord.Load(_folder.Path).State);
        using (FileLock.TryTake(_folder.File("run.lock"))) Assert.Equal("running", RunRecord.Load(_folder.Path).State);
    }
}
