using System.Text.Json;
using Nn.Training.Search;

namespace Nn.Tests.Unit.Training.Search;

/// <summary>Against NumPy: tests/golden/search/make_gp.py.</summary>
public class GaussianProcessTests
{
    private sealed record Case(double[][] X, double[] Y, double[] Lengths, double Signal, double Noise, double[][] At, double[] Mean, double[] Variance,
        double Likelihood, double Best_likelihood, double[] Improvement);

    private static readonly JsonSerializerOptions Names = new() { PropertyNameCaseInsensitive = true };

    private static Case[] Cases { get; } = JsonSerializer.Deserialize<Case[]>(File.ReadAllText(Checkout.File("tests", "golden", "search", "gp.json")), Names)!;

    public static TheoryData<int> Numbers() => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Regression_and_improvement_are_those_of_the_formulas(int number)
    {
        Case c = Cases[number];
        var process = new GaussianProcess(new GaussianPrior(c.Lengths, c.Signal, c.Noise), c.X, c.Y);
        Assert.Equal(c.Likelihood, process.LogLikelihood, 1e-8);
        for (int i = 0; i < c.At.Length; i++)
        {
            (double mean, double variance) = process.Predict(c.At[i]);
            Assert.Equal(c.Mean[i], mean, 1e-9);
            Assert.Equal(c.Variance[i], variance, 1e-9);
            Assert.Equal(c.Improvement[i], GaussianProcess.ExpectedImprovement(mean, variance, -0.5), 1e-9);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_fit_reaches_the_largest_likelihood(int number)
    {
        Case c = Cases[number];
        GaussianProcess fit = GaussianFit.Fit(c.X, c.Y, [.. Enumerable.Range(0, c.Lengths.Length)], 0);
        Assert.Equal(c.Best_likelihood, fit.LogLikelihood, 0.05);
    }

    [Theory]
    [InlineData(0.0, 1.0, 0.0, 0.3989422804014327)]
    [InlineData(1.0, 0.0, 3.0, 2.0)]
    [InlineData(3.0, 0.0, 1.0, 0.0)]
    [InlineData(1.0, 4.0, 0.0, 0.39559311)]
    public void Expected_improvement_at_known_places(double mean, double variance, double best, double expected) =>
        // φ(0); a certain gain; a certain loss; −1·Φ(−½) + 2·φ(½) = −0.30853754 + 2·0.35206533.
        Assert.Equal(expected, GaussianProcess.ExpectedImprovement(mean, variance, best), 1e-7);

    [Fact]
    public void Without_noise_the_process_goes_through_its_observations()
    {
        double[][] x = [[0.1], [0.4], [0.9]];
        double[] y = [1, -2, 0.5];
        var process = new GaussianProcess(new GaussianPrior([0.3], 1, 1e-10), x, y);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(y[i], process.Predict(x[i]).Mean, 1e-6);
            Assert.Equal(0, process.Predict(x[i]).Variance, 1e-6);
        }

        // Far away nothing is known: the prior.
        Assert.Equal((0, 1), (Math.Round(process.Predict([100]).Mean, 6), Math.Round(process.Predict([100]).Variance, 6)));
    }

    [Fact]
    public void The_same_point_twice_is_no_obstacle()
    {
        GaussianProcess fit = GaussianFit.Fit([[0.5], [0.5], [0.5], [0.2]], [1, -1, 0, 0], [0], 0);
        Assert.True(double.IsFinite(fit.Predict([0.5]).Mean));
    }

    [Fact]
    public void Of_many_observations_all_are_used_though_not_all_are_fitted()
    {
        double[][] x = [.. Enumerable.Range(0, 250).Select(i => new[] { i / 250.0 })];
        double[] y = [.. x.Select(p => Math.Sin(9 * p[0]))];
        GaussianProcess all = GaussianFit.Fit(x, y, [0], 0),
            tenth = GaussianFit.Fit([.. x.Where((_, i) => i % 25 == 0)], [.. y.Where((_, i) => i % 25 == 0)], [0], 0);
        for (double at = 0.013; at < 0.9; at += 0.1) Assert.Equal(Math.Sin(9 * at), all.Predict([at]).Mean, 1e-2);
        Assert.True(all.Predict([0.5]).Variance < tenth.Predict([0.5]).Variance);
    }
}
