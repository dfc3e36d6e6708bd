using Nn.Networks.Figures;
using Nn.Repl.Live;
using Nn.Repl.Terminal;
using Nn.Training;

namespace Nn.Tests.Cli.Live;

public sealed class TrainingPanelTests
{
    private static readonly Dictionary<string, double> Metrics = new() { ["loss"] = 0.12345, ["accuracy"] = 0.9, ["val_loss"] = 0.2, ["val_accuracy"] = 0.85 };

    private static TrainingStatus Status => new(
        Epoch: 2, Epochs: 5, Step: 30, StepsPerEpoch: 150, Metrics, Rate: 1e-3, StepsPerSecond: 3411, SamplesPerSecond: 218_304, Elapsed: 7.1, Left: 12,
        PlannedBytes: 68_500_000,
        ResidentBytes: 140_000_000, Device: "a device with a long name of the kind that processors have");

    [Theory]
    [InlineData(200, 60, 2)]
    [InlineData(80, 24, 2)]
    [InlineData(60, 24, 1)]
    [InlineData(41, 16, 1)]
    [InlineData(40, 12, 0)]
    [InlineData(39, 40, 0)]
    [InlineData(10, 2, 0)]
    public void It_fits_every_terminal(int width, int height, int charts)
    {
        foreach (bool colour in new[] { true, false })
        {
            string[] lines = TrainingPanel.Lines(Status, Curves().Figures(), width, height, colour);
            // One column and one row stay free: the last column would break the line, the cursor stands in the row below.
            Assert.All(lines, l => Assert.InRange(LiveRegion.VisibleWidth(l), 0, width - 1));
            Assert.InRange(lines.Length, 1, height - 1);
            Assert.Equal(charts, !lines.Any(l => l.Contains('└')) ? 0 : lines.First(l => l.Contains('└')).Count(c => c == '└'));
            Assert.Equal(colour && charts > 0, lines.Any(l => l.Contains(Ansi.Mark)));
        }
    }

    [Fact]
    public void Many_curves_with_long_names_fit_as_well()
    {
        var curves = new TrainingCurves(10, 64);
        string[] names = ["loss_a_discriminator_of_images", "loss_a_generator_of_images", "val_loss_a_discriminator_of_images",
            "val_loss_a_generator_of_images"];
        for (int e = 0; e < 3; e++) curves.Add(new EpochResult(e, names.ToDictionary(n => n, n => 1.0 / (e + 1)), 0.1, 1));
        foreach (bool colour in new[] { true, false })
        {
            string[] lines = TrainingPanel.Lines(Status, curves.Figures(), 60, 24, colour);
            Assert.All(lines, l => Assert.InRange(LiveRegion.VisibleWidth(l), 0, 59));
            Assert.Contains(lines, l => l.Contains("loss_a_discriminator"));
        }
    }

    [Fact]
    public void It_says_how_far_how_fast_how_long_where_and_in_how_much_memory()
    {
        string text = string.Join('\n', TrainingPanel.Lines(Status, [], 120, 30, colour: false));
        foreach (string part in new[] { "epoch 3/5", " 30/150", "44 %", "loss 0.1235", "val_accuracy 0.8500", "12.0 s left, 7.1 s so far", "lr 0.001",
            "3,411 steps/s", "218k samples/s", "68.5 MB planned", "140.0 MB resident", "a device" })
            Assert.Contains(part, text);
    }

    [Fact]
    public void A_small_terminal_gets_one_line() =>
    Assert.Equal("3/5 ━━━━────  loss 0.1235  12.0 s left", Assert.Single(TrainingPanel.Lines(Status, Curves().Figures(), 39, 24, false)));

    [Fact]
    public void A_point_is_the_mean_since_the_point_before()
    {
        // 100 steps of 100 samples: a point needs four steps, and the end of an epoch half of that.
        var curves = new TrainingCurves(100, 100);
        curves.Add(Progress(0, 2, 9));
        curves.Add(Progress(0, 10, 4));
        curves.Add(Progress(0, 40, 2));
        curves.Add(new EpochResult(0, new Dictionary<string, double> { ["loss"] = 1.4, ["val_loss"] = 0.7 }, 0.1, 1));
        curves.Add(Progress(1, 50, 0.5));
        Plots(curves, out double[] x, out double[] y, out double[] validation);
        Assert.Equal([0.1, 0.4, 1, 1.5], x);
        // By hand: (2·40 − 4·10)/30, (1.4·100 − 2·40)/60.
        Assert.Equal([4, 40 / 30.0, 1, 0.5], y, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([0.7], validation);
    }

    [Fact]
    public void However_long_it_takes_the_points_stay_few()
    {
        var curve = new Curve();
        for (int i = 0; i < 100_000; i++) curve.Add(i, i);
        Assert.InRange(curve.Count, 128, 256);
        Assert.True(curve.X.Zip(curve.X.Skip(1)).All(p => p.First < p.Second));
        // A point is the mean of what it stands for: it lies in the middle of its values, whose last is its x.
        double width = curve.X[1] - curve.X[0];
        Assert.All(curve.X.Zip(curve.Y), p => Assert.Equal(p.First - (width - 1) / 2, p.Second, 6));
    }

    private static TrainingProgress Progress(int epoch, int step, double loss) => new(epoch, step, loss, 1, new Dictionary<string, double> { ["loss"] = loss });

    private static TrainingCurves Curves()
    {
        var curves = new TrainingCurves(150, 64);
        for (int e = 0; e < 3; e++) curves.Add(new EpochResult(e, Metrics.ToDictionary(m => m.Key, m => m.Value / (e + 1)), 0.1, 1));
        return curves;
    }

    private static void Plots(TrainingCurves curves, out double[] x, out double[] y, out double[] validation)
    {
        var lines = curves.Figures().Single().Layers.Cast<LineLayer>().ToArray();
        (x, y, validation) = (lines[0].X, lines[0].Y, lines[1].Y);
    }
}
