using System.Xml.Linq;
using Nn.Files;
using Nn.Networks.Figures;
using Nn.Repl.Plots;

namespace Nn.Tests.Cli.Plots;

/// <summary>Every row of the table of plots is drawn in all three ways.</summary>
public class EveryPlotTests
{
    private const string Points = """
        model net { dense 8, tanh; dense classes, softmax }
        data d { builtin moons, samples: 200, noise: 0.15, seed: 2; split 80/20 }
        train { loss cross_entropy; optimizer adam(lr: 0.02); epochs 2; batch 16; metrics accuracy }
        """;

    private const string Digits = """
        model net { conv 3, 3x3, same, relu; maxpool 2x2; flatten; dense classes, softmax }
        data d { builtin digits, samples: 200, seed: 1; split 80/20 }
        train { loss cross_entropy; optimizer adam; epochs 1; batch 16 }
        """;

    private const string Remakes = """
        model code { flatten; dense 2 }
        model picture { dense 784, sigmoid }
        data d { builtin digits, samples: 100, seed: 1; split 80/20 }
        train { loss mse(picture(code(x)), flatten(x)); optimizer adam; epochs 1; batch 20 }
        """;

    private const string Line = """
        model net { dense 8, tanh; dense 1 }
        data d { builtin sine, samples: 100 }
        train { loss mse; optimizer adam; epochs 1 }
        """;

    private static readonly string Text = $$"""
        model net { embed 8; attention 2, causal; dense classes, softmax }
        data d { text "{{Path.Combine(Nn.Root, "tests/golden/data/hamlet.txt")}}", context: 6; limit 400; split 90/10 }
        train { loss cross_entropy; optimizer adam; epochs 1; batch 16 }
        """;

    // On which models each is looked at.
    private static readonly Dictionary<string, string[]> Models = new()
    {
        ["loss"] = [Points],
        ["lr"] = [Points],
        ["boundary"] = [Points],
        ["function"] = [Line],
        ["weights"] = [Points, Digits, Text],
        ["histogram"] = [Points],
        ["embedding"] = [Text],
        ["gradients"] = [Digits],
        ["activations"] = [Points, Digits, Text, Line],
        ["attention"] = [Text],
        ["latent"] = [Points, Digits, Remakes],
        ["confusion"] = [Points],
        ["roc"] = [Points, Digits],
        ["data"] = [Points, Digits, Line],
        ["samples"] = [Remakes],
        ["mistakes"] = [Digits],
    };

    public static TheoryData<string> Kinds => new(FigureKinds.All.Select(k => k.Name));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_plot_is_drawn_in_the_terminal_as_SVG_and_as_PNG(string kind)
    {
        Assert.True(Models.ContainsKey(kind), $"no model is named here to look at '{kind}' with");
        foreach (string script in Models[kind])
        {
            using var s = new LiveSession(script, ":train 1 epochs");
            Figure figure = s.Plot(kind);
            foreach (bool colour in new[] { false, true })
            {
                string[] lines = TerminalFigure.Write(figure, 100, 24, colour).Split('\n');
                Assert.True(lines.Length > 3, string.Join('\n', lines));
                if (!colour) Assert.All(lines, l => Assert.True(l.Length <= Math.Max(100, figure.Title.Length + 12) || l.Contains(": "), $"too wide: {l}"));
            }

            XElement svg = XDocument.Parse(SvgCanvas.Write(figure)).Root!;
            Assert.Contains(svg.Descendants(), e => e.Value == figure.Title);
            (int width, int height) = FigureDrawing.Size(figure);
            RasterImage png = Png.Decode(PixelCanvas.Write(figure), kind);
            Assert.Equal((2 * width, 2 * height), (png.Width, png.Height));
            // Not one colour: something was drawn.
            Assert.True(png.Pixels.Chunk(3).Select(p => (p[0], p[1], p[2])).Distinct().Take(4).Count() == 4);
        }
    }

    [Fact]
    public void A_curve_of_a_classifier_has_the_area_that_the_metric_says()
    {
        // By hand: of four pairs three are in the right order.
        (double[] x, double[] y) = RocCurve.Of([0.9f, 0.8f, 0.7f, 0.6f], [true, false, true, false]);
        Assert.Equal([0, 0, 0.5, 0.5, 1], x);
        Assert.Equal([0, 0.5, 0.5, 1, 1], y);
        Assert.Equal(0.75, RocCurve.Area(x, y), 1e-12);
        // Equal scores count half.
        (x, y) = RocCurve.Of([1, 1], [true, false]);
        Assert.Equal(0.5, RocCurve.Area(x, y), 1e-12);

        // The metric counts pairs, it draws no curve.
        using var s = new LiveSession(Points.Replace("metrics accuracy", "metrics auc"), ":train");
        var curve = (LineLayer)((AxesFigure)s.Plot("roc")).Layers[1];
        Assert.Equal(s.Training.Evaluate()["val_auc"], RocCurve.Area(curve.X, curve.Y), 1e-9);
        Assert.Equal(10 + 1, Figures(Digits, "roc").Layers.Count);
    }

    [Fact]
    public void What_a_model_remakes_is_shown_as_it_is()
    {
        using var s = new LiveSession(Remakes, ":train");
        var figure = (TileFigure)s.Plot("samples");
        Assert.Equal(20, figure.Tiles.Count);
        float[][] remade = s.Repl.Live().Predict(s.Training.Data.Validation.Input.AsSpan(0, 2 * 784).ToArray(), 2);
        for (int i = 0; i < 784; i++) Assert.Equal((int)(remade[1][i] * 255 + 0.5f), figure.Tiles[1].Values[i]);
    }

    [Fact]
    public void A_generator_is_shown_with_the_same_noise_each_time()
    {
        using var s = new LiveSession("""
            model generator { input 8; dense 16, relu; dense 784, sigmoid }
            model critic { input 784; dense 8, relu; dense 1, sigmoid }
            data d { builtin digits, samples: 64 }
            train on d {
              step critic { loss bce(critic(flatten(x)), 0.9) + bce(critic(generator(normal(8))), 0); optimizer adam(lr: 1e-2) }
              step generator { loss bce(critic(generator(normal(8))), 1); optimizer adam(lr: 1e-2) }
              epochs 2; batch 32
            }
            """);
        float[] Shown() => ((TileFigure)s.Plot("samples")).Tiles[3].Values;
        float[] first = Shown();
        Assert.Equal(first, Shown());
        s.Repl.Execute(":train");
        Assert.NotEqual(first, Shown());
    }

    private static AxesFigure Figures(string script, string kind)
    {
        using var s = new LiveSession(script);
        return (AxesFigure)s.Plot(kind);
    }
}
