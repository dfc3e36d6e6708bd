using Nn.Training;

namespace Nn.Tests.Unit.Training;

public class TrainerTests
{
    // Training wants w = 1, validation w = −1: the better the one, the worse the other.
    private const string Contrary = "x,y\n1,1\n2,2\n3,3\n1,-1\n2,-2\n3,-3\n";

    [Fact]
    public void Early_stopping_waits_for_its_patience_and_goes_back_to_the_best_weights()
    {
        using TrainingSession best = Load("epochs 1"), stopped = Load("epochs 50; early_stop val_loss, patience: 3");
        new Trainer(best).Run(default);
        var trainer = new Trainer(stopped);
        Assert.Equal(TrainingEnd.StoppedEarly, trainer.Run(default));
        Assert.Equal(4, stopped.Epoch);
        Assert.Equal(0, trainer.State.BestEpoch);
        Assert.Equal(Weights(best), Weights(stopped));
    }

    [Fact]
    public void An_improvement_smaller_than_min_delta_is_none()
    {
        // The training loss falls, but never by 1000.
        using TrainingSession session = Load("epochs 50; early_stop loss, patience: 2, min_delta: 1000");
        Assert.Equal(TrainingEnd.StoppedEarly, new Trainer(session).Run(default));
        Assert.Equal(3, session.Epoch);
    }

    [Fact]
    public void A_metric_that_improves_to_the_end_does_not_stop()
    {
        using TrainingSession session = Load("epochs 20; early_stop loss, patience: 1");
        Assert.Equal(TrainingEnd.Finished, new Trainer(session).Run(default));
        Assert.Equal(20, session.Epoch);
    }

    [Fact]
    public void A_metric_where_more_is_better_is_maximised()
    {
        // r2 of the validation part falls from the first epoch on.
        using TrainingSession session = Load("epochs 50; metrics r2; early_stop val_r2, patience: 2");
        var values = new List<double>();
        var trainer = new Trainer(session) { OnEpoch = e => values.Add(e.Metrics["val_r2"]) };
        Assert.Equal(TrainingEnd.StoppedEarly, trainer.Run(default));
        Assert.Equal(values.OrderDescending(), values);
        Assert.Equal(3, session.Epoch);
        Assert.Equal(0, trainer.State.BestEpoch);
    }

    [Theory]
    [InlineData("val_loss")]
    [InlineData("val_r2")]
    public void Reduce_on_plateau_acts_after_more_than_its_patience(string metric)
    {
        using TrainingSession session = Load($"epochs 9; metrics r2; schedule reduce_on_plateau({metric}, patience: 2, factor: 0.5)");
        var rates = new List<double>();
        new Trainer(session) { OnEpoch = e => rates.Add(e.Rate) }.Run(default);
        // Best in epoch 1; worse in 2, 3, 4 halves; worse in 5, 6, 7 halves again.
        Assert.Equal([0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.0025, 0.0025], rates);
    }

    // No accuracy rises by 2.
    [Fact]
    public void So_it_is_of_a_metric_that_is_to_be_large()
    {
        using TrainingSession session = new Script("""
            model net { dense 4, tanh; dense classes, softmax }
            data d { builtin moons, samples: 40 }
            train { loss cross_entropy; optimizer adam; epochs 50; metrics accuracy; early_stop accuracy, patience: 2, min_delta: 2 }
            """).Load();
        Assert.Equal(TrainingEnd.StoppedEarly, new Trainer(session).Run(default));
        Assert.Equal(3, session.Epoch);
    }

    // Three steps an epoch, after each of which the rate is halved.
    [Fact]
    public void An_epoch_tells_the_rate_of_its_last_step()
    {
        using TrainingSession session = Load("epochs 3; batch 1; schedule step(every: 1 epoch, factor: 0.5)");
        var rates = new List<double>();
        new Trainer(session) { OnEpoch = e => rates.Add(e.Rate) }.Run(default);
        Assert.Equal([0.01, 0.005, 0.0025], rates);
    }

    // Two updates of models that learn the same contrary data, each watching a loss of its own: each waits as it would alone. Two that watch one loss, too.
    [Theory]
    [InlineData("val_loss_a", "val_loss_b")]
    [InlineData("val_loss_a", "val_loss_a")]
    public void Each_update_has_a_plateau_of_its_own(string first, string second)
    {
        Script script = Two(first, second);
        using TrainingSession session = script.Load();
        var factors = new List<(double, double)>();
        void Add(TrainingSession s) => factors.Add((s.Numbers.Rates[0].Factor, s.Numbers.Rates[1].Factor));
        new Trainer(session) { OnEpoch = _ => Add(session) }.Run(default);
        // As a single update with a patience of 2: best in epoch 1; worse in 2, 3, 4 halves; worse in 5, 6, 7 halves again.
        (double, double)[] expected = [.. new[] { 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25 }.Select(f => (f, f))];
        Assert.Equal(expected, factors);

        // A run that goes on from a file waits on where it was.
        factors.Clear();
        using TrainingSession before = script.Load(), after = script.Load();
        var trainer = new Trainer(before) { OnEpoch = _ => Add(before) };
        trainer.Run(default, epochs: 3);
        var state = new Trainer(after) { OnEpoch = _ => Add(after) };
        Checkpoint.Restore(after, state.State, Checkpoint.Capture(before, trainer.State, script.Text), "test");
        state.Run(default);
        Assert.Equal(expected, factors);
    }

    // The first update's rate is beyond all bounds; the second one's loss stays what it was.
    [Fact]
    public void One_update_of_several_that_diverges_ends_the_training()
    {
        using TrainingSession session = Two("val_loss_a", "val_loss_b", rate: "1e30").Load();
        NnException e = Assert.Throws<NnException>(() => new Trainer(session) { LocatesDivergence = false }.Run(default));
        Assert.Equal(ExitCode.Diverged, e.Code);
        Assert.Equal("training diverged in epoch 2: the weights of a.scale_1.w became NaN or infinite. Use a smaller learning rate, `clip norm: 1`, or "
            + "normalise the data; the model is kept as it was before that epoch", e.Message);
        // As the first epoch left it: 10^30 times the slope 28/3 of the mean of x² at 0.
        Assert.Equal(1e30 * 28 / 3, Weights(session)[0], 1e25);
    }

    private static Script Two(string first, string second, string rate = "0.01") => new($$"""
        layer scale { w = param [1, 1], init: zeros; it @ w }
        model a { scale }
        model b { scale }
        data d { csv "data.csv"; target y; split 50/50, shuffle: false; normalize mean: 0, std: 1 }
        train {
          epochs 9; batch all
          step a { loss mse(a(x), y); optimizer sgd(lr: {{rate}}); schedule reduce_on_plateau({{first}}, patience: 2, factor: 0.5) }
          step b { loss mse(b(x), y); optimizer sgd(lr: 0.01); schedule reduce_on_plateau({{second}}, patience: 2, factor: 0.5) }
        }
        """, Contrary);

    // With a rate of nearly 0 every epoch has the value of the first: a tie, which is no improvement.
    [Theory]
    [InlineData("loss")]
    [InlineData("r2")]
    public void A_tie_is_no_improvement(string metric)
    {
        using TrainingSession session = Load($"epochs 50; metrics r2; early_stop val_{metric}, patience: 2", rate: "1e-30");
        var values = new List<double>();
        var trainer = new Trainer(session) { OnEpoch = e => values.Add(e.Metrics[$"val_{metric}"]) };
        Assert.Equal(TrainingEnd.StoppedEarly, trainer.Run(default));
        Assert.Single(values.Distinct());
        Assert.Equal((3, 0), (session.Epoch, trainer.State.BestEpoch));
    }

    [Theory]
    [InlineData("early_stop val_accuracy", "early_stop watches val_accuracy, but there is loss, val_loss")]
    [InlineData("schedule reduce_on_plateau(val_mae)", "reduce_on_plateau watches val_mae, but there is loss, val_loss")]
    [InlineData("schedule reduce_on_plateau(val_mae, warmup: 1 epoch)", "reduce_on_plateau watches val_mae")]
    [InlineData("metrics perplexity", "the metric perplexity cannot be computed: it needs a probability for each class")]
    [InlineData("metrics top_3", "the metric top_3 cannot be computed: the model has 1 output, so it would always be 1")]
    public void What_cannot_be_watched_or_computed_is_said_before_the_first_step(string setting, string message)
    {
        NnException e = Assert.Throws<NnException>(() => Load(setting));
        Assert.Equal(ExitCode.Script, e.Code);
        Assert.Contains(message, e.Message);
    }

    // The loss compares pictures with pictures, a metric would with the class: each of them says so before the first step, and none in shapes of a batch.
    [Theory]
    [InlineData("accuracy")]
    [InlineData("precision")]
    [InlineData("f1")]
    [InlineData("auc")]
    [InlineData("mae")]
    [InlineData("rmse")]
    [InlineData("r2")]
    public void Metrics_of_an_output_that_is_no_answer_to_the_target_are_refused(string metric)
    {
        var script = new Script("model both { flatten; dense 784, sigmoid; reshape 28x28x1 }\ndata d { builtin digits, samples: 20; split 80/20 }\n"
            + $"train both {{ loss mse(both(x), x); optimizer sgd(lr: 0.1); metrics {metric} }}");
        Assert.Contains(
            $"the metric {metric} cannot be computed: it compares what both gives, 28x28x1, with the target y, which is one of 10 classes",
            Assert.Throws<NnException>(() => script.Load()).Message);
    }

    [Theory]
    [InlineData("r2", "the target is a class, not a number; use accuracy")]
    [InlineData("mae", "the target is a class, not a number; use accuracy")]
    [InlineData("top_3", "the model has 3 outputs, so it would always be 1")]
    public void Metrics_that_do_not_fit_classes_are_refused(string metric, string message)
    {
        var script = new Script(
            $"model m {{ dense classes, softmax }}\ndata d {{ builtin blobs; split 80/20 }}\ntrain {{ loss cross_entropy; optimizer sgd(lr: 0.1); metrics "
                + $"{metric} }}");
        Assert.Contains(message, Assert.Throws<NnException>(() => script.Load()).Message);
    }

    [Fact]
    public void Metrics_over_all_outputs_need_a_validation_part()
    {
        var script = new Script(
            "model m { dense classes, softmax }\ndata d { builtin blobs }\ntrain { loss cross_entropy; optimizer sgd(lr: 0.1); metrics f1 }");
        Assert.Contains("add `split 80/20` to the data", Assert.Throws<NnException>(() => script.Load()).Message);
    }

    [Fact]
    public void Divergence_names_the_operation_and_keeps_the_last_good_state()
    {
        using TrainingSession session = Load("epochs 10; batch 1", rate: "1e25"), fresh = Load("epochs 10; batch 1", rate: "1e25");
        NnException e = Assert.Throws<NnException>(() => new Trainer(session).Run(default));
        Assert.Equal(ExitCode.Diverged, e.Code);
        Assert.Matches("^training diverged in epoch 1, step [23]: (mul|sub|add|matmul)[^:]* became (infinite|NaN)\\. Use a smaller learning rate", e.Message);
        Assert.Equal(Script.State(fresh), Script.State(session));
        Assert.Equal((0, 0), (session.Epoch, session.StepInEpoch));
    }

    [Fact]
    public void Divergence_in_a_later_epoch_keeps_the_epochs_before_it()
    {
        // The rate explodes with the third epoch.
        const string setting = "epochs 5; batch 1; schedule 0.01 for 2 epochs, 1e30";
        using TrainingSession session = Load(setting), good = Load("epochs 2; batch 1");
        new Trainer(good).Run(default);
        NnException e = Assert.Throws<NnException>(() => new Trainer(session).Run(default));
        Assert.Contains("epoch 3, step", e.Message);
        Assert.Equal(2, session.Epoch);
        Assert.Equal(Script.State(good), Script.State(session));
    }

    [Fact]
    public void A_snapshot_brings_back_everything_that_a_training_changes()
    {
        using TrainingSession session = Load("epochs 4; batch 1; schedule reduce_on_plateau(val_loss, patience: 0, factor: 0.5)");
        // Worse in the second epoch: the rate is halved once.
        new Trainer(session).Run(default, epochs: 2);
        Assert.Equal([0.5], session.Numbers.Rates.Select(n => n.Factor));
        var snapshot = new SessionSnapshot(session);
        snapshot.Take();
        byte[][] state = [.. session.StateSlots.Select(s => Bytes(session, s))];
        new Trainer(session).Run(default, epochs: 4);
        session.Numbers.Rates[0].Factor = 1e30;
        snapshot.Restore();
        Assert.Equal([0.5], session.Numbers.Rates.Select(n => n.Factor));
        Assert.Equal((2, 0), (session.Epoch, session.StepInEpoch));
        Assert.Equal(state, session.StateSlots.Select(s => Bytes(session, s)));
    }

    [Fact]
    public void The_operation_is_the_one_whose_operands_were_still_numbers()
    {
        // The square root of a negative number is the first that goes wrong.
        var script = new Script("""
            fn rooted(x) = sqrt(x)
            model m { dense 1, rooted }
            data d { csv "data.csv"; target y; normalize mean: 0, std: 1 }
            train { loss mse; optimizer sgd(lr: 0.01); epochs 2; batch 1 }
            """, "x,y\n-50,1\n50,1\n-60,1\n60,1\n");
        using TrainingSession session = script.Load();
        NnException e = Assert.Throws<NnException>(() => new Trainer(session).Run(default));
        Assert.Matches(@"step [1-3]: sqrt in m\.dense_1 \(1x1\) became NaN", e.Message);
    }

    [Fact]
    public void Epochs_report_their_rate_and_their_metrics()
    {
        using TrainingSession session = Load("epochs 2; metrics mae, rmse; schedule linear(0)");
        var epochs = new List<EpochResult>();
        new Trainer(session) { OnEpoch = epochs.Add }.Run(default);
        Assert.Equal(["loss", "mae", "rmse", "val_loss", "val_mae", "val_rmse"], epochs[0].Metrics.Keys.Order());
        Assert.Equal([0.01, 0.005], epochs.Select(e => e.Rate));
        Assert.Equal(Math.Sqrt(epochs[1].Metrics["val_loss"]), epochs[1].Metrics["val_rmse"], 5);
    }

    private static TrainingSession Load(string settings, string rate = "0.01") => new Script($$"""
        layer scale { w = param [1, 1], init: zeros; it @ w }
        model m { scale }
        data d { csv "data.csv"; target y; split 50/50, shuffle: false; normalize mean: 0, std: 1 }
        train { loss mse; optimizer sgd(lr: {{rate}}); batch all; {{settings}} }
        """.Replace("batch all; ", settings.Contains("batch") ? "" : "batch all; "), Contrary).Load();

    private static byte[] Bytes(TrainingSession session, Nn.Graphs.Slot slot)
    {
        var bytes = new byte[slot.Bytes];
        session.Program.Read(slot, bytes);
        return bytes;
    }

    private static float[] Weights(TrainingSession session) => session.Read<float>(session.Plan.Slots.Rows[0].Slot);
}
