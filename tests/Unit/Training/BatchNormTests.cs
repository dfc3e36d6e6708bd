using System.Runtime.InteropServices;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>What a batch norm remembers of its batches: PyTorch's documented rule, with the unbiased variance.</summary>
public sealed class BatchNormTests
{
    // Two batches, the second a smaller one: what is counted is what a batch has.
    [Theory]
    [InlineData("batchnorm", "input 1", 1, 0.1)]
    [InlineData("batchnorm momentum: 0.5", "input 1", 1, 0.5)]
    // Each of three pixels counts.
    [InlineData("reshape 3x1x1; batchnorm", "input 3", 3, 0.1)]
    public void Running_statistics_move_towards_those_of_each_batch(string layers, string input, int width, double momentum)
    {
        const int samples = 7, batch = 4;
        string columns = string.Join(',', Enumerable.Range(0, width).Select(i => $"x{i}"));
        var random = new Random(5);
        string rows = string.Concat(Enumerable.Range(0, samples).Select(_ =>
            FormattableString.Invariant($"{string.Join(',', Enumerable.Range(0, width).Select(_ => $"{random.Next(-9, 9)}.5"))},1\n")));
        var script = new Script($$"""
            model m { {{input}}; {{layers}}; flatten; dense 1 }
            data d { csv "data.csv"; target y; split 100/0; normalize none }
            train { loss mse; optimizer sgd(lr: 0); batch {{batch}}; epochs 1 }
            """, $"{columns},y\n{rows}");
        using TrainingSession session = script.Load();
        int[] order = NextStep.Samples(session);
        float[] x = MemoryMarshal.Cast<byte, float>(session.Data.Training.Input).ToArray();
        new Trainer(session).Run(default);
        int[][] batches = [order, [.. Enumerable.Range(0, samples).Except(order)]];
        Assert.Equal([batch, samples - batch], batches.Select(b => b.Length));
        double mean = 0, variance = 1;
        foreach (int[] b in batches)
        {
            double[] seen = [.. b.SelectMany(s => x[(s * width)..((s + 1) * width)]).Select(v => (double)v)];
            double average = seen.Average();
            mean = (1 - momentum) * mean + momentum * average;
            variance = (1 - momentum) * variance + momentum * seen.Sum(v => (v - average) * (v - average)) / (seen.Length - 1);
        }

        Assert.Equal(mean, session.Read<float>(session.Plan.Plan.Slot("m.batchnorm_1.running_mean"))[0], 1e-5);
        Assert.Equal(variance, session.Read<float>(session.Plan.Plan.Slot("m.batchnorm_1.running_variance"))[0], 1e-4);
    }
}
