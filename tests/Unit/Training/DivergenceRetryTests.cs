using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Trainings that diverge and go on with smaller rates.</summary>
public class DivergenceRetryTests
{
    private static string Text(string rate, string line) => $$"""
        model net { dense 6; dense 1 }
        data d { builtin sine, samples: 60, noise: 0.1 }
        train { loss mse; optimizer sgd(lr: {{rate}}, momentum: 0.9); {{line}}; epochs 3; batch 7 }
        """;

    // What diverges in the first epoch is as if it had never been: powers of two divide without rounding.
    [Fact]
    public void It_begins_the_epoch_anew_with_the_rate_divided()
    {
        using TrainingSession session = new Script(Text("512", "on_divergence divide_lr: 32768, retries: 2")).Load(),
            small = new Script(Text("0.015625", "clip norm: 1e30")).Load();
        var retries = new List<DivergenceRetry>();
        var trainer = new Trainer(session) { OnRetry = retries.Add };
        (List<double> a, List<double> b) = ([], []);
        trainer.OnEpoch = e => a.Add(e.Metrics["loss"]);
        Assert.Equal(TrainingEnd.Finished, trainer.Run(default));
        new Trainer(small) { OnEpoch = e => b.Add(e.Metrics["loss"]) }.Run(default);
        DivergenceRetry retry = Assert.Single(retries);
        Assert.Equal((0, 1), (retry.Epoch, retry.Retry));
        Assert.Equal(1, trainer.State.Retries);
        for (int e = 0; e < 3; e++) Assert.Equal(b[e], a[e], 1e-5);
        Assert.Equal(0.015625, session.Rate(0));
    }

    // A file from within an epoch has the beginning of it as well.
    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public void A_run_that_is_stopped_before_it_diverges_goes_back_as_far_when_it_is_resumed(int steps)
    {
        var script = new Script(Text("8", "on_divergence divide_lr: 10, retries: 4"));
        using TrainingSession whole = script.Load(), first = script.Load(), second = script.Load();
        Trainer all = new(whole), some = new(first), rest = new(second);
        all.Run(default);
        Assert.InRange(all.State.Retries, 1, 4);
        some.Run(default, steps: steps);
        Assert.InRange(first.StepInEpoch, 1, first.Plan.StepsPerEpoch);
        Checkpoint.Restore(second, rest.State, Checkpoint.Capture(first, some.State, script.Text), "test");
        rest.Run(default);
        Assert.Equal(Script.State(whole), Script.State(second));
        Assert.Equal(all.State.Retries, rest.State.Retries);
    }

    [Fact]
    public void After_the_last_retry_it_fails_as_without()
    {
        using TrainingSession session = new Script(Text("1e6", "on_divergence divide_lr: 2, retries: 2")).Load();
        var trainer = new Trainer(session) { LocatesDivergence = false };
        int told = 0;
        trainer.OnRetry = _ => told++;
        NnException e = Assert.Throws<NnException>(() => trainer.Run(default));
        Assert.Equal((ExitCode.Diverged, 2, 2), (e.Code, told, trainer.State.Retries));
        Assert.Null(session.FirstNonFinite());
    }
}
