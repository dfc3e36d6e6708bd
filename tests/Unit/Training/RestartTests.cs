using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>A session that begins anew against one that was just loaded, bit for bit.</summary>
public class RestartTests
{
    public static TheoryData<string, string> Scripts() => new()
    {
        { "model m { dense 8, tanh; dropout 0.2; dense classes, softmax }\ndata d { builtin moons, samples: 90, seed: SEED; split 80/20; normalize standard }",
            "cross_entropy" },
        { "model m { dense 6; batchnorm; relu; gaussian_noise 0.1; dense 1 }\ndata d { builtin linear, samples: 77, seed: SEED; split 80/20 }",
            "bce(sigmoid(m(x)), y)" },
        { "model m { conv 3, 3x3; batchnorm; relu; maxpool 2x2; flatten; dense classes, softmax }\ndata d { builtin digits, samples: 60, seed: SEED; split "
            + "80/20 }", "cross_entropy" },
    };

    private static Script Load(string models, string loss, uint seed, string rest) =>
        new($"{models.Replace("SEED", seed.ToString())}\ntrain {{ loss {loss}; batch 16; {rest} }}");

    [Theory]
    [MemberData(nameof(Scripts))]
    public void It_is_as_if_it_were_new(string models, string loss)
    {
        Script first = Load(models, loss, 1, "optimizer adam(lr: 0.05, beta1: 0.8); schedule reduce_on_plateau(val_loss, patience: 0); epochs 3; seed 5");
        Script second = Load(models, loss, 2, "optimizer adam(lr: 0.01, beta1: 0.9); schedule cosine; epochs 2; seed 6");
        using TrainingSession used = first.Load(), fresh = second.Load();
        new Trainer(used).Run(default);
        Assert.True(used.Restart(second.Training, second.Data));
        Assert.Equal(Script.State(fresh), Script.State(used));
        Dictionary<string, double>[] Train(TrainingSession session)
        {
            var epochs = new List<Dictionary<string, double>>();
            new Trainer(session) { OnEpoch = e => epochs.Add(new Dictionary<string, double>(e.Metrics)) }.Run(default);
            return [.. epochs];
        }

        Assert.Equal(Train(fresh), Train(used));
        Assert.Equal(Script.State(fresh), Script.State(used));
    }

    [Theory]
    [InlineData("optimizer sgd(lr: 0.1)")]
    [InlineData("optimizer adam; batch 8")]
    [InlineData("optimizer adam; clip norm: 1")]
    [InlineData("optimizer adam; metrics accuracy")]
    [InlineData("optimizer adam(lr: 0.1 -> 0.01, beta1: 0.9 -> 0.8)")]
    public void What_differs_in_more_than_numbers_is_not_taken(string rest)
    {
        const string models = "model m { dense 8, tanh; dense classes, softmax }\ndata d { builtin moons, samples: 90, seed: SEED; split 80/20 }\n";
        Script one = new(models.Replace("SEED", "1") + "train { loss cross_entropy; optimizer adam }"),
            other = new(models.Replace("SEED", "1") + $"train {{ loss cross_entropy; {rest} }}");
        using TrainingSession session = one.Load();
        Assert.False(session.Restart(other.Training, other.Data));
        Assert.Same(one.Training, session.Definition);
    }

    [Fact]
    public void Data_of_another_size_are_not_taken()
    {
        const string rest = "\nmodel m { dense classes, softmax }\ntrain { loss cross_entropy; optimizer adam }";
        Script one = new("data d { builtin moons, samples: 90 }" + rest), other = new("data d { builtin moons, samples: 91 }" + rest);
        using TrainingSession session = one.Load();
        Assert.False(session.Restart(one.Training, other.Data));
        Assert.True(session.Restart(one.Training, one.Data));
    }
}
