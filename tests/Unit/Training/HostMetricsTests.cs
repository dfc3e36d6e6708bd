using Nn.Training;

namespace Nn.Tests.Unit.Training;

public class HostMetricsTests
{
    // Six samples of three classes. Predicted 0 0 1 2 2 1, actual 0 1 1 2 0 2.
    private static readonly float[] Three =
    [
        0.7f, 0.2f, 0.1f,
        0.5f, 0.3f, 0.2f,
        0.1f, 0.8f, 0.1f,
        0.2f, 0.2f, 0.6f,
        0.3f, 0.1f, 0.6f,
        0.1f, 0.5f, 0.4f,
    ];

    private static readonly int[] Classes = [0, 1, 1, 2, 0, 2];

    // Each class: one hit, two predicted, two there.
    [Theory]
    [InlineData("precision", 0.5)]
    [InlineData("recall", 0.5)]
    [InlineData("f1", 0.5)]
    public void Averages_over_three_classes(string metric, double expected) => Assert.Equal(expected, HostMetrics.Compute(metric, Three, 3, Classes, null), 12);

    [Fact]
    public void Macro_averages_count_each_class_alike()
    {
        // Actual 0 0 0 1, predicted 0 0 1 1: precision (1 + ½) / 2, recall (⅔ + 1) / 2, f1 (0.8 + ⅔) / 2.
        float[] outputs = [0.9f, 0.1f, 0.8f, 0.2f, 0.3f, 0.7f, 0.2f, 0.8f];
        int[] actual = [0, 0, 0, 1];
        Assert.Equal(0.75, HostMetrics.Compute("precision", outputs, 2, actual, null), 12);
        Assert.Equal(5.0 / 6, HostMetrics.Compute("recall", outputs, 2, actual, null), 12);
        Assert.Equal((0.8 + 2.0 / 3) / 2, HostMetrics.Compute("f1", outputs, 2, actual, null), 12);
    }

    [Fact]
    public void One_output_is_about_class_1()
    {
        // Above ½: 1 1 0 0; actual 1 0 1 0.
        float[] outputs = [0.9f, 0.8f, 0.3f, 0.1f], actual = [1, 0, 1, 0];
        Assert.Equal(0.5, HostMetrics.Compute("precision", outputs, 1, null, actual), 12);
        Assert.Equal(0.5, HostMetrics.Compute("recall", outputs, 1, null, actual), 12);
        Assert.Equal(0.5, HostMetrics.Compute("f1", outputs, 1, null, actual), 12);
    }

    // Of scores alike the first counts as the larger one; a half is no yes.
    [Fact]
    public void What_is_alike_is_decided_one_way()
    {
        Assert.Equal([0, 1, 0], HostMetrics.Predicted([0.4f, 0.4f, 0.2f, 0.1f, 0.45f, 0.45f, 0.3f, 0.3f, 0.3f], 3));
        Assert.Equal([0, 1], HostMetrics.Predicted([0.5f, 0.50001f], 1));
        float[] tied = [0.4f, 0.4f, 0.2f];
        Assert.Equal(1, HostMetrics.Compute("top_1", tied, 3, [0], null));
        Assert.Equal(0, HostMetrics.Compute("top_1", tied, 3, [1], null));
        Assert.Equal(1, HostMetrics.Compute("top_2", tied, 3, [1], null));
        Assert.Equal(0, HostMetrics.Compute("top_2", tied, 3, [2], null));
        // A class that the model has no output for.
        Assert.Equal(0, HostMetrics.Compute("top_3", tied, 3, [3], null));
    }

    // exp of the mean of −log p; logarithms, as log_softmax gives them, are taken as they are, probabilities of 0 count as 1e-37.
    [Fact]
    public void Perplexity_is_of_probabilities_or_of_their_logarithms()
    {
        float[] p = [0.5f, 0.5f, 0.25f, 0.75f], logarithms = [.. p.Select(v => MathF.Log(v))];
        double expected = Math.Sqrt(1 / (0.5 * 0.75));
        Assert.Equal(expected, HostMetrics.Compute("perplexity", p, 2, [0, 1], null), 1e-6);
        Assert.Equal(expected, HostMetrics.Compute("perplexity", logarithms, 2, [0, 1], null), 1e-6);
        Assert.Equal(Math.Exp(37 * Math.Log(10) / 2), HostMetrics.Compute("perplexity", [1, 0, 0, 1], 2, [0, 0], null), 1e13);
        Assert.Equal(Math.Exp(37 * Math.Log(10)), HostMetrics.Compute("perplexity", [0.5f, 0.5f], 2, [2], null), 1e32);
    }

    [Fact]
    public void Area_under_the_curve_takes_ties_by_half_and_ends_with_numbers_that_are_none()
    {
        // Right, half and two right of four pairs.
        Assert.Equal(3.5 / 4, HostMetrics.Compute("auc", [0.1f, 0.4f, 0.4f, 0.8f], 1, [0, 1, 0, 1], null), 12);
        Assert.Equal(0.5, HostMetrics.Compute("auc", [0.3f, 0.3f, 0.3f], 1, [0, 1, 0], null), 12);
        Assert.InRange(HostMetrics.Compute("auc", [float.NaN, 0.2f, float.NaN], 1, [0, 1, 0], null), 0, 1);
        Assert.Equal(double.NaN, HostMetrics.Compute("auc", [0.3f, 0.2f], 1, [1, 1], null));
    }

    [Fact]
    public void Nothing_predicted_is_no_precision_and_not_a_division_by_zero()
    {
        float[] outputs = [0.1f, 0.2f], actual = [1, 0];
        foreach (string metric in new[] { "precision", "recall", "f1" }) Assert.Equal(0, HostMetrics.Compute(metric, outputs, 1, null, actual));
    }

    [Fact]
    public void One_hot_targets_are_their_classes()
    {
        float[] hot = [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1];
        foreach (string metric in new[] { "precision", "recall", "f1", "top_2", "perplexity" })
            Assert.Equal(HostMetrics.Compute(metric, Three, 3, Classes, null), HostMetrics.Compute(metric, Three, 3, null, hot), 12);
    }

    [Fact]
    public void Top_k_asks_whether_the_class_is_among_the_k_best()
    {
        // Ranks of the true classes: 0 1 0 0 1 1; the tie in sample four is not with the true class.
        Assert.Equal(3.0 / 6, HostMetrics.Compute("top_1", Three, 3, Classes, null), 12);
        Assert.Equal(1, HostMetrics.Compute("top_2", Three, 3, Classes, null), 12);
    }

    [Fact]
    public void Ties_are_broken_by_position() => Assert.Equal(0.5, HostMetrics.Compute("top_1", [0.5f, 0.5f, 0.5f, 0.5f], 2, [0, 1], null), 12);

    [Fact]
    public void Auc_is_the_share_of_pairs_in_the_right_order()
    {
        // Positives 0.8, 0.4; negatives 0.6, 0.2, 0.4: of 6 pairs 4 right, 1 tied.
        float[] scores = [0.8f, 0.6f, 0.4f, 0.2f, 0.4f], actual = [1, 0, 1, 0, 0];
        Assert.Equal(4.5 / 6, HostMetrics.Compute("auc", scores, 1, null, actual), 12);
        Assert.Equal(4.5 / 6, HostMetrics.Compute("auc", [.. scores.SelectMany(s => new[] { 1 - s, s })], 2, [1, 0, 1, 0, 0], null), 12);
        Assert.True(double.IsNaN(HostMetrics.Compute("auc", scores, 1, null, [1, 1, 1, 1, 1])));
    }

    [Fact]
    public void R2_is_one_minus_the_unexplained_share()
    {
        // Targets 1 2 3 4, predictions 1 2 3 5: rest 1, total 5.
        Assert.Equal(0.8, HostMetrics.Compute("r2", [1, 2, 3, 5], 1, null, [1, 2, 3, 4]), 12);
        Assert.True(double.IsNaN(HostMetrics.Compute("r2", [1, 2], 1, null, [3, 3])));
    }

    [Fact]
    public void Perplexity_is_the_exponential_of_the_mean_surprise()
    {
        // Probabilities of the true classes ½ and ⅛: geometric mean ¼.
        Assert.Equal(4, HostMetrics.Compute("perplexity", [0.5f, 0.5f, 0.875f, 0.125f], 2, [0, 1], null), 6);
    }

    [Fact]
    public void Nothing_has_no_metric() => Assert.True(double.IsNaN(HostMetrics.Compute("f1", [], 3, [], null)));
}
