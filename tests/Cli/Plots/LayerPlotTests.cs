using System.Runtime.InteropServices;
using Nn.Networks.Figures;

namespace Nn.Tests.Cli.Plots;

/// <summary>What plots of layers show, beside what the formulas of the layers give.</summary>
public class LayerPlotTests
{
    private const string Moons = """
        model net { dense 3, tanh; dense classes, softmax }
        data d { builtin moons, samples: 200, noise: 0.15, seed: 2; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: 0.02); epochs 5; batch 16; metrics accuracy, auc }
        """;

    private const string Filters = """
        model net { conv 3, 3x3, same, relu; maxpool 2x2; flatten; dense classes, softmax }
        data d { builtin digits, samples: 60, seed: 1; split 80/20 }
        train { loss cross_entropy; optimizer adam; epochs 1; batch 16 }
        """;

    [Fact]
    public void Bars_are_what_a_layer_gives_for_a_sample()
    {
        using var s = new LiveSession(Moons, ":train 2 epochs");
        var figure = Assert.IsType<AxesFigure>(s.Plot("activations dense_1 4"));
        double[] expected = Hidden(s, 4);
        var bars = Assert.IsType<BarLayer>(Assert.Single(figure.Layers));
        Assert.Equal(expected.Length, bars.Heights.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], bars.Heights[i], 1e-5);
        Assert.Contains("validation sample 4", figure.Title);
        var outputs = (BarLayer)((AxesFigure)s.Plot("activations dense_2")).Layers[0];
        Assert.Equal(1, outputs.Heights.Sum(), 1e-5);
    }

    [Fact]
    public void Feature_maps_are_what_a_convolution_gives()
    {
        using var s = new LiveSession(Filters, ":train 2 steps");
        var figure = Assert.IsType<SectionFigure>(s.Plot("activations 5"));
        // flatten only passes on what it got.
        Assert.Equal(["input", "net.conv_1 28x28x3", "net.maxpool_1 14x14x3", "net.dense_1 10"], figure.Sections.Select(t => t.Title.Split(':')[0]));
        float[] w = s.Weight("net.conv_1.weight"), bias = s.Weight("net.conv_1.bias");
        byte[] image = s.Training.Data.Validation.Input.AsSpan(5 * 784, 784).ToArray();
        TileFigure maps = figure.Sections[1];
        Assert.Equal(3, maps.Tiles.Count);
        for (int c = 0; c < 3; c++)
        {
            for (int y = 0; y < 28; y++)
            {
                for (int x = 0; x < 28; x++)
                {
                    double sum = bias[c];
                    for (int k = 0; k < 9; k++)
                    {
                        (int v, int u) = (y + k / 3 - 1, x + k % 3 - 1);
                        if (v is >= 0 and < 28 && u is >= 0 and < 28) sum += image[v * 28 + u] / 255.0 * w[k * 3 + c];
                    }

                    Assert.Equal(Math.Max(0, sum), maps.Tiles[c].Values[y * 28 + x], 1e-4);
                }
            }
        }

        // All maps of a layer share their colours.
        Assert.Single(maps.Tiles.Select(t => t.Range).Distinct());
    }

    [Fact]
    public void Long_vectors_fill_rows_and_leave_the_rest_free()
    {
        using var s = new LiveSession(Filters.Replace("flatten;", "flatten; dense 100;"));
        TileFigure section = ((SectionFigure)s.Plot("activations")).Sections[^2];
        Tile strip = Assert.Single(section.Tiles);
        Assert.Equal((64, 2), (strip.Width, strip.Height));
        Assert.Equal(28, strip.Values.Count(float.IsNaN));
    }

    [Fact]
    public void A_latent_space_is_the_plane_of_the_largest_variance()
    {
        using var s = new LiveSession(Moons, ":train");
        var figure = Assert.IsType<AxesFigure>(s.Plot("latent"));
        // The narrowest layer but for the output; its values by hand, their covariance, and its first eigenvectors by power iteration.
        double[][] values = [.. Enumerable.Range(0, 40).Select(i => Hidden(s, i))];
        double[] mean = [.. Enumerable.Range(0, 3).Select(k => values.Average(v => v[k]))];
        double[][] centered = [.. values.Select(v => v.Select((x, k) => x - mean[k]).ToArray())];
        double[,] covariance = new double[3, 3];
        foreach (double[] v in centered)
        {
            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 3; j++) covariance[i, j] += v[i] * v[j];
            }
        }

        double total = covariance[0, 0] + covariance[1, 1] + covariance[2, 2], kept = 0;
        PointLayer[] groups = [.. figure.Layers.OfType<PointLayer>()];
        int[] classes = MemoryMarshal.Cast<byte, int>(s.Training.Data.Validation.Target).ToArray();
        for (int component = 0; component < 2; component++)
        {
            double[] direction = [1, 0.5, 0.25];
            double value = 0;
            for (int round = 0; round < 500; round++)
            {
                double[] next = [.. Enumerable.Range(0, 3).Select(i => Enumerable.Range(0, 3).Sum(j => covariance[i, j] * direction[j]))];
                value = Math.Sqrt(next.Sum(x => x * x));
                direction = [.. next.Select(x => x / value)];
            }

            if (direction.MaxBy(Math.Abs) < 0) direction = [.. direction.Select(x => -x)];
            kept += value;
            foreach (int c in new[] { 0, 1 })
            {
                double[] expected = [.. Enumerable.Range(0, 40).Where(i => classes[i] == c).Select(i => centered[i].Zip(direction, (a, b) => a * b).Sum())];
                double[] shown = component == 0 ? groups[c].X : groups[c].Y;
                Assert.Equal(expected.Length, shown.Length);
                for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], shown[i], 1e-4);
            }

            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 3; j++) covariance[i, j] -= value * direction[i] * direction[j];
            }
        }

        Assert.Equal($"net.dense_1, 3 values: 40 samples, {WeightFigures.Share(kept / total)} of the variance", figure.Title);
        // A layer of two values is shown as it is.
        var plain = (AxesFigure)s.Plot("latent dense_2");
        Assert.Equal("value 1", plain.X);
        Assert.All(plain.Layers.OfType<PointLayer>(), p => Assert.All(p.X.Zip(p.Y, (a, b) => a + b), sum => Assert.Equal(1, sum, 1e-5)));
    }

    [Theory]
    [InlineData("activations")]
    [InlineData("attention")]
    [InlineData("latent")]
    public void Sequences_that_differ_in_length_are_named_as_the_reason_why_there_is_no_such_picture(string plot)
    {
        using var s = new LiveSession("""
            model tagger { embed 4; lstm 4; dense classes, softmax }
            data d { builtin sentences, samples: 20; split 80/20 }
            train { loss cross_entropy; optimizer adam; epochs 1; batch 8 }
            """, ":train 1 steps");
        Assert.Contains("tagger takes sequences that differ in length", Assert.Throws<NnException>(() => s.Plot(plot)).Message);
    }

    [Fact]
    public void Attention_looks_back_only_where_it_is_causal()
    {
        using var s = new LiveSession("""
            model net { embed 8; attention 2, causal; dense classes, softmax }
            data d { text "tests/golden/data/hamlet.txt", context: 6; limit 400; split 90/10 }
            train { loss cross_entropy; optimizer adam; epochs 1; batch 16 }
            """.Replace("tests/golden", Path.Combine(Nn.Root, "tests/golden")), ":train 1 steps");
        TileFigure heads = Assert.Single(((SectionFigure)s.Plot("attention")).Sections);
        Assert.Equal(2, heads.Tiles.Count);
        Assert.Equal("net.attention_1: 6 places", heads.Title);
        float[] table = s.Weight("net.embed_1.weight"), w = s.Weight("net.attention_1.qkv_weight"), b = s.Weight("net.attention_1.qkv_bias");
        int[] symbols = MemoryMarshal.Cast<byte, int>(s.Training.Data.Validation.Input)[..6].ToArray();
        // Queries are the first eight columns, keys the next; four of each belong to a head.
        double Joint(int place, int column) => b[column] + Enumerable.Range(0, 8).Sum(f => (double)table[symbols[place] * 8 + f] * w[f * 24 + column]);
        for (int head = 0; head < 2; head++)
        {
            for (int row = 0; row < 6; row++)
            {
                double[] scores = [.. Enumerable.Range(0, row + 1)
                    .Select(at => Math.Exp(Enumerable.Range(4 * head, 4).Sum(k => Joint(row, k) * Joint(at, 8 + k)) / 2))];
                for (int at = 0; at < 6; at++)
                    Assert.Equal(at > row ? 0 : scores[at] / scores.Max(), heads.Tiles[head].Values[row * 6 + at], 1e-4);
            }
        }
    }

    [Fact]
    public void A_layer_that_is_not_there_is_looked_for()
    {
        using var s = new LiveSession(Moons);
        Assert.Contains("did you mean 'dense_1'?", Assert.Throws<NnException>(() => s.Plot("activations dens_1")).Message);
        Assert.Contains("numbered from 0 to 39", Assert.Throws<NnException>(() => s.Plot("activations 40")).Message);
        Assert.Contains("no attention", Assert.Throws<NnException>(() => s.Plot("attention")).Message);
    }

    // tanh(x·W + b) in double precision.
    private static double[] Hidden(LiveSession s, int sample)
    {
        float[] x = MemoryMarshal.Cast<byte, float>(s.Training.Data.Validation.Input).Slice(2 * sample, 2).ToArray(), w = s.Weight("net.dense_1.weight"),
            b = s.Weight("net.dense_1.bias");
        return [.. Enumerable.Range(0, 3).Select(u => Math.Tanh((double)x[0] * w[u] + (double)x[1] * w[3 + u] + b[u]))];
    }
}
