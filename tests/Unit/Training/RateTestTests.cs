using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>The learning-rate range test.</summary>
public class RateTestTests
{
    // Loss mean((w · x)²) with x = ±2: its curvature is 2 · mean(x²) = 8, so gradient descent grows beyond a rate of 2 ÷ 8, and needs one step at 1 ÷ 8.
    [Fact]
    public void A_parabola_explodes_beyond_two_over_its_curvature()
    {
        var script = new Script(
            """
            model net { dense 1, bias: false, init: constant(3) }
            data d { csv "data.csv"; target y; normalize none }
            train { loss mse; optimizer sgd(lr: 0.5); batch all }
            """, "x,y\n2,0\n-2,0\n2,0\n-2,0\n");
        RateTest test = RateTest.Measure(Script.OneThread, script.Training, script.Data, 1e-4, 10, 400);
        // Steps of 1/80 in the exponent: losses follow w ← w · (1 − 8 · rate).
        double w = 3;
        foreach (RatePoint p in test.Points)
        {
            Assert.Equal(4 * w * w, p.Loss, 1e-4 * (1e-3 + 4 * w * w));
            w *= 1 - 8 * p.Rate;
        }

        Assert.True(test.Exploded);
        Assert.InRange(test.Points[^1].Rate, 0.25, 10);
        Assert.InRange(test.Suggested!.Value, 1e-4, 1.0 / 8);
        Assert.InRange(test.Smallest!.Value, test.Suggested.Value, test.Points[^1].Rate);
        Assert.Equal(1e-4, test.Points[0].Rate, 1e-12);
        for (int i = 1; i < test.Points.Count; i++) Assert.Equal(Math.Pow(1e5, 1.0 / 399), test.Points[i].Rate / test.Points[i - 1].Rate, 1e-9);
    }

    [Fact]
    public void It_goes_through_epochs_with_smaller_last_batches_and_may_not_explode()
    {
        var script = new Script(
            """
            model net { dense 8, tanh; dense classes, softmax }
            data d { builtin moons, samples: 50 }
            train { loss cross_entropy; optimizer adam; batch 16; schedule cosine; metrics accuracy; accumulate 2 }
            """);
        RateTest test = RateTest.Measure(Script.OneThread, script.Training, script.Data, 1e-5, 1e-3, 30);
        Assert.Equal((30, false), (test.Points.Count, test.Exploded));
        Assert.Equal(1e-3, test.Points[^1].Rate, 1e-12);
        Assert.All(test.Points, p => Assert.InRange(p.Loss, 0.1, 3));
    }

    [Fact]
    public void An_optimizer_without_a_rate_is_refused()
    {
        var script = new Script("model net { dense 1 }\ndata d { builtin sine }\ntrain { loss mse; optimizer lbfgs; batch all }");
        Assert.Throws<NnException>(() => RateTest.Measure(Script.OneThread, script.Training, script.Data, 1e-5, 1e-3, 30));
    }
}
