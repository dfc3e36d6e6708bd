using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Stochastic depth: torchvision.ops.stochastic_depth with mode "row".</summary>
public class DropPathTests
{
    // A sample's body is there as a whole, 1 ÷ (1 − p) as large, or not at all; of 4000 samples a share of p goes without, within five deviations.
    [Theory]
    [InlineData(0.2)]
    [InlineData(0.75)]
    public void A_sample_has_its_body_scaled_or_not_at_all(double rate)
    {
        string share = (1 - rate).ToString(System.Globalization.CultureInfo.InvariantCulture);
        string text = $$"""
            optimizer still(lr = 1) { w += 0 * g }
            model path { drop_path {{rate.ToString(System.Globalization.CultureInfo.InvariantCulture)}} }
            model net { dense 3, init: ones }
            data d { builtin moons, samples: 4000; normalize none }
            train net {
              ones = 0 * net(x) + 1
              dropped = path(ones)
              loss mean(dropped)
              optimizer still
              batch all
              metrics gone: max(dropped) == 0, odd: (max(dropped) - min(dropped)) ^ 2, other: abs(max(dropped) * (1 - max(dropped) * {{share}}))
            }
            """;
        using TrainingSession session = new Script(text).Load();
        new Trainer(session)
        {
            OnEpoch = e =>
            {
                double gone = e.Metrics["gone"];
                Assert.Equal(rate, gone, 5 * Math.Sqrt(rate * (1 - rate) / 4000));
                Assert.Equal(0, e.Metrics["odd"]);
                Assert.Equal(0, e.Metrics["other"], 1e-5);
                Assert.Equal(1, e.Metrics["loss"], 5 * Math.Sqrt(rate / (1 - rate) / 4000));
            },
        }.Run(default);
    }

    [Fact]
    public void Prediction_takes_the_body_as_it_is()
    {
        static Script Of(string end) => new($$"""
            model net { residual { dense 2, tanh; {{end}} }; dense classes, softmax }
            data d { builtin moons, samples: 40; split 50/50 }
            train { loss cross_entropy; optimizer sgd; epochs 1 }
            """);
        using TrainingSession with = Of("drop_path 0.5").Load(), without = Of("identity").Load();
        Assert.Equal(without.Evaluate()["val_loss"], with.Evaluate()["val_loss"]);
    }
}
