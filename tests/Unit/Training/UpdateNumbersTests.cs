using Nn.Backends;
using Nn.Data;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>What an update is given in each step of a training: the rate, the number of the update, the gradient as it is cut.</summary>
public class UpdateNumbersTests
{
    // Three samples in steps of one: three epochs are nine steps.
    private const string Table = "x,y\n1,1\n2,2\n3,3\n";

    // Every second step halves the rate, within epochs too: 2 · (1 + ½ + ¼ + ⅛) + 1/16 hundredths are taken off in all.
    [Fact]
    public void Each_step_has_the_rate_of_its_place_in_the_whole_training() =>
        Assert.Equal(-0.038125f, Trained("optimizer told(lr = 1) { w -= lr }", "optimizer told(lr: 0.01); schedule step(every: 2 steps, factor: 0.5)"), 1e-7f);

    // The updates of steps 1, 4 and 7 are the first three of an optimizer that is due every third step: 1 + 2 + 3.
    [Fact]
    public void An_optimizer_counts_its_own_updates()
    {
        const string Counting = "optimizer told(lr = 1) { w -= lr * t }";
        Assert.Equal(-45, Trained(Counting, "optimizer told"), 1e-4f);
        Assert.Equal(-6, Trained(Counting, "", "step net { loss mse(net(x), y); optimizer told; every 3 }"), 1e-4f);
    }

    // At w = 0 the mean of (w·x − x)² over 1, 2, 3 has the slope −2 · 14/3.
    [Theory]
    [InlineData("", 28.0 / 3)]
    [InlineData("clip norm: 1;", 1)]
    [InlineData("clip norm: 10;", 28.0 / 3)]
    [InlineData("clip value: 0.5;", 0.5)]
    public void Gradients_are_cut_to_what_is_stated(string clip, double step) =>
        Assert.Equal(step, Trained("", $"optimizer sgd(lr: 1); {clip}", batch: "all", epochs: 1), 1e-5);

    // A sequence of one place among those that are only looked at, and the other way round: a window of three leaves nothing of it.
    [Theory]
    [InlineData(new[] { 3, 4, 1, 3 }, 1)]
    [InlineData(new[] { 2, 4, 3, 3 }, 2)]
    public void A_window_is_held_against_the_shortest_sequence_of_both_parts(int[] lengths, int shortest)
    {
        Script script = Script.Of(
            """
            model net { embed 3, symbols: 5; conv 2, 3; maxpool global; dense 2, softmax }
            data d { builtin moons; split 50/50, shuffle: false }
            train net { loss cross_entropy; optimizer sgd; epochs 1 }
            """,
            Samples.Of([SampleField.Sequences("x", [.. lengths.Select(l => new int[l])])], [SampleField.Classes("y", [0, 1, 0, 1])]));
        string message = Assert.Throws<NnException>(() => script.Load()).Message;
        Assert.Contains($"leaves nothing of a sequence of {shortest} place", message);
    }

    // The one weight at the end, which begins as 0.
    private static float Trained(string definitions, string settings, string step = "", string batch = "1", int epochs = 3)
    {
        using TrainingSession session = new Script($$"""
            {{definitions}}
            layer scale { w = param [1, 1], init: zeros; it @ w }
            model net { scale }
            data d { csv "data.csv"; target y; normalize mean: 0, std: 1 }
            train { {{(step.Length > 0 ? step : "loss mse; " + settings)}}; epochs {{epochs}}; batch {{batch}} }
            """, Table).Load(new ReferenceBackend());
        new Trainer(session).Run(default);
        return session.Read<float>(session.Plan.Slots.Rows[0].Slot)[0];
    }
}
