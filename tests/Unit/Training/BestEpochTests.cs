using Nn.Files;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Which epoch's weights count at the end and in files, and that training goes on from the last ones in any case.</summary>
public class BestEpochTests
{
    // It learns its few samples by heart: the validation part is best early on.
    private static string Text(string rules, int epochs = 12, string data = "split 50/50", string search = "") => $$"""
        let width = 24
        model net { dense width, tanh; batchnorm; dense classes, softmax }
        data d { builtin moons, samples: 60, noise: 0.5, seed: 3; {{data}} }
        train { loss cross_entropy; optimizer adam(lr: 0.05); epochs {{epochs}}; batch 8; seed 4; metrics accuracy; {{rules}} }
        {{search}}
        """;

    /// <summary>Settings, the metric that says which epoch is best, and whether larger is better.</summary>
    public static TheoryData<string, string, string, string, bool> Watched() => new()
    {
        { "checkpoint \"c\"", "split 50/50", "", "val_loss", false },
        { "checkpoint \"c\"", "", "", "loss", false },
        { "checkpoint \"c\"; early_stop val_accuracy, patience: 100", "split 50/50", "", "val_accuracy", true },
        { "checkpoint \"c\"; early_stop val_loss, patience: 100", "split 50/50", "search grid, maximize: val_accuracy { width in [4, 8] }", "val_loss", false },
        { "checkpoint \"c\"", "split 50/50", "search grid, maximize: val_accuracy { width in [4, 8] }", "val_accuracy", true },
        { "checkpoint \"c\"", "split 50/50", "search grid, minimize: val_loss { width in [4, 8] }", "val_loss", false },
    };

    [Theory]
    [MemberData(nameof(Watched))]
    public void A_file_of_the_best_epoch_has_its_weights_and_goes_on_from_the_last(string rules, string data, string search, string metric, bool maximize)
    {
        var script = new Script(Text(rules, 12, data, search));
        using TrainingSession whole = script.Load(), first = script.Load();
        // The weights of each epoch, by the names of their tensors.
        var epochs = new List<(double Value, Dictionary<string, byte[]> Weights)>();
        var trainer = new Trainer(first);
        trainer.OnEpoch = e => epochs.Add((e.Metrics[metric], Weights(first)));
        trainer.Run(default, epochs: 7);
        int best = Enumerable.Range(0, 7).First(i => epochs[i].Value == (maximize ? epochs.Max(e => e.Value) : epochs.Min(e => e.Value)));

        Safetensors file = Stored(Checkpoint.Capture(first, trainer.State, script.Text, weights: KeptWeights.Best));
        foreach ((string name, byte[] bytes) in epochs[best].Weights) Assert.Equal(bytes, file.Tensors[name].Bytes);
        using TrainingSession asked = script.Load();
        Checkpoint.RestoreParameters(asked, file, "best");
        Assert.Equal(epochs[best].Weights, Weights(asked));

        new Trainer(whole).Run(default);
        Goes_on(script, file, whole);
        // Files of the last weights, and of those in force, are other weights with the same way on.
        foreach (KeptWeights kept in new[] { KeptWeights.Last, KeptWeights.InForce })
        {
            file = Stored(Checkpoint.Capture(first, trainer.State, script.Text, weights: kept));
            foreach ((string name, byte[] bytes) in epochs[6].Weights) Assert.Equal(bytes, file.Tensors[name].Bytes);
            Goes_on(script, file, whole);
        }
    }

    [Fact]
    public void An_early_stop_that_never_stops_ends_with_the_best_weights()
    {
        var script = new Script(Text("early_stop val_loss, patience: 50", 25));
        using TrainingSession session = script.Load();
        var losses = new List<double>();
        var trainer = new Trainer(session) { OnEpoch = e => losses.Add(e.Metrics["val_loss"]) };
        Assert.Equal(TrainingEnd.Finished, trainer.Run(default));
        Assert.Equal(25, losses.Count);
        Assert.True(losses.Min() < losses[^1], "the last epoch is the best one, which shows nothing");
        Assert.Equal(losses.Min(), session.Evaluate()["val_loss"]);
        Assert.Equal(losses.IndexOf(losses.Min()), trainer.State.BestEpoch);
        // Asked to train on where there is nothing left, it stays so.
        Assert.Equal(TrainingEnd.Finished, trainer.Run(default));
        Assert.Equal(losses.Min(), session.Evaluate()["val_loss"]);
    }

    [Theory]
    [InlineData("early_stop val_loss, patience: 50")]
    [InlineData("early_stop val_loss, patience: 50; checkpoint \"c\"")]
    public void A_training_that_ended_with_the_best_weights_goes_on_from_the_last(string rules)
    {
        Script script = new(Text(rules, 20)), shorter = new(Text(rules, 12));
        using TrainingSession whole = script.Load(), ended = shorter.Load();
        new Trainer(whole).Run(default, epochs: 20);
        var trainer = new Trainer(ended);
        trainer.Run(default);
        Assert.NotEmpty(trainer.State.LastWeights);
        foreach (KeptWeights kept in Enum.GetValues<KeptWeights>())
            Goes_on(script, Stored(Checkpoint.Capture(ended, trainer.State, script.Text, weights: kept)), whole);
        Assert.Equal(ended.Evaluate()["val_loss"], Evaluated(shorter, Checkpoint.Capture(ended, trainer.State, script.Text)));
        // And so does the training itself.
        trainer.Run(default, epochs: 20);
        Assert.Equal(Script.State(whole), Script.State(ended));
    }

    [Fact]
    public void Without_a_rule_the_last_weights_count()
    {
        var script = new Script(Text(""));
        using TrainingSession session = script.Load();
        double last = 0;
        var trainer = new Trainer(session) { OnEpoch = e => last = e.Metrics["val_loss"] };
        trainer.Run(default);
        Assert.Equal(last, session.Evaluate()["val_loss"]);
        Assert.Empty(trainer.State.BestWeights);
    }

    private static void Goes_on(Script script, Safetensors file, TrainingSession whole)
    {
        using TrainingSession second = script.Load();
        var trainer = new Trainer(second);
        Checkpoint.Restore(second, trainer.State, file, "test");
        trainer.Run(default);
        Assert.Equal(Script.State(whole), Script.State(second));
    }

    private static double Evaluated(Script script, Safetensors file)
    {
        using TrainingSession session = script.Load();
        Checkpoint.RestoreParameters(session, file, "test");
        return session.Evaluate()["val_loss"];
    }

    private static Dictionary<string, byte[]> Weights(TrainingSession session) =>
        session.Plan.Slots.Parameters.Values.ToDictionary(s => s.Name,
            s => System.Runtime.InteropServices.MemoryMarshal.AsBytes(session.Read<float>(s).AsSpan()).ToArray());

    private static Safetensors Stored(Safetensors file)
    {
        var stream = new MemoryStream();
        file.Write(stream);
        stream.Position = 0;
        return Safetensors.Read(stream, stream.Length, "test");
    }
}
