using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Each place of a loss that applies a model draws random numbers of its own.</summary>
public class UseTests
{
    // Inputs are 0 and the bias of the one unit is 1, so each use gives 0 or 2: independent uses differ by 2 in half of the cases, so the mean square is 2.
    [Fact]
    public void Two_uses_of_a_model_have_dropout_of_their_own()
    {
        Assert.Equal(2, FirstLoss("dropout 0.5", "mean((net(x) - net(x)) ^ 2)"), 0.15);
        Assert.Equal(0, FirstLoss("dropout 0", "mean((net(x) - net(x)) ^ 2)"));
    }

    // gaussian_noise of deviation 0.5: the difference of two draws has twice the variance.
    [Fact]
    public void Two_uses_of_a_model_have_noise_of_their_own() => Assert.Equal(0.5, FirstLoss("gaussian_noise 0.5", "mean((net(x) - net(x)) ^ 2)"), 0.05);

    [Fact]
    public void A_function_of_a_model_draws_at_each_call() =>
        Assert.Equal(2, FirstLoss("dropout 0.5", "mean((answer(x) - answer(x)) ^ 2)", "fn answer(v) = net(v)"), 0.15);

    [Fact]
    public void At_evaluation_all_uses_are_equal()
    {
        Script script = Of("dropout 0.5", "mean((net(x) - net(x)) ^ 2)", "");
        using TrainingSession session = script.Load();
        Assert.Equal(0, session.Evaluate()["val_loss"]);
    }

    private static double FirstLoss(string layer, string loss, string definitions = "")
    {
        using TrainingSession session = Of(layer, loss, definitions).Load();
        session.BeginEpoch();
        session.Run(1);
        return session.TrainingMetrics()["loss"];
    }

    private static Script Of(string layer, string loss, string definitions) => new($$"""
        {{definitions}}
        layer one { w = param [it.features, 1], init: zeros; it @ w + 1 }
        model net { one; {{layer}} }
        data d { builtin moons, samples: 5000, seed: 3; split 80/20 }
        train { loss {{loss}}; optimizer sgd(lr: 0); epochs 1; batch all }
        """);
}
