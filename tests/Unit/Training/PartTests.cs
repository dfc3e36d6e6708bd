using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Parts of a model that stand still at first, and learn at a rate of their own.</summary>
public class PartTests
{
    private static string Text(string line, string optimizer = "sgd(lr: 0.1)", string layers = "dense 6, tanh; batchnorm; dropout 0.3") => $$"""
        model body { {{layers}} }
        model net { body; dense classes, softmax }
        data d { builtin moons, samples: 50, noise: 0.3, seed: 2; split 80/20; normalize standard }
        train net { loss cross_entropy; optimizer {{optimizer}}; {{line}}; epochs 6; batch 8; metrics accuracy; seed 5 }
        """;

    // To the bit: while it stands still it is used as in prediction, as with freeze.
    [Theory]
    [InlineData("sgd(lr: 0.1, momentum: 0.9, decay: 0.1)")]
    [InlineData("adamw(lr: 0.05)")]
    public void A_frozen_part_is_one_that_freeze_names_until_it_begins_to_learn(string optimizer)
    {
        using TrainingSession part = new Script(Text("part body, freeze: 2 epochs", optimizer)).Load(),
            frozen = new Script(Text("freeze body", optimizer)).Load();
        (List<EpochResult> a, List<EpochResult> b) = ([], []);
        Dictionary<string, string> start = Body(part);
        Trainer first = new(part) { OnEpoch = a.Add }, second = new(frozen) { OnEpoch = b.Add };
        first.Run(default, epochs: 2);
        second.Run(default, epochs: 2);
        Assert.Equal(b.Select(e => e.Metrics), a.Select(e => e.Metrics));
        Assert.Equal(start, Body(part));
        first.Run(default, epochs: 3);
        Assert.Empty(start.Intersect(Body(part)));
    }

    // Adam's first step is the rate, whatever the gradient: both averages are corrected for having just begun.
    [Theory]
    [InlineData("5 steps", 1)]
    [InlineData("2 epochs", 10)]
    public void The_first_step_of_a_part_is_the_first_to_the_optimizer(string freeze, double divisor)
    {
        string line = FormattableString.Invariant($"part body, freeze: {freeze}, lr_factor: {1 / divisor}");
        using TrainingSession session = new Script(Text(line, "adam(lr: 0.01)", "dense 6, tanh")).Load();
        var trainer = new Trainer(session);
        trainer.Run(default, steps: freeze == "5 steps" ? 5 : 10);
        Parameter weight = session.Plan.Slots.Parameters.Keys.Single(p => p.Name == "body.dense_1.weight");
        float[] before = session.Read<float>(session.Plan.Slots.Parameters[weight]);
        trainer.Run(default, steps: 1);
        float[] after = session.Read<float>(session.Plan.Slots.Parameters[weight]);
        Assert.All(before.Zip(after), w => Assert.Equal(0.01 / divisor, Math.Abs(w.Second - w.First), 0.01 / divisor * 1e-3));
    }

    [Fact]
    public void Its_rate_is_multiplied_by_its_factor_which_may_change_while_training()
    {
        using TrainingSession whole = new Script(Text("clip norm: 100")).Load(), part = new Script(Text("part body, lr_factor: 0.25")).Load(),
            set = new Script(Text("part body, lr_factor: 0.5")).Load();
        Assert.True(set.Numbers.Set("body.lr_factor", 0.25));
        float[][] moved = [.. new[] { whole, part, set }.Select(s =>
        {
            float[] before = Weights(s, "body.dense_1.weight"), head = Weights(s, "net.dense_1.weight");
            new Trainer(s).Run(default, steps: 1);
            return (float[])[.. Weights(s, "body.dense_1.weight").Zip(before, (a, b) => a - b), .. Weights(s, "net.dense_1.weight").Zip(head, (a, b) => a - b)];
        })];
        int body = Weights(whole, "body.dense_1.weight").Length;
        for (int i = 0; i < moved[0].Length; i++) Assert.Equal(moved[0][i] * (i < body ? 0.25 : 1), moved[1][i], 1e-7);
        Assert.Equal(moved[1], moved[2]);
    }

    [Fact]
    public void Several_parts_begin_one_after_the_other()
    {
        const string Three = """
            model first { dense 4, tanh }
            model second { dense 4, tanh }
            model net { first; second; dense classes, softmax }
            data d { builtin moons, samples: 40; normalize standard }
            train net { loss cross_entropy; optimizer adam(lr: 0.1); part first, freeze: 2 epochs; part second, freeze: 7 steps; epochs 3; batch 10 }
            """;
        using TrainingSession session = new Script(Three).Load();
        var trainer = new Trainer(session);
        var moves = new List<(long First, long Second)>();
        string first = "", second = "";
        for (int step = 0; step < 12; step++)
        {
            string f = string.Join(' ', Weights(session, "first.dense_1.weight")), s = string.Join(' ', Weights(session, "second.dense_1.weight"));
            if (step > 0 && f != first) moves.Add((step, 0));
            if (step > 0 && s != second) moves.Add((0, step));
            (first, second) = (f, s);
            trainer.Run(default, steps: 1);
        }

        // The weights before step s have moved in the one before.
        Assert.Equal(9, moves.Where(m => m.First > 0).Min(m => m.First));
        Assert.Equal(8, moves.Where(m => m.Second > 0).Min(m => m.Second));
    }

    private static Dictionary<string, string> Body(TrainingSession session) => session.Plan.Slots.Parameters.Where(p => p.Key.Name.StartsWith("body"))
        .ToDictionary(p => p.Key.Name, p => string.Join(' ', session.Read<float>(p.Value)));

    private static float[] Weights(TrainingSession session, string name) =>
        session.Read<float>(session.Plan.Slots.Parameters.Single(p => p.Key.Name == name).Value);
}
