using Nn.Backends;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>The word <c>training</c>: formulas of a script that do in prediction something else than while training.</summary>
public class TrainingWordTests
{
    // 70 samples in batches of 32: the last batch of an epoch has six.
    private const string Rest = """
        data d { builtin moons, samples: 100, noise: 0.2, seed: 4; split 70/30; normalize standard }
        train { loss bce; optimizer adam(lr: 0.02); epochs 3; batch 32; metrics accuracy }
        """;

    private const string TellsTraining = "fn told(x) = if training then 0 * x + 1 else 0 * x\n";

    /// <summary>Text of the example without what trains it: its layer.</summary>
    private static string OwnNorm => File.ReadAllText(Checkout.File("examples", "batchnorm.nn")).Split("model net")[0];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_batch_norm_of_ones_own_trains_and_predicts_as_the_built_in_one(bool reference)
    {
        IBackend Backend() => reference ? new ReferenceBackend() : Script.OneThread;
        string Text(string norm) => $"model m {{ dense 6, bias: false; {norm}; tanh; dense 5, bias: false; {norm}; relu; dense 1, sigmoid }}\n{Rest}";
        using TrainingSession own = new Script(OwnNorm + Text("norm_of_batch momentum: 0.3"), null).Load(Backend()),
            standard = new Script(Text("batchnorm momentum: 0.3")).Load(Backend());
        List<EpochResult> epochs = Trained(own), expected = Trained(standard);
        Assert.Equal(3, epochs.Count);
        foreach ((EpochResult a, EpochResult b) in expected.Zip(epochs))
        {
            foreach (string metric in a.Metrics.Keys) Assert.Equal(a.Metrics[metric], b.Metrics[metric], 1e-4);
        }

        Dictionary<string, float[]> kept = Values(own), others = Values(standard);
        Assert.Equal(others.Keys.Order(), kept.Keys.Order());
        foreach ((string name, float[] values) in others) Assert.All(values.Zip(kept[name]), v => Assert.Equal(v.First, v.Second, 1e-4f));
        Assert.All(standard.ValidationOutputs().Zip(own.ValidationOutputs()), p => Assert.Equal(p.First, p.Second, 1e-4f));
    }

    [Fact]
    public void Its_prediction_of_a_sample_is_the_same_alone_and_among_others()
    {
        using TrainingSession session = new Script($"{OwnNorm}model m {{ dense 6; norm_of_batch; relu; dense 1, sigmoid }}\n{Rest}").Load();
        Trained(session);
        float[] among = session.ValidationOutputs();
        float[] alone = [.. session.Data.Validation.Input.Chunk(2 * sizeof(float)).Take(among.Length).Select(x => Assert.Single(session.Predict(x)))];
        Assert.NotEmpty(among);
        Assert.All(among.Zip(alone), p => Assert.Equal(p.First, p.Second, 1e-6f));
    }

    /// <summary>Wherever formulas stand, the word is 1 in the training loss and 0 in that of the validation part.</summary>
    [Theory]
    [InlineData("a loss", "model m { dense 1 }", "mse(m(x), y) * 0 + training")]
    [InlineData("a function of a loss", "fn own(p, y) = 0 * mean(p - y) + training\nmodel m { dense 1 }", "own")]
    [InlineData("a function called by a function", "fn one(x) = training + 0 * x\nfn own(p, y) = mean(one(p - y))\nmodel m { dense 1 }", "own")]
    [InlineData("an activation", TellsTraining + "model m { dense 1; told }", "mean(m(x))")]
    [InlineData("a layer", "layer told { it * 0 + training }\nmodel m { dense 1; told }", "mean(m(x))")]
    [InlineData("a default", "layer told(v = training) { it * 0 + v }\nmodel m { dense 1; told }", "mean(m(x))")]
    [InlineData("an argument", "layer told(v) { it * 0 + v }\nmodel m { dense 1; told training }", "mean(m(x))")]
    [InlineData("a block", "block told(v = training) { own v }\nlayer own(v) { it * 0 + v }\nmodel m { dense 1; told }", "mean(m(x))")]
    [InlineData("a recurrent layer", TellsTraining + "model m { reshape 2x1; rnn 1, last, told }", "mean(m(x))")]
    [InlineData("a model in a model", TellsTraining + "model inner { dense 1; told }\nmodel m { inner }", "mean(m(x))")]
    [InlineData("branches", TellsTraining + "model m { concat { dense 1; told } { dense 2; told } }", "mean(m(x))")]
    [InlineData("negation", "fn own(p, y) = 1 - (1 - training) + 0 * mean(p - y)\nmodel m { dense 1 }", "own")]
    public void It_is_one_while_training_and_zero_elsewhere(string where, string definitions, string loss)
    {
        using TrainingSession session = new Script(
            $"{definitions}\ndata d {{ builtin linear, samples: 40; split 50/50 }}\ntrain m {{ loss {loss}; optimizer sgd(lr: 0.1); epochs 2; batch 8 }}").Load();
        foreach (EpochResult e in Trained(session))
        {
            Assert.True(Math.Abs(e.Metrics["loss"] - 1) < 1e-6, $"{where}: {e.Metrics["loss"]} while training");
            Assert.True(Math.Abs(e.Metrics["val_loss"]) < 1e-6, $"{where}: {e.Metrics["val_loss"]} in evaluation");
        }
    }

    [Fact]
    public void An_optimizer_works_while_training()
    {
        const string Rest = "\nmodel m { dense 1 }\ndata d { builtin linear, samples: 40 }\ntrain { loss mse; optimizer o; epochs 1; batch 8; seed 2 }";
        using TrainingSession with = new Script("optimizer o(lr = 0.1) { w -= lr * g * training }" + Rest).Load(),
            without = new Script("optimizer o(lr = 0.1) { w -= lr * g }" + Rest).Load();
        Trained(with);
        Trained(without);
        Assert.Equal(Script.State(without), Script.State(with));
    }

    /// <summary>A script that calls something else so means that, as before there was the word.</summary>
    [Theory]
    [InlineData("let training = 3\nfn own(p, y) = training + 0 * mean(p - y)\nmodel m { dense 1 }", 3)]
    [InlineData("fn training(x) = 5 + 0 * x\nfn own(p, y) = mean(training(p - y))\nmodel m { dense 1 }", 5)]
    [InlineData("fn own(p, y, training = 4) = training + 0 * mean(p - y)\nmodel m { dense 1 }", 4)]
    [InlineData("fn own(p, y) { training = 2; training + 0 * mean(p - y) }\nmodel m { dense 1 }", 2)]
    [InlineData("fn own(p, y) = mean(p)\nlayer training { it * 0 + 7 }\nmodel m { dense 1; training }", 7)]
    [InlineData("fn own(p, y) = mean(p)\nfn six(x) = 0 * x + 6\nmodel training { dense 1; six }\nmodel m { training }", 6)]
    [InlineData("fn own(p, y) = mean(p)\nfn eight(x) = 0 * x + 8\nmodel m { training = dense 1; eight; dense 2; from training; eight }", 8)]
    public void A_script_may_give_the_name_to_something_else(string definitions, double loss)
    {
        using TrainingSession session = new Script(
            $"{definitions}\ndata d {{ builtin linear, samples: 40; split 50/50 }}\ntrain m {{ loss own(m(x), y); optimizer sgd(lr: 0.1); epochs 1; batch 8 "
                + $"}}").Load();
        EpochResult e = Assert.Single(Trained(session));
        Assert.Equal(loss, e.Metrics["loss"], 1e-5);
        Assert.Equal(loss, e.Metrics["val_loss"], 1e-5);
    }

    private static List<EpochResult> Trained(TrainingSession session)
    {
        var epochs = new List<EpochResult>();
        new Trainer(session) { OnEpoch = epochs.Add }.Run(default);
        return epochs;
    }

    private static Dictionary<string, float[]> Values(TrainingSession session) => session.Plan.Slots.Parameters.ToDictionary(
        p => p.Key.Name.Replace("norm_of_batch", "batchnorm", StringComparison.Ordinal), p => session.Read<float>(p.Value));
}
