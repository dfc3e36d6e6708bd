using Nn.Graphs;
using Nn.Ops;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Steps that begin later or end earlier than the training, and what the functions of a loss may use.</summary>
public class StagedStepTests
{
    private const string Staged = """
        optimizer count(lr = 1) { state last = 0; last = t; w += lr + 0 * g }
        model a { dense 1, bias: false, init: zeros }
        model b { dense 1, bias: false, init: zeros }
        data d { builtin linear, samples: 8 }
        train a on d {
          step a { loss mse(a(x), y); optimizer count(lr: 1); until 2 epochs }
          step b { loss mse(b(x), y); optimizer count(lr: 1); every 2; after 3 steps; until 9 steps }
          epochs 6
          batch 4
          metrics mae
        }
        """;

    [Fact]
    public void Steps_take_part_from_after_to_until()
    {
        using TrainingSession session = new Script(Staged).Load();
        float[] Of(int step) => [session.Read<float>(session.Plan.Slots.Rows[step].Slot)[0], session.Read<float>(session.Plan.Slots.States[step][0])[0]];
        var trainer = new Trainer(session);
        // Each update adds 1; two steps an epoch. b is due in steps 4, 6 and 8, from 0; its clock starts at 3.
        float[][] expectedA = [[2, 2], [4, 4], [4, 4], [4, 4], [4, 4], [4, 4]], expectedB = [[0, 0], [0, 0], [1, 1], [2, 2], [3, 3], [3, 3]];
        trainer.OnEpoch = e =>
        {
            Assert.Equal(expectedA[e.Epoch], Of(0));
            Assert.Equal(expectedB[e.Epoch], Of(1));
            Assert.Contains("mae", e.Metrics.Keys);
        };
        Assert.Equal(TrainingEnd.Finished, trainer.Run(default));
        Assert.Equal("a", session.Definition.Predictor!.Name);
    }

    // Steps count from 0: `after n` leaves out the first n, `until n` all but the first n. Four steps an epoch.
    [Theory]
    [InlineData("after 0 steps", 8)]
    [InlineData("after 1 steps", 7)]
    [InlineData("after 3 steps", 5)]
    [InlineData("after 1 epochs", 4)]
    [InlineData("after 7 steps", 1)]
    [InlineData("after 8 steps", 0)]
    [InlineData("until 1 steps", 1)]
    [InlineData("until 3 steps", 3)]
    [InlineData("until 1 epochs", 4)]
    [InlineData("after 3 steps; until 4 steps", 1)]
    [InlineData("every 3", 3)]
    [InlineData("every 3; after 3 steps", 2)]
    [InlineData("every 3; after 4 steps", 1)]
    [InlineData("every 3; until 6 steps", 2)]
    [InlineData("every 3; until 7 steps", 3)]
    public void A_step_takes_part_so_often(string when, int times)
    {
        using TrainingSession session = new Script($$"""
            optimizer count(lr = 1) { w += lr + 0 * g }
            model a { dense 1, bias: false, init: zeros }
            data d { builtin linear, samples: 16 }
            train a on d { step a { loss mse(a(x), y); optimizer count(lr: 1); {{when}} }; epochs 2; batch 4 }
            """).Load();
        new Trainer(session).Run(default);
        Assert.Equal(times, session.Read<float>(session.Plan.Slots.Rows[0].Slot)[0]);
    }

    [Fact]
    public void A_function_draws_for_every_sample_and_may_use_models()
    {
        const string text = """
            model m { dense 3 }
            model n { dense 1 }
            fn noisy(x) = x + normal(2)
            fn both(x) = n(m(noisy(x)))
            data d { builtin linear, samples: 12 }
            train { loss mse(both(x), y); optimizer sgd(lr: 0.1); batch 5 }
            """;
        using TrainingSession session = new Script(text).Load();
        Assert.Equal(["m", "n"], session.Definition.Models.Select(m => m.Name));
        Assert.Equal(new Shape(5, 2), session.Plan.Plan.Entry("train").Graph.Nodes.Single(n => n.Op == LeafOps.Normal).Shape);
    }
}
