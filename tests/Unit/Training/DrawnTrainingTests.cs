using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Trainings whose samples are drawn, or that look at none.</summary>
public class DrawnTrainingTests
{
    private const string Mean = """
        model net { dense 1, bias: true }
        data d { draw p = uniform(2, from: 2, to: 4) }
        train net { loss (net(0 * p) - p[0]) ^ 2; optimizer sgd(lr: 0.01); STEPS; batch 16; metrics seen: p[1] }
        """;

    // The best constant is the mean of the distribution, which no single batch has: it is reached because each step sees other points.
    [Fact]
    public void Steps_see_the_distribution_and_not_some_points_of_it()
    {
        using TrainingSession session = Script("steps 4000").Load();
        var means = new List<double>();
        var trainer = new Trainer(session) { OnEpoch = e => means.Add(e.Metrics["seen"]) };
        Assert.Equal(TrainingEnd.Finished, trainer.Run(default));
        Assert.Equal(4000, session.Step);
        Assert.Equal(40, means.Distinct().Count());
        // 1,600 points each, of variance 1/3.
        Assert.All(means, m => Assert.InRange(m, 3 - 5 * Math.Sqrt(1.0 / 3 / 1600), 3 + 5 * Math.Sqrt(1.0 / 3 / 1600)));
        Assert.InRange(session.Predict([.. new byte[2 * sizeof(float)]])[0], 2.9f, 3.1f);
    }

    [Theory]
    [InlineData("steps 4000", 40, 100)]
    [InlineData("steps 7", 7, 1)]
    [InlineData("steps 1009", 1, 1009)]
    [InlineData("steps 90", 45, 2)]
    [InlineData("epochs 3", 3, 100)]
    public void Steps_are_whole_epochs(string stated, int epochs, int each)
    {
        Script script = Script(stated);
        var plan = TrainingPlan.Compile(script.Training, TrainingSizes.Of(script.Data, script.Training));
        Assert.Equal((epochs, each), (script.Training.Epochs, plan.StepsPerEpoch));
    }

    [Fact]
    public void The_points_that_judge_it_stay()
    {
        using TrainingSession session = Script("steps 100").Load();
        double before = session.Evaluate()["val_seen"];
        var seen = new HashSet<double>();
        var trainer = new Trainer(session) { OnEpoch = e => seen.Add(e.Metrics["val_seen"]) };
        trainer.Run(default);
        Assert.Equal([before], seen);
    }

    // The picture that is nearest to a constant, by its closed form: each pixel's weight goes to the constant.
    [Fact]
    public void A_model_that_looks_at_nothing_is_trained_without_data()
    {
        var script = new Script("""
            layer canvas { w = param [3, 4, 1], init: uniform(0, 1); w * 1 }
            model picture { canvas }
            train picture { loss mean((picture() - 0.25) ^ 2); optimizer sgd(lr: 1); steps 200 }
            """);
        Assert.Equal((0, 0, 1), (script.Training.Schema.Inputs.Count, script.Training.Schema.Targets.Count, script.Training.Batch));
        using TrainingSession session = script.Load();
        Assert.Equal(TrainingEnd.Finished, new Trainer(session).Run(default));
        Assert.All(session.Read<float>(session.Plan.Slots.Parameters.Values.Single()), v => Assert.Equal(0.25f, v, 4));
    }

    private static Script Script(string steps) => new(Mean.Replace("STEPS", steps));
}
