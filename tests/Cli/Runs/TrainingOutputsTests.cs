using Nn.Dsl;
using Nn.Networks;
using Nn.Networks.Runs;
using Nn.Repl.Live;
using Nn.Repl.Options;
using Nn.Training;

namespace Nn.Tests.Cli.Runs;

/// <summary>What is said of an output that fails while a training goes on.</summary>
public sealed class TrainingOutputsTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    private static readonly Action Full = () => throw new IOException("No space left on device");

    public void Dispose() => _folder.Dispose();

    // In a file and in a pipe there are lines of epochs only.
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Between_epochs_nothing_is_written_but_to_a_terminal(bool json, bool quiet)
    {
        var options = new RunOptions(_folder.Write("a.nn", ScriptFolder.Small), "cpu", BindOptions.None, json, quiet, Save: null, Resume: null, Model: null);
        using TrainingRun training = TrainingRun.Start(Project.Open(options), "cpu");
        using var display = new TrainingDisplay(training.Session, json, quiet, lastEpoch: 3, []);
        var said = new List<bool>();
        training.Trainer.OnProgress = p => said.Add(display.Progress(p));
        training.Trainer.Run(default);
        Assert.NotEmpty(said);
        Assert.DoesNotContain(true, said);
    }

    [Fact]
    public void A_failure_is_told_once_and_its_end_only_when_something_was_written()
    {
        var told = new List<string>();
        var outputs = new TrainingOutputs(told.Add);
        for (int i = 0; i < 3; i++)
        {
            Assert.False(outputs.Try("log", Full));
            Assert.True(outputs.Try("log", () => false));
        }

        Assert.Equal(["warning: cannot write log: No space left on device; the training goes on, and this is tried again after the next epoch"], told);
        Assert.Equal("cannot write log: No space left on device", outputs.Failing);

        Assert.True(outputs.Try("log", () => { }));
        Assert.Equal("log is written again", told[^1]);
        Assert.Null(outputs.Failing);
    }
}
