using System.Runtime.InteropServices;
using Nn.Files;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Moving averages of weights.</summary>
public class AverageTests
{
    private static string Text(string line) => $$"""
        model net { dense 6, tanh; batchnorm; dense classes, softmax }
        data d { builtin moons, samples: 60, noise: 0.4, seed: 2; split 50/50; normalize standard }
        train { loss cross_entropy; optimizer adam(lr: 0.05); {{line}}; epochs 12; batch 8; seed 5 }
        """;

    // avg ← d · avg + (1 − d) · w with d = min(0.8, (1 + t) ÷ (10 + t)), worked out in double precision from the weights of each step.
    [Fact]
    public void It_follows_the_weights_of_each_step()
    {
        using TrainingSession session = new Script(Text("average weights: 0.8")).Load();
        var trainer = new Trainer(session);
        TrainingSlots slots = session.Plan.Slots;
        Assert.Equal(slots.Parameters.Keys, slots.Averages.Keys, (a, b) => a == b || slots.Averages.ContainsKey(a));
        Dictionary<Parameter, double[]> expected = slots.Averages.Keys.ToDictionary(p => p,
            p => session.Read<float>(slots.Parameters[p]).Select(v => (double)v).ToArray());
        for (int t = 0; t < 48; t++)
        {
            trainer.Run(default, steps: 1);
            double kept = Math.Min(0.8, (1.0 + t) / (10 + t));
            foreach ((Parameter p, double[] average) in expected)
            {
                float[] now = session.Read<float>(slots.Parameters[p]);
                for (int i = 0; i < now.Length; i++) average[i] = kept * average[i] + (1 - kept) * now[i];
            }
        }

        foreach ((Parameter p, Slot slot) in slots.Averages)
        {
            float[] actual = session.Read<float>(slot);
            for (int i = 0; i < actual.Length; i++) Assert.Equal(expected[p][i], actual[i], 1e-5 * (1 + Math.Abs(expected[p][i])));
        }
    }

    [Fact]
    public void Evaluation_predictions_and_files_have_the_averages_and_training_the_weights()
    {
        var script = new Script(Text("average weights: 0.9"));
        var plain = new Script(Text("clip norm: 1000"));
        using TrainingSession session = script.Load(), without = plain.Load(), asked = plain.Load();
        var trainer = new Trainer(session);
        trainer.Run(default, epochs: 5);
        new Trainer(without).Run(default, epochs: 5);
        // They change nothing for the training itself.
        foreach ((Parameter p, Slot slot) in without.Plan.Slots.Parameters)
            Assert.Equal(without.Read<float>(slot), session.Read<float>(Of(session, p.Name)), (a, b) => Math.Abs(a - b) < 1e-4);
        Safetensors file = Checkpoint.Capture(session, trainer.State, script.Text);
        foreach ((Parameter p, Slot average) in session.Plan.Slots.Averages)
        {
            float[] kept = session.Read<float>(average);
            Assert.Equal(kept, MemoryMarshal.Cast<byte, float>(file.Tensors[p.Name].Bytes).ToArray());
            Assert.NotEqual(kept, session.Read<float>(session.Plan.Slots.Parameters[p]));
            asked.Replace(asked.Plan.Slots.Parameters.Keys.Single(x => x.Name == p.Name), file.Tensors[p.Name].Bytes);
        }

        Assert.Equal(asked.Evaluate()["val_loss"], session.Evaluate()["val_loss"]);
        byte[] sample = session.Data.Validation.Input[..8];
        Assert.Equal(asked.Predict(sample), session.Predict(sample));
        Assert.NotEqual(without.Evaluate()["val_loss"], session.Evaluate()["val_loss"]);
        // A session that takes the file for evaluation evaluates the same.
        using TrainingSession again = script.Load();
        Checkpoint.RestoreParameters(again, file, "file");
        Assert.Equal(session.Evaluate()["val_loss"], again.Evaluate()["val_loss"]);
    }

    [Fact]
    public void The_best_epoch_is_that_of_the_averages()
    {
        var script = new Script(Text("average weights: 0.7; early_stop val_loss, patience: 100"));
        using TrainingSession session = script.Load(), asked = script.Load();
        var losses = new List<double>();
        var trainer = new Trainer(session) { OnEpoch = e => losses.Add(e.Metrics["val_loss"]) };
        trainer.Run(default);
        Assert.Equal(losses.Min(), session.Evaluate()["val_loss"]);
        Checkpoint.RestoreParameters(asked, Checkpoint.Capture(session, trainer.State, script.Text, weights: KeptWeights.Best), "best");
        Assert.Equal(losses.Min(), asked.Evaluate()["val_loss"]);
    }

    private static Slot Of(TrainingSession session, string name) => session.Plan.Slots.Parameters.Single(p => p.Key.Name == name).Value;
}
