using Nn.Data;
using Nn.Files;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Numbers that change while training, by whoever sets them.</summary>
public class NumbersTests
{
    // Ten steps an epoch.
    private static Script Of(string settings, string optimizer = "sgd(lr: 0.1)") => new(
        $"model m {{ dense 1 }}\ndata d {{ builtin linear, samples: 40 }}\ntrain m {{ loss mse; optimizer {optimizer}; {settings}; batch 4 }}");

    [Fact]
    public void A_number_says_who_gives_it()
    {
        using TrainingSession plain = Of("epochs 2").Load(), scheduled = Of("epochs 2; schedule cosine").Load();
        using TrainingSession swept = Of("epochs 2", "adam(lr: 0.1, beta1: 0.5 -> 0.9)").Load();
        Assert.Equal(NumberSource.Script, plain.Numbers.Rates[0].Source);
        Assert.Equal(NumberSource.Schedule, scheduled.Numbers.Rates[0].Source);
        TrainingNumber beta = swept.Numbers.Called("beta1").Single();
        Assert.Equal((NumberSource.Sweep, "0.5 -> 0.9", "adam.beta1"), (beta.Source, beta.Stated, beta.Name));
        Assert.True(swept.Numbers.Set("beta1", 0.7));
        Assert.Equal((NumberSource.Hand, "0.5 -> 0.9", 0.7), (beta.Source, beta.Stated, swept.Numbers.Now(beta)));
        Assert.False(swept.Numbers.Set("beta7", 0.7));
    }

    [Fact]
    public void A_rate_set_in_mid_epoch_is_that_of_the_next_step()
    {
        using TrainingSession session = Of("epochs 2").Load();
        new Trainer(session).Run(default, steps: 3);
        string before = Weights(session);
        Assert.True(session.Numbers.Set("lr", 0));
        new Trainer(session).Run(default, steps: 3);
        Assert.Equal(before, Weights(session));
        Assert.True(session.Numbers.Set("m.lr", 0.1));
        new Trainer(session).Run(default, steps: 1);
        Assert.NotEqual(before, Weights(session));
    }

    // Half a cosine from 0.4 over 20 steps: at the tenth it is half of it.
    [Fact]
    public void A_schedule_goes_on_from_a_rate_that_is_set()
    {
        using TrainingSession session = Of("epochs 2; schedule cosine").Load();
        session.Numbers.Set("lr", 0.4);
        Assert.Equal(0.2, session.Numbers.Rates[0].At(10), 1e-12);
        Assert.Equal(NumberSource.Schedule, session.Numbers.Rates[0].Source);
    }

    [Fact]
    public void A_rate_that_is_set_stays_where_the_schedule_states_rates_of_its_own()
    {
        using TrainingSession session = Of("epochs 2; schedule 0.1 for 1 epoch, 0.01").Load();
        TrainingNumber rate = session.Numbers.Rates[0];
        Assert.Equal((0.1, 0.01), (rate.At(0), rate.At(10)));
        session.Numbers.Set("lr", 0.3);
        Assert.Equal((0.3, 0.3, NumberSource.Hand), (rate.At(0), rate.At(10), rate.Source));
    }

    [Fact]
    public void A_rate_set_to_the_first_value_of_its_sweep_ends_the_sweep()
    {
        using TrainingSession session = Of("epochs 2", "sgd(lr: 0.1 -> 0.01)").Load();
        TrainingNumber rate = session.Numbers.Rates[0];
        Assert.Equal(0.01, rate.At(19), 1e-12);
        session.Numbers.Set("lr", 0.1);
        Assert.Equal(0.1, rate.At(19));
    }

    [Theory]
    [InlineData("adam(lr: 0.1)", "lr", 7)]
    [InlineData("adam(lr: 0.1)", "beta1", 10)]
    [InlineData("adam(lr: 0.1, beta1: 0.5 -> 0.9)", "beta1", 13)]
    public void A_run_with_a_number_that_was_set_is_resumed_to_the_same_bits(string optimizer, string name, int steps)
    {
        Script script = Of("epochs 2", optimizer);
        using TrainingSession whole = script.Load(), first = script.Load(), second = script.Load(), unset = script.Load();
        foreach (TrainingSession s in new[] { whole, first })
        {
            new Trainer(s).Run(default, steps: steps);
            s.Numbers.Set(name, 0.25);
        }

        Safetensors file = Checkpoint.Capture(first, new TrainerState(), script.Text);
        Checkpoint.Restore(second, new TrainerState(), file, "test");
        new Trainer(whole).Run(default);
        new Trainer(second).Run(default);
        new Trainer(unset).Run(default);
        Assert.Equal(Weights(whole), Weights(second));
        Assert.NotEqual(Weights(whole), Weights(unset));
    }

    [Fact]
    public void A_number_that_was_set_gives_way_to_a_script_that_states_another()
    {
        using TrainingSession first = Of("epochs 2").Load(), same = Of("epochs 2").Load(), other = Of("epochs 2", "sgd(lr: 0.2)").Load();
        first.Numbers.Set("lr", 0.3);
        Safetensors file = Checkpoint.Capture(first, new TrainerState(), "");
        Checkpoint.Restore(same, new TrainerState(), file, "test");
        Checkpoint.Restore(other, new TrainerState(), file, "test");
        Assert.Equal((0.3, 0.2), (same.Numbers.Rates[0].Base, other.Numbers.Rates[0].Base));
        file.Metadata["held.sgd.lr"] = "fast";
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Checkpoint.Restore(same, new TrainerState(), file, "test")).Code);
    }

    [Fact]
    public void A_checkpoint_of_a_training_in_which_nobody_set_a_number_says_nothing_of_it()
    {
        using TrainingSession session = Of("epochs 2", "adam").Load();
        Assert.DoesNotContain(Checkpoint.Capture(session, new TrainerState(), "").Metadata.Keys, k => k.StartsWith("held"));
    }

    private static string Weights(TrainingSession session) =>
        string.Join(' ', session.Plan.Slots.Parameters.Values.SelectMany(s => session.Read<float>(s)).Select(BitConverter.SingleToInt32Bits));
}
