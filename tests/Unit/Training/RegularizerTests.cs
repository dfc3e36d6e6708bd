using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>What <c>l1</c> and <c>l2</c> add to a loss: sums over the weights that they name, and over no others.</summary>
public class RegularizerTests
{
    [Theory]
    [InlineData("l1", "body.dense_1.weight body.dense_2.weight head.dense_1.weight")]
    [InlineData("l2", "body.dense_1.weight body.dense_2.weight head.dense_1.weight")]
    [InlineData("l1(dense_2)", "body.dense_2.weight")]
    [InlineData("l2(dense_1)", "body.dense_1.weight head.dense_1.weight")]
    [InlineData("l2(head)", "head.dense_1.weight")]
    [InlineData("l1(body)", "body.dense_1.weight body.dense_2.weight")]
    [InlineData(
        "l2(all)",
        "body.dense_1.weight body.dense_1.bias body.batchnorm_1.scale body.batchnorm_1.shift body.dense_2.weight body.dense_2.bias "
        + "head.dense_1.weight head.dense_1.bias")]
    public void A_penalty_is_the_sum_over_the_weights_that_it_names(string penalty, string named)
    {
        (double without, _) = FirstLoss("mse(head(body(x)), y)");
        (double with, Dictionary<string, float[]> weights) = FirstLoss($"mse(head(body(x)), y) + {penalty}");
        double Size(double v) => penalty.StartsWith("l1", StringComparison.Ordinal) ? Math.Abs(v) : v * v;
        double expected = named.Split(' ').Sum(n => weights[n].Sum(v => Size(v)));
        Assert.True(expected > 0.01);
        Assert.Equal(expected, with - without, 1e-4 * (1 + expected));
    }

    // The loss of one step on all samples, and the weights before it.
    private static (double Loss, Dictionary<string, float[]> Weights) FirstLoss(string loss)
    {
        using TrainingSession session = new Script($$"""
            model body { dense 3, tanh; batchnorm; dense 2 }
            model head { dense 1 }
            data d { builtin linear, samples: 30 }
            train on d { loss {{loss}}; optimizer sgd(lr: 0.1); batch all; epochs 1 }
            """).Load();
        Dictionary<string, float[]> weights = session.Plan.Slots.Parameters.ToDictionary(p => p.Key.Name, p => session.Read<float>(p.Value));
        session.BeginEpoch();
        session.Run(1);
        return (session.TrainingMetrics()["loss"], weights);
    }
}
