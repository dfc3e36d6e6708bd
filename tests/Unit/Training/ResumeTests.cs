using Nn.Files;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

public class ResumeTests
{
    // Everything that has a memory: momentum, dropout, running sums, a smaller last batch, a schedule, early stopping.
    private const string Everything = """
        model net {
          dense 16, tanh
          dropout 0.3
          dense classes, softmax
        }
        data d {
          builtin moons, samples: 130, noise: 0.3, seed: 2
          split 80/20
          normalize standard
        }
        train {
          loss cross_entropy + 1e-3 * l2
          optimizer adam(lr: 0.01)
          schedule cosine(warmup: 1 epoch)
          epochs 6
          batch 16
          metrics accuracy
          early_stop val_loss, patience: 5
          seed 3
        }
        """;

    private const string Plateau = """
        model net { dense 4, relu; dense 1 }
        data d { builtin sine, samples: 50, noise: 0.5; split 60/40 }
        train {
          loss mse
          optimizer sgd(lr: 0.1, momentum: 0.9)
          schedule reduce_on_plateau(val_loss, patience: 0, factor: 0.5)
          epochs 8
          batch 7
        }
        """;

    // Steps for sentences of several lengths, and a smaller last batch.
    private const string Sentences = """
        model tagger { embed 4; dropout 0.2; gru 4, bidirectional; dense classes, softmax }
        data d { builtin sentences, samples: 160; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: 0.01); epochs 3; batch 10; metrics accuracy, f1 }
        """;

    private const string Annealing = """
        model net { dense 4, tanh; dropout 0.2; dense 1 }
        data d { builtin sine, samples: 50, noise: 0.1 }
        train { loss mse; optimizer metropolis(step: 0.2, temperature: 0.5 -> 0.01); epochs 5; batch 20 }
        """;

    private const string LayerWise = """
        model net { dense 4, tanh; dense 1 }
        data d { builtin sine, samples: 50, noise: 0.1 }
        train { loss mse; optimizer lamb(lr: 0.02 -> 0.001); epochs 5; batch 20 }
        """;

    private const string Curvature = """
        model net { dense 6, tanh; dropout 0.1; dense 1 }
        data d { builtin sine, samples: 40, noise: 0.1; split 75/25 }
        train { loss mse; optimizer lbfgs(history: 3); epochs 12; batch all }
        """;

    private const string Drawn = """
        model u { dense 4, tanh; dense 1 }
        data d { draw inside = uniform(2); draw edge = border(2) }
        train u { loss laplacian(u(inside), by: inside) ^ 2 + (u(edge) - edge[0]) ^ 2; optimizer adam(lr: 0.01); steps 30; batch 8 }
        """;

    // A part that begins to learn within an epoch, sums of gradients, averages, and an epoch begun anew with a smaller rate.
    private const string Learning = """
        model body { dense 8, tanh; batchnorm; dropout 0.2 }
        model net { body; dense classes, softmax }
        data d { builtin moons, samples: 130, noise: 0.3, seed: 2; split 80/20; normalize standard; augment mixup: 0.4, noise: 0.05 }
        train net {
          loss cross_entropy, weights: balanced
          optimizer adam(lr: 0.02)
          part body, freeze: 12 steps, lr_factor: 0.5
          accumulate 3
          average weights: 0.9
          schedule 0.01 -> 0.03 for 1 epochs, then cosine_restarts(2 epochs)
          epochs 5
          batch 10
          metrics accuracy
          early_stop val_loss, patience: 4
          seed 3
        }
        """;

    // Its rate makes it diverge, and a tenth of it twice does not.
    private const string Diverging = """
        model net { dense 6; dense 1 }
        data d { builtin sine, samples: 60, noise: 0.1 }
        train { loss mse; optimizer sgd(lr: 8, momentum: 0.9); on_divergence divide_lr: 10, retries: 4; epochs 4; batch 7; average weights: 0.5 }
        """;

    [Theory]
    [InlineData(Drawn, 1)]
    [InlineData(Drawn, 8)]
    [InlineData(Learning, 1)]
    [InlineData(Learning, 10)]
    [InlineData(Learning, 11)]
    [InlineData(Learning, 12)]
    [InlineData(Learning, 13)]
    [InlineData(Learning, 30)]
    [InlineData(Diverging, 18)]
    [InlineData(Diverging, 22)]
    [InlineData(Curvature, 1)]
    [InlineData(Curvature, 7)]
    [InlineData(Annealing, 1)]
    [InlineData(Annealing, 7)]
    [InlineData(LayerWise, 7)]
    [InlineData(Everything, 0)]
    [InlineData(Everything, 1)]
    [InlineData(Everything, 5)]
    [InlineData(Everything, 6)]
    [InlineData(Everything, 7)]
    [InlineData(Everything, 20)]
    [InlineData(Everything, 41)]
    [InlineData(Sentences, 5)]
    [InlineData(Sentences, 21)]
    [InlineData(Plateau, 3)]
    [InlineData(Plateau, 20)]
    [InlineData(Plateau, 25)]
    public void A_run_stopped_anywhere_and_resumed_ends_in_the_same_bits(string text, int steps)
    {
        var script = new Script(text);
        using TrainingSession whole = script.Load(), first = script.Load(), second = script.Load();
        var wholeTrainer = new Trainer(whole);
        var wholeEpochs = new List<EpochResult>();
        wholeTrainer.OnEpoch = wholeEpochs.Add;
        Assert.Equal(TrainingEnd.Finished, wholeTrainer.Run(default));

        var firstTrainer = new Trainer(first);
        StopAfter(first, firstTrainer, steps);
        Assert.Equal(steps, first.Step);
        Safetensors file = Stored(Checkpoint.Capture(first, firstTrainer.State, text));
        var secondTrainer = new Trainer(second);
        var secondEpochs = new List<EpochResult>();
        secondTrainer.OnEpoch = secondEpochs.Add;
        Checkpoint.Restore(second, secondTrainer.State, file, "test");
        Assert.Equal(steps, second.Step);
        Assert.Equal(TrainingEnd.Finished, secondTrainer.Run(default));

        Assert.Equal(Script.State(whole), Script.State(second));
        Assert.Equal(whole.Numbers.Rates.Select(n => n.Factor), second.Numbers.Rates.Select(n => n.Factor));
        Assert.Equal(wholeTrainer.State.BestWeights, secondTrainer.State.BestWeights);
        foreach ((EpochResult a, EpochResult b) in wholeEpochs.TakeLast(secondEpochs.Count).Zip(secondEpochs))
        {
            Assert.Equal(a.Metrics, b.Metrics);
            Assert.Equal((a.Epoch, a.Rate), (b.Epoch, b.Rate));
        }

        Assert.Equal(Bytes(Checkpoint.Capture(whole, wholeTrainer.State, text)), Bytes(Checkpoint.Capture(second, secondTrainer.State, text)));
    }

    [Fact]
    public void A_request_to_stop_ends_between_two_steps_and_the_same_trainer_goes_on()
    {
        var script = new Script(Everything);
        using TrainingSession whole = script.Load(), stopped = script.Load();
        new Trainer(whole).Run(default);
        var trainer = new Trainer(stopped);
        using var stop = new CancellationTokenSource();
        trainer.OnProgress = p =>
        {
            if (p is { Epoch: 2, Step: > 0 }) stop.Cancel();
        };
        Assert.Equal(TrainingEnd.Interrupted, trainer.Run(stop.Token));
        Assert.Equal(2, stopped.Epoch);
        Assert.InRange(stopped.StepInEpoch, 1, stopped.Plan.StepsPerEpoch - 1);
        Assert.Equal(TrainingEnd.Finished, trainer.Run(default));
        Assert.Equal(Script.State(whole), Script.State(stopped));
    }

    [Fact]
    public void A_checkpoint_holds_the_script_and_no_data()
    {
        var script = new Script(Everything);
        using TrainingSession session = script.Load();
        Safetensors file = Checkpoint.Capture(session, new TrainerState(), script.Text);
        Assert.Equal(script.Text, file.Metadata["script"]);
        Assert.DoesNotContain("x_train", file.Tensors.Keys);
        Assert.Contains("net.dense_1.weight", file.Tensors.Keys);
        Assert.Contains("adam.m.net", file.Tensors.Keys);
    }

    public static TheoryData<string, string> Others => new()
    {
        { "dense 16, tanh", "'net.dense_1.weight' is f32 2x16 there, f32 2x8 in this script" },
        { "adam(lr: 0.01)", "it has no" },
        { "seed 3", "it was trained with seed 3, this training has 4" },
        { "batch 16", "it stopped within an epoch of 7 steps, here an epoch has 4; use the same data and batch" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void A_checkpoint_of_another_training_is_refused_with_the_difference(string part, string message)
    {
        string replaced = part switch
        {
            "dense 16, tanh" => "dense 8, tanh",
            "seed 3" => "seed 4",
            "batch 16" => "batch 32",
            _ => "sgd(lr: 0.01, momentum: 0.9)"
        };
        Safetensors file = StoppedInMidEpoch();
        using TrainingSession other = new Script(Everything.Replace(part, replaced)).Load();
        NnException e = Assert.Throws<NnException>(() => Checkpoint.Restore(other, new TrainerState(), file, "old.safetensors"));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.StartsWith("old.safetensors is no checkpoint for this script: ", e.Message);
        Assert.Contains(message, e.Message);
    }

    [Theory]
    [InlineData("format", "nn-checkpoint-9")]
    [InlineData("format", null)]
    [InlineData("epoch", "-1")]
    [InlineData("epoch", "one")]
    [InlineData("epoch", "99999999999")]
    [InlineData("step_in_epoch", "8")]
    [InlineData("step_in_epoch", "-1")]
    [InlineData("steps_per_epoch", "x")]
    [InlineData("seed", "-5")]
    [InlineData("rate_factors", "1 1")]
    [InlineData("rate_factors", "one")]
    [InlineData("best", "")]
    [InlineData("best_epoch", "1e99")]
    [InlineData("waited", "0.5")]
    public void A_damaged_checkpoint_is_refused(string key, string? value)
    {
        Safetensors file = StoppedInMidEpoch();
        if (value is null) file.Metadata.Remove(key);
        else file.Metadata[key] = value;
        using TrainingSession session = new Script(Everything).Load();
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Checkpoint.Restore(session, new TrainerState(), file, "x")).Code);
    }

    [Fact]
    public void Best_weights_of_a_wrong_size_are_refused()
    {
        Safetensors file = StoppedInMidEpoch();
        file.Tensors["best/net.dense_1.weight"] = new StoredTensor(new Nn.Graphs.Shape(1), Nn.Graphs.DType.F32, new byte[4]);
        using TrainingSession session = new Script(Everything).Load();
        Assert.Contains("'best/net.dense_1.weight' is f32 1",
            Assert.Throws<NnException>(() => Checkpoint.Restore(session, new TrainerState(), file, "x")).Message);
    }

    [Fact]
    public void Evaluation_scales_inputs_as_the_trained_model_saw_them()
    {
        // Trained on a table of deviation 1, evaluated beside one of deviation 10: the old statistics count.
        string text = "model m { dense 1 }\ndata d { csv \"data.csv\"; target y }\ntrain { loss mse; optimizer sgd(lr: 0.1); epochs 1 }";
        using TrainingSession trained = new Script(text, "x,y\n-1,1\n1,2\n").Load(), other = new Script(text, "x,y\n-10,1\n10,2\n").Load();
        new Trainer(trained).Run(default);
        Checkpoint.RestoreParameters(other, Stored(Checkpoint.Capture(trained, new TrainerState(), text)), "x");
        Assert.Equal(trained.Predict(BitConverter.GetBytes(0.5f)), other.Predict(BitConverter.GetBytes(0.5f)));
    }

    private static Safetensors StoppedInMidEpoch()
    {
        using TrainingSession session = new Script(Everything).Load();
        var trainer = new Trainer(session);
        StopAfter(session, trainer, 10);
        return Stored(Checkpoint.Capture(session, trainer.State, Everything));
    }

    // Through the trainer for whole epochs, by hand for the rest, as an interruption would leave it.
    private static void StopAfter(TrainingSession session, Trainer trainer, int steps)
    {
        using var stop = new CancellationTokenSource();
        int epochs = steps / session.Plan.StepsPerEpoch;
        trainer.OnEpoch = e =>
        {
            if (e.Epoch + 1 == epochs) stop.Cancel();
        };
        if (epochs > 0) trainer.Run(stop.Token);
        if (session.Step == steps) return;
        session.BeginEpoch();
        while (session.Step < steps) session.Run((int)(steps - session.Step));
    }

    private static Safetensors Stored(Safetensors file)
    {
        byte[] bytes = Bytes(file);
        return Safetensors.Read(new MemoryStream(bytes), bytes.Length, "stored");
    }

    private static byte[] Bytes(Safetensors file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }
}
