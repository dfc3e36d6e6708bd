using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Files;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Models of several inputs and outputs train as those of one do.</summary>
public class FieldTrainingTests
{
    private const string Both = """
        model eye { dense 5, tanh }
        model net(left, right) {
          a     = eye(left)
          b     = eye(right)
          trunk = concat a, b
          sum   = dense 1
          from trunk
          kind  = dense classes(kind), softmax
          outputs sum, kind
        }
        data d { csv "data.csv"; field left, columns: [p, q]; field right, columns: [r, s]; target sum, kind; split 50/50 }
        train net on d {
          out = net(left, right)
          loss       mse(out.sum, sum) + cross_entropy(out.kind, kind)
          optimizer  adam(lr: 0.01)
          epochs     3
          batch      8
          metrics    kind.accuracy, sum.mae, sum.r2, kind.f1
        }
        """;

    private static readonly string s_table = "p,q,r,s,sum,kind\n" + string.Concat(Enumerable.Range(0, 48).Select(i =>
    {
        double p = Math.Sin(i), q = Math.Cos(3 * i), r = Math.Sin(5 * i + 1), s = Math.Cos(7 * i);
        return FormattableString.Invariant($"{p:F4},{q:F4},{r:F4},{s:F4},{p + q * r:F4},{(p > r ? "left" : "right")}\n");
    }));

    // The same numbers in one row, through the same weights.
    [Fact]
    public void Inputs_that_are_joined_first_train_as_one_input()
    {
        string After(string data, string call) => $$"""
            data d { csv "data.csv"; {{data}}; split 50/50 }
            train net on d { loss mse({{call}}, {{(data.Contains("field") ? "sum" : "y")}}); optimizer adam(lr: 0.01); epochs 4; batch 8; metrics mae }
            """;
        var one = new Script("model net { dense 6, tanh; dense 1 }\n" + After("inputs p, q, r, s; target sum", "net(x)"), s_table);
        var two = new Script("model net(a, b) { concat a, b; dense 6, tanh; dense 1 }\n"
            + After("field a, columns: [p, q, r]; field b, columns: s; target sum", "net(a, b)"), s_table);
        using TrainingSession first = one.Load(), second = two.Load();
        Assert.Equal(Losses(first), Losses(second));
        Assert.Equal(first.Evaluate(), second.Evaluate());
    }

    [Fact]
    public void Metrics_are_about_the_output_of_their_name()
    {
        using TrainingSession session = Trained();
        Dictionary<string, double> metrics = session.Evaluate();
        Assert.Equal(["val_loss", "val_kind.accuracy", "val_sum.mae", "val_sum.r2", "val_kind.f1"], metrics.Keys);
        IReadOnlyList<float[]> outputs = session.AllValidationOutputs();
        float[] sums = MemoryMarshal.Cast<byte, float>(session.Data.Validation.Targets[0]).ToArray();
        int[] kinds = MemoryMarshal.Cast<byte, int>(session.Data.Validation.Targets[1]).ToArray();
        int samples = kinds.Length;
        double mae = outputs[0].Zip(sums, (o, t) => Math.Abs((double)o - t)).Average(),
            hits = Enumerable.Range(0, samples).Count(i => (outputs[1][2 * i] >= outputs[1][2 * i + 1] ? 0 : 1) == kinds[i]);
        Assert.Equal(mae, metrics["val_sum.mae"], 6);
        Assert.Equal(hits / samples, metrics["val_kind.accuracy"], 6);
        double squares = outputs[0].Zip(sums, (o, t) => Math.Pow((double)o - t, 2)).Average(),
            crossed = Enumerable.Range(0, samples).Average(i => -Math.Log(outputs[1][2 * i + kinds[i]]));
        Assert.Equal(squares + crossed, metrics["val_loss"], 5);
    }

    // Of several targets the loss says which one an output is held against, whatever they are named and in whichever order they stand.
    [Theory]
    [InlineData("net(left, right)")]
    [InlineData("net(right, left)")]
    public void A_single_output_is_held_against_the_target_that_the_loss_compares_it_with(string applied)
    {
        var script = new Script($$"""
            model net(left, right) { dense 3, tanh; from right; dense 4, tanh; dense 2, softmax }
            data d { csv "data.csv"; field left, columns: [p, q]; field right, columns: [r, s]; target sum, kind; split 50/50 }
            train net on d { loss cross_entropy({{applied}}, kind); optimizer adam(lr: 0.01); epochs 3; batch 8; metrics accuracy, f1 }
            """, s_table);
        using TrainingSession session = script.Load();
        new Trainer(session).Run(default);
        Assert.Equal(applied == "net(left, right)" ? ["left", "right"] : ["right", "left"], session.Definition.PredictedFrom);
        Assert.Equal("kind", session.Definition.PredictedTargets.Single()!.Name);
        Dictionary<string, double> metrics = session.Evaluate();
        float[] outputs = session.ValidationOutputs();
        int[] kinds = MemoryMarshal.Cast<byte, int>(session.Data.Validation.Targets[1]).ToArray();
        Assert.Equal(Enumerable.Range(0, kinds.Length).Average(i => (outputs[2 * i] >= outputs[2 * i + 1] ? 0 : 1) == kinds[i] ? 1.0 : 0),
            metrics["val_accuracy"], 6);
        Assert.Equal(Enumerable.Range(0, kinds.Length).Average(i => -Math.Log(outputs[2 * i + kinds[i]])), metrics["val_loss"], 5);
    }

    [Fact]
    public void An_output_whose_target_nobody_can_tell_has_no_metrics()
    {
        var script = new Script("""
            model net(left, right) { dense 3, tanh; dense 1 }
            data d { csv "data.csv"; field left, columns: [p, q]; field right, columns: [r, s]; target sum, kind }
            train net on d { loss mean((net(left, right) - 1) ^ 2); optimizer adam; metrics mae }
            """, s_table);
        Assert.Contains("compares no target", Assert.Throws<NnException>(() => script.Load()).Message);
    }

    // A function of the script may hide what a model is applied to.
    [Fact]
    public void A_model_within_a_function_of_the_loss_is_no_prediction() =>
        Assert.Null(
            new Script(
                "fn far(x) = net(2 * x)\nmodel net { dense 1 }\ndata d { builtin sine, samples: 20 }\ntrain { loss mse(far(x), y); optimizer adam }").Training.Predictor);

    [Fact]
    public void Values_that_start_from_the_data_are_of_one_input()
    {
        var script = new Script("""
            model net(left, right) { pca 1; dense 1 }
            data d { csv "data.csv"; field left, columns: [p, q]; field right, columns: [r, s]; target sum; split 50/50 }
            train net on d { loss mse(net(right, left), sum); optimizer adam }
            """, s_table);
        Assert.Contains("several inputs", Assert.Throws<NnException>(() => script.Load()).Message);
    }

    [Fact]
    public void A_sample_is_predicted_as_it_is_evaluated()
    {
        using TrainingSession session = Trained();
        IReadOnlyList<float[]> all = session.AllValidationOutputs();
        for (int s = 0; s < 3; s++)
        {
            Part one = session.Data.Validation.Select(session.Data.Schema, [s]);
            IReadOnlyList<float[]> outputs = session.Predict(one.Inputs);
            Assert.Equal(all[0][s], outputs[0][0], 6);
            Assert.Equal(all[1][(2 * s)..(2 * s + 2)].Select(v => (double)v), outputs[1].Select(v => (double)v), new Near(1e-6));
        }
    }

    [Fact]
    public void Training_goes_on_from_a_checkpoint_with_the_same_bits()
    {
        using TrainingSession whole = new Script(Both, s_table).Load(), half = new Script(Both, s_table).Load(), resumed = new Script(Both, s_table).Load();
        new Trainer(whole).Run(default);
        var trainer = new Trainer(half);
        half.BeginEpoch();
        half.Run(2);
        Safetensors file = Checkpoint.Capture(half, trainer.State, Both);
        var after = new Trainer(resumed);
        Checkpoint.Restore(resumed, after.State, file, "file");
        after.Run(default);
        Assert.Equal(Script.State(whole), Script.State(resumed));
    }

    [Fact]
    public void The_scaling_of_each_field_is_kept()
    {
        using TrainingSession session = Trained();
        Safetensors file = Checkpoint.Capture(session, new Trainer(session).State, Both);
        Assert.NotNull(Checkpoint.Scaling(file, "left", "file"));
        Assert.Equal(session.Data.Schema.Inputs[1].Form.Scaling!.Scale, Checkpoint.Scaling(file, "right", "file")!.Scale);
        var unscaled = new Script(Both.Replace("split 50/50", "split 50/50; normalize none"), s_table);
        using TrainingSession other = unscaled.Load();
        Assert.Contains("put it back", Assert.Throws<NnException>(() => Checkpoint.RestoreParameters(other, file, "file")).Message);
    }

    private static TrainingSession Trained()
    {
        TrainingSession session = new Script(Both, s_table).Load();
        new Trainer(session).Run(default);
        return session;
    }

    private static List<double> Losses(TrainingSession session)
    {
        var losses = new List<double>();
        new Trainer(session) { OnEpoch = e => losses.Add(e.Metrics["loss"]) }.Run(default);
        return losses;
    }

    private sealed class Near(double distance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= distance;

        public int GetHashCode(double x) => 0;
    }
}
