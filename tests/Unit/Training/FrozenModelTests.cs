using System.Runtime.InteropServices;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>A model that no step trains is used as in prediction, whatever it is made of.</summary>
public class FrozenModelTests
{
    private const string Table = "a,b,y\n1,2,0\n3,-1,1\n-2,4,2\n5,0.5,3\n";

    [Theory]
    [InlineData("batchnorm")]
    [InlineData("dense 3; batchnorm; relu")]
    [InlineData("dropout 0.5")]
    [InlineData("gaussian_noise 1")]
    [InlineData("own")]
    [InlineData("told")]
    [InlineData("inner")]
    [InlineData("residual { batchnorm; dropout 0.3 }")]
    public void It_is_used_as_in_prediction(string layers)
    {
        string text = $$"""
            layer own {
              m = state [it.features]
              less = it - m
              m = 0.5 * m + mean(it, over: batch) + 1
              less
            }
            layer told {
              m = state [it.features]
              shifted = it + 3 * training - m
              m = m + 1
              shifted
            }
            optimizer still(lr = 1) { w += 0 * g }
            model inner { dense 2; batchnorm }
            model body { {{layers}}; dense 2 }
            model head { dense 1 }
            model whole { body; head }
            data d { csv "data.csv"; target y; normalize none }
            train whole on d {
              step head { loss mse(head(body(x)), y); optimizer still }
              epochs 3
              batch 4
              metrics mae
            }
            """;
        var script = new Script(text, Table);
        using TrainingSession session = script.Load();
        float[] targets = MemoryMarshal.Cast<byte, float>(session.Data.Training.Target).ToArray(),
            outputs = [.. session.Data.Training.Input.Chunk(2 * sizeof(float)).SelectMany(x => session.Predict(x))];
        double expected = outputs.Zip(targets, (v, y) => Math.Pow(v - y, 2)).Average(), error = outputs.Zip(targets, (v, y) => Math.Abs(v - y)).Average();
        Dictionary<string, string> before = Frozen(session);
        Assert.NotEmpty(before);
        var trainer = new Trainer(session)
        {
            OnEpoch = e =>
            {
                Assert.Equal(expected, e.Metrics["loss"], 1e-4 * (1 + expected));
                Assert.Equal(error, e.Metrics["mae"], 1e-4 * (1 + error));
            },
        };
        Assert.Equal(TrainingEnd.Finished, trainer.Run(default));
        Assert.Equal(before, Frozen(session));
    }

    // To the bit: it is the same training said in two ways.
    [Theory]
    [InlineData("batchnorm; dropout 0.5")]
    [InlineData("dense 3, tanh")]
    public void A_part_that_is_told_to_stand_still_is_as_one_that_no_step_trains(string layers)
    {
        string Text(string training) => $$"""
            model body { {{layers}}; dense 2 }
            model head { dense 3, tanh; dense 1 }
            model whole { body; head }
            data d { csv "data.csv"; target y }
            train whole on d { {{training}}; epochs 5; batch 2 }
            """;
        using TrainingSession told = new Script(Text("loss mse; optimizer adam(lr: 0.1); freeze body"), Table).Load();
        using TrainingSession step = new Script(Text("step head { loss mse(head(body(x)), y); optimizer adam(lr: 0.1) }"), Table).Load();
        Dictionary<string, string> before = All(told);
        new Trainer(told).Run(default);
        new Trainer(step).Run(default);
        Dictionary<string, string> after = All(told);
        Assert.Equal(All(step).Where(w => w.Key.StartsWith("head")).OrderBy(w => w.Key), after.Where(w => w.Key.StartsWith("head")).OrderBy(w => w.Key));
        Assert.Equal(before.Where(w => w.Key.StartsWith("body")).OrderBy(w => w.Key), after.Where(w => w.Key.StartsWith("body")).OrderBy(w => w.Key));
        Assert.NotEqual(before["head.dense_1.weight"], after["head.dense_1.weight"]);
    }

    private static Dictionary<string, string> All(TrainingSession session) =>
        session.Plan.Slots.Parameters.ToDictionary(p => p.Key.Name, p => string.Join(' ', session.Read<float>(p.Value)));

    [Fact]
    public void One_that_a_step_trains_is_not()
    {
        using TrainingSession session = new Script(
            """
            optimizer still(lr = 1) { w += 0 * g }
            model body { batchnorm; dense 2 }
            model head { dense 1 }
            data d { csv "data.csv"; target y; normalize none }
            train head on d {
              step head { loss mse(head(body(x)), y); optimizer still }
              step body { loss mse(head(body(x)), y); optimizer still; after 1 epochs }
              epochs 1
              batch 4
            }
            """, Table).Load();
        Dictionary<string, string> before = Frozen(session);
        new Trainer(session).Run(default);
        Assert.NotEqual(before["body.batchnorm_1.running_mean"], Frozen(session)["body.batchnorm_1.running_mean"]);
    }

    /// <summary>Gradients go through a frozen model, loops too, to what lies before it.</summary>
    [Theory]
    [InlineData("reshape 2x2; lstm 3, last; dense 1")]
    [InlineData("reshape 2x2; gru 3; flatten; dense 1")]
    [InlineData("dense 5, tanh; dense 1")]
    public void Gradients_go_through_it(string critic)
    {
        string Text(string also) => $$"""
            optimizer still(lr = 1) { w += 0 * g }
            model maker { dense 4, tanh }
            model critic { {{critic}} }
            model whole { maker; critic }
            data d { csv "data.csv"; target y; normalize none }
            train whole on d {
              step maker { loss mse(critic(maker(x)), y); optimizer sgd(lr: 0.1) }
              {{also}}
              epochs 2
              batch 4
            }
            """;
        using TrainingSession frozen = new Script(Text(""), Table).Load(),
            trained = new Script(Text("step critic { loss mse(critic(maker(x)), y); optimizer still }"), Table).Load();
        float[] Weights(TrainingSession session) => session.Read<float>(session.Plan.Slots.Parameters.Single(p => p.Key.Name == "maker.dense_1.weight").Value);
        float[] start = Weights(frozen);
        Assert.Equal(start, Weights(trained));
        new Trainer(frozen).Run(default);
        new Trainer(trained).Run(default);
        Assert.NotEqual(start, Weights(frozen));
        Assert.All(Weights(frozen).Zip(Weights(trained)), p => Assert.Equal(p.First, p.Second, 1e-6f));
    }

    private static Dictionary<string, string> Frozen(TrainingSession session) =>
        Script.State(session).Where(s => s.Key.StartsWith("body.", StringComparison.Ordinal) || s.Key.StartsWith("inner.", StringComparison.Ordinal))
            .ToDictionary(s => s.Key, s => s.Value);
}
