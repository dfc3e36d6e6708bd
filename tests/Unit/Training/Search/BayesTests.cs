using System.Globalization;
using Nn.Training.Search;

namespace Nn.Tests.Unit.Training.Search;

public class BayesTests
{
    private static double Number(string v) => double.Parse(v, CultureInfo.InvariantCulture);

    // Branin and Hoo: three minima of 0.397887.
    private static double Branin(IReadOnlyList<string> v)
    {
        double x = Number(v[0]), y = Number(v[1]);
        return Math.Pow(y - 5.1 / (4 * Math.PI * Math.PI) * x * x + 5 / Math.PI * x - 6, 2) + 10 * (1 - 1 / (8 * Math.PI)) * Math.Cos(x) + 10;
    }

    // A valley in the logarithm of a rate, with another floor for each activation; half of it diverges.
    private static double Training(IReadOnlyList<string> v)
    {
        double rate = Math.Log10(Number(v[0]));
        return rate > -1 ? double.NaN : Math.Pow(rate + 2.6, 2) + (v[1] == "tanh" ? 0 : 0.5) + 0.1 * Math.Abs(Number(v[2]) - 3);
    }

    private static double Regret(SearchMethod method, uint seed, bool training)
    {
        SearchDefinition d = training
            ? Spaces.Definition(method, 25, new RangeAxis("lr", 1e-5, 1e1, Logarithmic: true), new ChoiceAxis("act", ["relu", "tanh", "gelu"]),
                new RangeAxis("depth", 1, 8, Whole: true))
            : Spaces.Definition(method, 25, new RangeAxis("x", -5, 10), new RangeAxis("y", 0, 15));
        d = d with { Seed = seed };
        return d.Best(Spaces.Run(d, training ? Training : Branin))!.Objective - (training ? 0 : 0.397887);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_comes_nearer_to_the_minimum_than_chance(bool training)
    {
        const int seeds = 5;
        double[] bayes = [.. Enumerable.Range(0, seeds).Select(s => Regret(SearchMethod.Bayes, (uint)s, training)).Order()];
        double[] random = [.. Enumerable.Range(0, seeds).Select(s => Regret(SearchMethod.Random, (uint)s, training)).Order()];
        Assert.True(bayes[seeds / 2] < 0.25 * random[seeds / 2], $"bayes {string.Join(' ', bayes)}\nrandom {string.Join(' ', random)}");
    }

    [Fact]
    public void A_space_where_all_trials_fail_is_searched_to_the_end()
    {
        SearchDefinition d = Spaces.Definition(SearchMethod.Bayes, 12, new RangeAxis("x", 0, 1));
        Assert.Equal(12, Spaces.Run(d, _ => double.NaN).Select(t => t.Values[0]).Distinct().Count());
        Assert.Null(d.Best(Spaces.Run(d, _ => double.NaN)));
    }

    [Fact]
    public void The_largest_is_found_where_it_is_asked_for()
    {
        SearchDefinition d = Spaces.Definition(SearchMethod.Bayes, 20, new RangeAxis("x", 0, 10)) with { Maximize = true };
        Assert.Equal(7, Number(d.Best(Spaces.Run(d, v => -Math.Pow(Number(v[0]) - 7, 2)))!.Values[0]), 0.2);
    }

    [Fact]
    public void The_first_trials_take_one_of_each_strip()
    {
        SearchDefinition d = Spaces.Definition(SearchMethod.Bayes, 6, new RangeAxis("x", 0, 6), new RangeAxis("y", 0, 6), new RangeAxis("z", 0, 6));
        Trial[] trials = [.. Spaces.Run(d, _ => 1)];
        for (int axis = 0; axis < 3; axis++) Assert.Equal([0, 1, 2, 3, 4, 5], trials.Select(t => Math.Floor(Number(t.Values[axis]))).Order());
    }
}
