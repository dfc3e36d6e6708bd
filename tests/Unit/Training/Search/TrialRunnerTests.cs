using Nn.Data;
using Nn.Dsl;
using Nn.Training;
using Nn.Training.Search;

namespace Nn.Tests.Unit.Training.Search;

/// <summary>A trial against trainings of the same script, one for each fold.</summary>
public sealed class TrialRunnerTests
{
    private static string Text(string rest = "optimizer adam(lr: 0.05); epochs 4", string width = "5") => $$"""
        model m { dense {{width}}, tanh; dropout 0.1; dense classes, softmax }
        data d { builtin moons, samples: 90, noise: 0.3, seed: 3; split 80/20 }
        train { loss cross_entropy; {{rest}}; batch 16; metrics accuracy }
        """;

    private static TrialSetup Setup(string text, int folds = 3, string form = "")
    {
        IReadOnlyList<LoadedData> data = [];
        BoundScript bound = Binder.Bind(new SourceText("test.nn", text), BindOptions.None, spec => (data = DataLoader.LoadFolds(spec, [], folds))[0].Schema);
        return new TrialSetup(bound.Training!, data, form);
    }

    private static TrialRunner Runner() => new(Script.OneThread, "val_loss");

    // What epochs report of a training of its own.
    private static List<EpochResult> Trained(TrialSetup setup, int fold)
    {
        using var session = new TrainingSession(Script.OneThread, setup.Training, setup.Folds[fold]);
        var epochs = new List<EpochResult>();
        new Trainer(session) { OnEpoch = epochs.Add }.Run(default);
        return epochs;
    }

    private static double[] Losses(List<EpochResult> epochs) => [.. epochs.Select(e => e.Metrics["val_loss"])];

    private static void Matches(TrialSetup setup, Trial trial, Func<List<EpochResult>, EpochResult> result)
    {
        Assert.Equal((TrialState.Done, setup.Folds.Count), (trial.State, trial.Results.Count));
        for (int fold = 0; fold < setup.Folds.Count; fold++)
        {
            List<EpochResult> epochs = Trained(setup, fold);
            Assert.Equal(Losses(epochs), trial.Curves[fold]);
            Assert.Equal(result(epochs).Metrics, trial.Results[fold]);
            Assert.Equal(result(epochs).Metrics["val_loss"], trial.Folds[fold]);
        }
    }

    [Fact]
    public void Each_fold_ends_as_a_training_of_its_own_also_where_what_was_compiled_serves_again()
    {
        using TrialRunner runner = Runner();
        var told = new List<(int Fold, IReadOnlyDictionary<string, double> Result)>();
        var epochs = new List<TrialProgress>();
        (runner.OnFold, runner.OnEpoch) = ((fold, result) => told.Add((fold, result)), epochs.Add);
        TrialSetup first = Setup(Text()), second = Setup(Text("optimizer adam(lr: 0.01); epochs 3; seed 4")), wider = Setup(Text(width: "7"), form: "7");
        Trial one = runner.Run(1, ["a"], () => first, default)!;
        Matches(first, one, e => e[^1]);
        Assert.Equal(one.Results.Select((r, i) => (i, r)), told);
        Assert.Equal(one.Curves.SelectMany((c, fold) => c.Select((v, epoch) => new TrialProgress(fold, 3, epoch, 4, v))), epochs);
        Assert.Equal((1, "a"), (one.Number, one.Values.Single()));
        Matches(second, runner.Run(2, ["b"], () => second, default)!, e => e[^1]);
        // Of another form nothing is taken over: its layers are others.
        Matches(wider, runner.Run(3, ["c"], () => wider, default)!, e => e[^1]);
    }

    [Theory]
    [InlineData("early_stop val_loss, patience: 2")]
    [InlineData("early_stop val_loss, patience: 100")]
    public void With_an_early_stop_the_best_epoch_is_the_result(string stop)
    {
        TrialSetup setup = Setup(Text($"optimizer adam(lr: 0.3); epochs 25; {stop}", "24"));
        using TrialRunner runner = Runner();
        Trial trial = runner.Run(1, [], () => setup, default)!;
        Matches(setup, trial, e => e.MinBy(r => r.Metrics["val_loss"])!);
        // Else nothing is shown: the last epochs were worse.
        Assert.All(trial.Curves.Zip(trial.Folds), p => Assert.True(p.First[^1] > p.Second));
    }

    [Fact]
    public void A_hopeless_trial_ends_at_once_and_counts_as_given_up()
    {
        TrialSetup setup = Setup(Text());
        using TrialRunner runner = Runner();
        int folds = 0;
        var asked = new List<(int Fold, int Epochs)>();
        runner.OnFold = (_, _) => folds++;
        runner.Hopeless = curves =>
        {
            asked.Add((curves.Count, curves[^1].Count));
            return asked.Count == 6;
        };
        Trial trial = runner.Run(1, [], () => setup, default)!;
        Assert.Equal((TrialState.Pruned, 6, 1, 2), (trial.State, trial.Epochs, folds, trial.Results.Count));
        Assert.Equal([(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2)], asked);
        Assert.Equal(Losses(Trained(setup, 1)).Take(2), trial.Curves[1]);
        // After the last epoch of all there is nothing to be saved.
        asked.Clear();
        runner.Hopeless = curves =>
        {
            asked.Add((curves.Count, curves[^1].Count));
            return curves is [_, _, { Count: 4 }];
        };
        Assert.Equal(TrialState.Done, runner.Run(2, [], () => setup, default)!.State);
        Assert.Equal((3, 3), asked[^1]);
    }

    [Fact]
    public void An_interrupted_trial_is_no_result()
    {
        using TrialRunner runner = Runner();
        using var stop = new CancellationTokenSource();
        int epochs = 0;
        runner.OnEpoch = _ =>
        {
            if (++epochs == 6) stop.Cancel();
        };
        Assert.Null(runner.Run(1, [], () => Setup(Text()), stop.Token));
        Assert.Equal(6, epochs);
    }

    [Fact]
    public void A_trial_that_diverges_fails_and_the_next_begins_with_clean_weights()
    {
        TrialSetup Line(string rate) => Setup("model m { dense 4; dense 1 }\ndata d { builtin linear, samples: 60; split 80/20 }\n"
            + $"train {{ loss mse; optimizer sgd(lr: {rate}); epochs 4; batch 8 }}");
        TrialSetup wild = Line("1e20"), tame = Line("0.01");
        using TrialRunner runner = Runner();
        Trial failed = runner.Run(1, ["1e20"], () => wild, default)!;
        Assert.Equal((TrialState.Failed, ExitCode.Diverged, 0, 0), (failed.State, failed.Code, failed.Folds.Count, failed.Results.Count));
        Assert.Contains("diverged", failed.Why);
        Assert.Equal(double.NaN, failed.Objective);
        Matches(tame, runner.Run(2, ["0.01"], () => tame, default)!, e => e[^1]);
    }

    // A script that is wrong with some values says nothing about others; a device that is lost says it about all.
    [Theory]
    [InlineData(ExitCode.Script, true)]
    [InlineData(ExitCode.OutOfMemory, true)]
    [InlineData(ExitCode.DeviceLost, false)]
    [InlineData(ExitCode.BadFile, false)]
    public void What_the_values_bring_about_fails_the_trial_and_what_befalls_the_rest_ends_the_search(ExitCode code, bool fails)
    {
        using TrialRunner runner = Runner();
        Trial? Run() => runner.Run(4, ["x"], () => throw new NnException(code, "because"), default);
        if (!fails)
        {
            Assert.Equal(code, Assert.Throws<NnException>(Run).Code);
            return;
        }

        Trial trial = Run()!;
        Assert.Equal((4, TrialState.Failed, code, "because"), (trial.Number, trial.State, trial.Code, trial.Why));
        trial = runner.Run(5, ["x"], () => throw new InsufficientMemoryException(), default)!;
        Assert.Equal((TrialState.Failed, ExitCode.OutOfMemory), (trial.State, trial.Code));
    }

    [Fact]
    public void A_metric_that_no_epoch_reports_is_told_with_those_there_are()
    {
        var unsplit = new Script(Text().Replace("split 80/20", "split 100/0"));
        TrialSetup setup = Setup(Text()), whole = new(unsplit.Training, [unsplit.Data], "");
        string Told(TrialSetup of, string metric) => Assert.Throws<NnException>(() => of.CheckMetric(metric)).Message;
        setup.CheckMetric("val_accuracy");
        Assert.Equal(["loss", "accuracy", "val_loss", "val_accuracy"], setup.Metrics);
        Assert.Contains("there is loss, accuracy, val_loss, val_accuracy; add it to metrics", Told(setup, "val_f1"));
        Assert.Contains("there is loss, accuracy; split the data", Told(whole, "val_loss"));
        Assert.Contains("add it to metrics", Told(whole, "f1"));
        whole.CheckMetric("loss");
    }
}
