using Nn.Data;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Metrics that a script defines: a formula says what a known metric is, and both give one number.</summary>
public class OwnMetricTests
{
    [Theory]
    [InlineData("loss cross_entropy; metrics accuracy, own: if argmax(net(x)) == y then 1 else 0", "accuracy")]
    [InlineData("loss cross_entropy(net(x), y); metrics accuracy, own: if argmax(net(x)) == y then 1 else 0", "accuracy")]
    [InlineData("out = net(x); loss cross_entropy(out, y); metrics own: cross_entropy(out, y)", "loss")]
    [InlineData("loss cross_entropy; metrics own: cross_entropy", "loss")]
    [InlineData("loss cross_entropy; metrics ownmse: cross_entropy", "loss", "ownmse")]
    public void A_formula_gives_what_the_known_metric_gives(string lines, string known, string own = "own")
    {
        var script = new Script($$"""
            model net { dense 8, tanh; dense classes, softmax }
            data d { builtin moons, samples: 100; split 70/30 }
            train net on d { {{lines}}; optimizer adam(lr: 0.02); epochs 3; batch 32 }
            """);
        using TrainingSession session = script.Load();
        EpochResult? last = null;
        new Trainer(session) { OnEpoch = e => last = e }.Run(default);
        Assert.Equal(last!.Metrics[known], last.Metrics[own], 6);
        Assert.Equal(last.Metrics["val_" + known], last.Metrics["val_" + own], 6);
        Assert.Equal(session.Evaluate()["val_" + known], session.Evaluate()["val_" + own], 6);
    }

    // Classes of places stand at their places, whether sequences have one length or padding; each place counts alike, and padding not at all.
    [Theory]
    [InlineData("embed 8; gru 8; dense classes, softmax", "builtin sentences, samples: 60; split 70/30")]
    [InlineData("conv 4, 3x3, same, relu; dense classes, softmax", "builtin shapes, samples: 20; split 70/30")]
    public void Classes_of_places_are_compared_at_their_places(string layers, string data)
    {
        var script = new Script($$"""
            model net { {{layers}} }
            data d { {{data}} }
            train net on d {
              loss cross_entropy; optimizer adam(lr: 0.02); epochs 1; batch 8
              metrics accuracy, own: if argmax(net(x)) == y then 1 else 0, wrong: if y != argmax(net(x)) then 1 else 0
            }
            """);
        using TrainingSession session = script.Load();
        new Trainer(session).Run(default);
        IReadOnlyDictionary<string, double> metrics = session.Evaluate();
        Assert.Equal(metrics["val_accuracy"], metrics["val_own"], 5);
        Assert.Equal(1 - metrics["val_accuracy"], metrics["val_wrong"], 5);
    }

    // Without an output that the loss compares with a target there is no known metric, but there may be formulas.
    [Fact]
    public void A_training_that_compares_nothing_has_formulas_too()
    {
        var script = new Script("""
            model u { dense 4, tanh; dense 1 }
            data d { builtin linear, samples: 40; split 50/50 }
            train u on d { loss (u(x) - 2) ^ 2; optimizer sgd(lr: 0.1); epochs 20; batch all; metrics far: abs(u(x) - 2), slope: norm(grad(u(x), by: x)) }
            """);
        using TrainingSession session = script.Load();
        new Trainer(session).Run(default);
        IReadOnlyDictionary<string, double> metrics = session.Evaluate();
        Assert.Equal(["val_loss", "val_far", "val_slope"], metrics.Keys);
        // The mean of squares is no smaller than the square of the mean.
        Assert.InRange(metrics["val_far"] * metrics["val_far"], 0, metrics["val_loss"] * (1 + 1e-6));
        Assert.True(metrics["val_slope"] > 0);
    }

    [Fact]
    public void Smaller_is_better()
    {
        var script = new Script("""
            model net { dense 1 }
            data d { builtin linear, samples: 40; split 50/50 }
            train net on d {
              loss       mse(net(x), y)
              optimizer  sgd(lr: 0.05)
              epochs     30
              metrics    accuracy_of_mine: mean(net(x)) ^ 2
              early_stop val_accuracy_of_mine, patience: 3
            }
            """);
        Assert.False(script.Training.EarlyStop!.Maximize);
        Assert.Equal(("val_accuracy_of_mine", false), script.Training.Watched(["val_accuracy_of_mine"]));
    }
}
