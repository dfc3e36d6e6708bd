using System.Globalization;
using Nn.Training.Search;

namespace Nn.Tests.Unit.Training.Search;

public class ProposalTests
{
    private static readonly ChoiceAxis Width = new("width", ["4", "8"], [0, 1]), Activation = new("act", ["relu", "tanh", "gelu"]);

    private static readonly RangeAxis Rate = new("lr", 1e-4, 1e-1, Logarithmic: true);

    private static string[] Tried(SearchDefinition definition) => [.. Spaces.Run(definition, _ => 1).Select(t => string.Join(' ', t.Values))];

    [Fact]
    public void A_grid_is_every_combination_and_the_last_name_changes_fastest() => Assert.Equal(
        ["4 relu", "4 tanh", "4 gelu", "8 relu", "8 tanh", "8 gelu"],
        Tried(Spaces.Definition(SearchMethod.Grid, int.MaxValue, Width, Activation)));

    [Fact]
    public void A_grid_may_be_cut_short() =>
        Assert.Equal(["1 4", "1 8", "2 4"], Tried(Spaces.Definition(SearchMethod.Grid, 3, new RangeAxis("depth", 1, 3, Whole: true), Width)));

    [Fact]
    public void Random_rates_are_log_uniform()
    {
        double[] logs = [.. Tried(Spaces.Definition(SearchMethod.Random, 2000, Rate)).Select(v => Math.Log10(double.Parse(v, CultureInfo.InvariantCulture)))];
        Assert.All(logs, v => Assert.InRange(v, -4, -1));
        // Uniform in −4..−1: mean −2.5, deviation 3 ÷ √12; of 2000, each within four of its standard errors.
        double mean = logs.Average(), deviation = Trial.StandardDeviation(logs);
        Assert.Equal(-2.5, mean, 4 * 3 / Math.Sqrt(12 * 2000));
        Assert.Equal(3 / Math.Sqrt(12), deviation, 0.04);
        // Kolmogorov and Smirnov, 0.1 %: 1.95 ÷ √n.
        Array.Sort(logs);
        Assert.True(Enumerable.Range(0, 2000).Max(i => Math.Abs((i + 0.5) / 2000 - (logs[i] + 4) / 3)) < 1.95 / Math.Sqrt(2000));
    }

    [Fact]
    public void Axes_are_drawn_independently()
    {
        var x = new RangeAxis("x", 0, 1);
        Trial[] trials = [.. Spaces.Run(Spaces.Definition(SearchMethod.Random, 2000, x, x with { Name = "y" }), _ => 1)];
        double Mean(Func<double, double, double> f) =>
            trials.Average(t => f(double.Parse(t.Values[0], CultureInfo.InvariantCulture), double.Parse(t.Values[1], CultureInfo.InvariantCulture)));
        // Covariance 0; its standard error is 1 ÷ (12·√n).
        Assert.Equal(0, Mean((a, b) => (a - 0.5) * (b - 0.5)), 4 / (12 * Math.Sqrt(2000)));
    }

    [Theory]
    [InlineData(SearchMethod.Random)]
    [InlineData(SearchMethod.Bayes)]
    public void A_small_space_is_tried_once_and_completely(SearchMethod method)
    {
        string[] tried = Tried(Spaces.Definition(method, 100, Width, Activation, new RangeAxis("n", 1, 4, Whole: true)));
        Assert.Equal(24, tried.Length);
        Assert.Equal(24, tried.Distinct().Count());
    }

    [Theory]
    [InlineData(SearchMethod.Random)]
    [InlineData(SearchMethod.Bayes)]
    public void The_seed_decides(SearchMethod method)
    {
        SearchDefinition one = Spaces.Definition(method, 12, Rate, Activation);
        double Metric(IReadOnlyList<string> v) => Math.Abs(Math.Log10(double.Parse(v[0], CultureInfo.InvariantCulture)) + 2) + v[1].Length;
        string[] Values(SearchDefinition d) => [.. Spaces.Run(d, Metric).Select(t => string.Join(' ', t.Values))];
        Assert.Equal(Values(one), Values(one));
        Assert.NotEqual(Values(one), Values(one with { Seed = 1 }));
    }

    [Theory]
    [InlineData(SearchMethod.Grid)]
    [InlineData(SearchMethod.Random)]
    [InlineData(SearchMethod.Bayes)]
    public void A_search_that_goes_on_tries_what_it_would_have_tried(SearchMethod method)
    {
        SearchDefinition d = Spaces.Definition(method, 14, Width, Activation, new RangeAxis("n", 1, 9, Whole: true));
        double Metric(IReadOnlyList<string> v) => v[1] == "gelu" ? double.NaN : double.Parse(v[2], CultureInfo.InvariantCulture) + v[0].Length;
        List<Trial> whole = Spaces.Run(d, Metric), resumed = Spaces.Run(d, Metric, before: Spaces.Run(d, Metric, stopAfter: 8));
        Assert.Equal(14, whole.Count);
        Assert.Equal(whole.Select(t => string.Join(' ', t.Values)), resumed.Select(t => string.Join(' ', t.Values)));
    }
}
