using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>Batches whose samples are mixed with each other, against what the papers' formulas come to by hand.</summary>
public class BatchMixingTests
{
    // Of Beta(a, a) the mean square of λ − ½ is 1 ÷ (4 · (2a + 1)), and so of the larger of λ and 1 − λ.
    [Theory]
    [InlineData(0.2)]
    [InlineData(1)]
    [InlineData(4)]
    public void Shares_are_of_the_beta_distribution(double a)
    {
        double[] shares = [.. Enumerable.Range(0, 20_000).Select(i => BatchMixing.Share(a, (i + 0.5) / 20_000))];
        Assert.All(shares, s => Assert.InRange(s, 0.5, 1));
        Assert.Equal(1 / (4 * (2 * a + 1)), shares.Average(s => (s - 0.5) * (s - 0.5)), 1e-4);
        if (a == 1) Assert.Equal(0.75, shares.Average(), 1e-4);
    }

    [Theory]
    [InlineData("mixup: 0.4")]
    [InlineData("cutmix: 1")]
    [InlineData("mixup: 0.4, cutmix: 1")]
    public void Images_and_classes_are_mixed_by_the_numbers_of_the_step(string stated)
    {
        const int Count = 10, Height = 4, Width = 5, Classes = 3, Pixels = Height * Width;
        var random = new Random(3);
        float[] images = [.. Enumerable.Range(0, Count * Pixels).Select(_ => random.NextSingle())];
        int[] labels = [.. Enumerable.Range(0, Count).Select(i => i % Classes)];
        Script script = Script.Of(
            $$"""
            model net { flatten; dense classes, softmax }
            data d { builtin digits; augment {{stated}} }
            train { loss cross_entropy; optimizer sgd(lr: 0); epochs 12; batch 6; seed 4 }
            """, Samples.Of(images, new Shape(Height, Width, 1), labels));
        using TrainingSession session = script.Load();
        TrainingSlots slots = session.Plan.Slots;
        float[] Weights(string name) => session.Read<float>(slots.Parameters.Single(p => p.Key.Name == name).Value);
        float[] w = Weights("net.dense_1.weight"), b = Weights("net.dense_1.bias");
        var (mixed, cut) = (false, false);
        var trainer = new Trainer(session);
        var losses = new List<double>();
        trainer.OnEpoch = e => losses.Add(e.Metrics["loss"]);
        for (int epoch = 0; epoch < 12; epoch++)
        {
            trainer.Run(default, epochs: epoch + 1);
            float[] numbers = session.Read<float>(slots.Rates);
            double sum = 0;
            for (int step = 0; step < 2; step++)
            {
                float[] n = numbers[(step * 7 + 1)..(step * 7 + 7)];
                mixed |= n[0] < 1;
                cut |= n[2] > n[1];
                Assert.True(n[0] == 1 || n[2] == n[1]);
                if (n[0] == 1) Assert.Equal(1 - (n[2] - n[1]) * (n[4] - n[3]) / Pixels, n[5], 1e-6);
                else Assert.Equal(n[0], n[5]);
                Assert.InRange(n[5], 0.5f, 1f);
                int[] batch = session.Plan.Source.Samples(session.Data, 4, epoch, step);
                for (int i = 0; i < batch.Length; i++)
                {
                    (int own, int other) = (batch[i], batch[(i + 1) % batch.Length]);
                    var x = new double[Pixels];
                    for (int p = 0; p < Pixels; p++)
                    {
                        bool within = p / Width >= n[1] && p / Width < n[2] && p % Width >= n[3] && p % Width < n[4];
                        x[p] = within ? images[other * Pixels + p] : n[0] * images[own * Pixels + p] + (1 - n[0]) * images[other * Pixels + p];
                    }

                    double[] z = [.. Enumerable.Range(0, Classes).Select(c => b[c] + Enumerable.Range(0, Pixels).Sum(p => x[p] * w[p * Classes + c]))];
                    double all = Math.Log(z.Sum(Math.Exp));
                    sum += n[5] * (all - z[labels[own]]) + (1 - n[5]) * (all - z[labels[other]]);
                }
            }

            Assert.Equal(sum / Count, losses[epoch], 1e-5);
        }

        Assert.Equal((stated.Contains("mixup"), stated.Contains("cutmix")), (mixed, cut));
    }

    [Fact]
    public void Samples_without_a_label_are_not_mixed()
    {
        ScriptException e = Assert.Throws<ScriptException>(() => new Script(
            """
            model net { dense classes, softmax }
            data d { builtin moons, samples: 40, labels: 10; augment mixup: 0.2 }
            train { loss labelled * cross_entropy(net(x), y); optimizer adam }
            """));
        Assert.Contains("y cannot be mixed with that of another sample: labels are missing", e.Message);
    }

    [Fact]
    public void Numbers_are_mixed_as_they_are_and_the_validation_part_is_not()
    {
        static Script Of(string line) => new($$"""
            model net { dense 1 }
            data d { builtin sine, samples: 40; normalize none; split 50/50; {{line}} }
            train { loss mse; optimizer sgd(lr: 0); batch all }
            """);
        using TrainingSession session = Of("augment mixup: 1").Load(), plain = Of("").Load();
        Assert.Equal(plain.Evaluate()["val_loss"], session.Evaluate()["val_loss"]);
        double loss = 0;
        new Trainer(session) { OnEpoch = e => loss = e.Metrics["loss"] }.Run(default);
        double share = session.Read<float>(session.Plan.Slots.Rates)[1];
        float[] Read(byte[] bytes) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        float[] x = Read(session.Data.Training.Input), y = Read(session.Data.Training.Target);
        float Weight(string name) => session.Read<float>(session.Plan.Slots.Parameters.Single(p => p.Key.Name == name).Value)[0];
        int[] order = session.Plan.Source.Samples(session.Data, 0, 0, 0);
        double Mixed(float[] values, int i) => share * values[order[i]] + (1 - share) * values[order[(i + 1) % order.Length]];
        double expected = Enumerable.Range(0, order.Length)
            .Average(i => Math.Pow(Mixed(x, i) * Weight("net.dense_1.weight") + Weight("net.dense_1.bias") - Mixed(y, i), 2));
        Assert.InRange(share, 0.5, 0.999);
        Assert.Equal(expected, loss, 1e-5);
    }
}
