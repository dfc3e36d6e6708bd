using Nn.Networks.Figures;
using Nn.Repl.Plots;
using Nn.Training;

namespace Nn.Tests.Cli.Plots;

public class WeightPlotTests
{
    private const string Net = """
        model net { conv 3, 3x3, relu; conv 4, 3x3, relu; flatten; dense classes, softmax }
        data d { builtin digits, samples: 60, seed: 1; split 80/20 }
        train { loss cross_entropy; optimizer adam; epochs 1; batch 16 }
        """;

    [Fact]
    public void Filters_of_several_inputs_stand_in_a_grid()
    {
        using var s = new LiveSession(Net);
        var figure = (SectionFigure)s.Plot("weights");
        Assert.Equal(3, figure.Sections.Count);
        float[] w = s.Weight("net.conv_2.weight");
        // 3x3x3x4: four columns of outputs, three rows of inputs, a pixel between.
        Tile grid = Assert.Single(figure.Sections[1].Tiles);
        Assert.Equal((15, 11), (grid.Width, grid.Height));
        for (int y = 0; y < 11; y++)
        {
            for (int x = 0; x < 15; x++)
            {
                float shown = grid.Values[y * 15 + x];
                if (y % 4 == 3 || x % 4 == 3) Assert.True(float.IsNaN(shown));
                else Assert.Equal(w[((y % 4 * 3 + x % 4) * 3 + y / 4) * 4 + x / 4], shown);
            }
        }

        // Of the first layer each filter is a tile.
        Assert.Equal(3, figure.Sections[0].Tiles.Count);
        float[] first = s.Weight("net.conv_1.weight");
        Assert.Equal(Enumerable.Range(0, 9).Select(e => first[e * 3 + 1]), figure.Sections[0].Tiles[1].Values);
        // A high and narrow matrix lies down.
        Tile lying = Assert.Single(figure.Sections[2].Tiles);
        Assert.Equal((24 * 24 * 4, 10), (lying.Width, lying.Height));
        Assert.Equal(s.Weight("net.dense_1.weight")[7 * 10 + 2], lying.Values[2 * lying.Width + 7]);
    }

    [Fact]
    public void Filters_over_colours_are_in_colour()
    {
        var shape = new Graphs.Shape(2, 2, 3, 2);
        float[] w = [.. Enumerable.Range(0, 24).Select(i => (float)i)];
        TileFigure section = WeightFigures.Section(new Parameter("c", shape, ParameterKind.Weight, Initializer.Zeros, 1, 1), w, new Graphs.Shape(2, 2, 3));
        Assert.Equal([3, 3], section.Tiles.Select(t => t.Channels));
        Assert.Equal(Enumerable.Range(0, 12).Select(e => (float)(2 * e + 1)), section.Tiles[1].Values);
        // Less than zero is possible: the smallest is dark, the largest light.
        Rgb[] pixels = Palette.Pixels(section.Tiles[0]);
        Assert.Equal((byte)0, pixels[0].R);
        Assert.Equal((byte)255, pixels[3].B);
    }

    [Fact]
    public void Histograms_count_every_weight()
    {
        using var s = new LiveSession(Net);
        var figure = (AxesFigure)s.Plot("histogram");
        LineLayer[] lines = [.. figure.Layers.Cast<LineLayer>()];
        Assert.Equal(["net.conv_1.weight", "net.conv_2.weight", "net.dense_1.weight"], lines.Select(l => l.Name));
        Assert.All(lines, l => Assert.Equal(1, l.Y.Sum(), 1e-9));
        double width = lines[0].X[1] - lines[0].X[0], at = lines[2].X[20];
        float[] w = s.Weight("net.dense_1.weight");
        Assert.Equal(w.Count(v => v >= at - width / 2 && v < at + width / 2) / (double)w.Length, lines[2].Y[20], 2.0 / w.Length);
    }

    [Fact]
    public void An_embedding_names_its_symbols()
    {
        using var s = new LiveSession($$"""
            model net { embed 8; lstm 8; dense classes, softmax }
            data d { text "{{Path.Combine(Nn.Root, "tests/golden/data/hamlet.txt")}}", context: 6; limit 400; split 90/10 }
            train { loss cross_entropy; optimizer adam; epochs 1; batch 16 }
            """);
        var words = Assert.IsType<WordLayer>(Assert.Single(((AxesFigure)s.Plot("embedding")).Layers));
        Assert.Equal(s.Training.Data.Vocabulary!.Size, words.Words.Length);
        Assert.Contains("e", words.Words);
        Assert.Contains("space", words.Words);
        // Centred: both components are zero on average.
        Assert.Equal(0, words.X.Average(), 1e-6);
        Assert.Equal(0, words.Y.Average(), 1e-6);
    }

    [Fact]
    public void Gradients_are_shown_from_layer_to_layer()
    {
        using var s = new LiveSession(Net, ":train 2 steps");
        var figure = (AxesFigure)s.Plot("gradients depth");
        Assert.Equal(["conv_1", "conv_2", "dense_1"], figure.Names);
        Assert.True(figure.LogY);
        ParameterRow row = s.Training.Plan.Slots.Rows.Single();
        float[] all = s.Training.Read<float>(row.Gradients!);
        int at = row.Parameters.ToList().FindIndex(p => p.Name == "net.conv_1.weight");
        double[] sizes = [.. all.AsSpan(row.Offsets[at], 27).ToArray().Where(v => v != 0).Select(v => Math.Abs((double)v)).Order()];
        LineLayer median = figure.Layers.Cast<LineLayer>().Single(l => l.Name == "median");
        Assert.Equal(sizes[(sizes.Length + 1) / 2 - 1], median.Y[0]);
        Assert.Equal(3, ((AxesFigure)s.Plot("gradients")).Layers.Count);
    }

    [Theory]
    [InlineData(1e-5, 1e-1, "they vanish: the first layer's are 10000 times smaller than the last's")]
    [InlineData(1, 1e-3, "they explode: the first layer's are 1000 times larger than the last's")]
    [InlineData(2e-3, 1e-3, "the first layer's are 2 times larger than the last's")]
    public void Vanishing_and_exploding_gradients_are_called_so(double first, double last, string verdict) =>
        Assert.Equal(verdict, GradientFigures.Verdict([("a", [first, first, first]), ("b", [last])]));

    [Theory]
    [InlineData(0.05, 1)]
    [InlineData(0.5, 5)]
    [InlineData(0.95, 10)]
    public void Quantiles_are_by_the_nearest_rank(double share, double expected) =>
    Assert.Equal(expected, GradientFigures.Quantile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share));
}
