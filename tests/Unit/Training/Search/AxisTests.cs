using System.Globalization;
using Nn.Training.Search;

namespace Nn.Tests.Unit.Training.Search;

public class AxisTests
{
    private static double[] Sample(SearchAxis axis, int count) => [.. Enumerable.Range(0, count).Select(i => Number(axis.At((i + 0.5) / count)))];

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [Fact]
    public void A_range_is_even_between_its_ends()
    {
        double[] values = Sample(new RangeAxis("x", 2, 6), 4000);
        Assert.All(values, v => Assert.InRange(v, 2, 6));
        // Values are rounded to four digits.
        foreach (int a in new[] { 2, 3, 4, 5 }) Assert.InRange(values.Count(v => v >= a && v < a + 1), 999, 1001);
    }

    [Fact]
    public void A_logarithmic_range_gives_each_decade_its_share()
    {
        double[] values = Sample(new RangeAxis("x", 1e-4, 1e-1, Logarithmic: true), 3000);
        foreach (double a in new[] { 1e-4, 1e-3, 1e-2 }) Assert.InRange(values.Count(v => v >= a && v < 10 * a), 999, 1001);
    }

    [Fact]
    public void Whole_numbers_are_equally_likely_and_both_ends_are_among_them()
    {
        double[] values = Sample(new RangeAxis("x", -1, 2, Whole: true), 4000);
        Assert.Equal([-1, 0, 1, 2], values.Distinct().Order());
        Assert.All(values.GroupBy(v => v), g => Assert.Equal(1000, g.Count()));
    }

    [Fact]
    public void Logarithmic_whole_numbers_reach_both_ends()
    {
        double[] values = Sample(new RangeAxis("x", 1, 1024, Logarithmic: true, Whole: true), 5000);
        Assert.Equal((1.0, 1024.0), (values.Min(), values.Max()));
        Assert.All(values, v => Assert.Equal(Math.Floor(v), v));
        // ln 32 of ln 1025 belongs to the numbers below 32.
        Assert.Equal(5000 * Math.Log(32) / Math.Log(1025), values.Count(v => v < 32), 2.0);
    }

    [Fact]
    public void Points_and_steps_are_the_numbers_that_were_meant()
    {
        Assert.Equal(["0.1", "0.2", "0.3", "0.4"], new RangeAxis("x", 0.1, 0.4).Points(4).Values);
        Assert.Equal(["0.0001", "0.001", "0.01", "0.1"], new RangeAxis("x", 1e-4, 1e-1, Logarithmic: true).Points(4).Values);
        Assert.Equal(["0.1", "0.2", "0.3"], new RangeAxis("x", 0.1, 0.35).Steps(0.1).Values);
        Assert.Equal(["4", "12", "20", "28"], new RangeAxis("x", 4, 32, Whole: true).Steps(8).Values);
        Assert.Equal(["1", "2", "3"], new RangeAxis("x", 1, 3, Whole: true).Points(9).Values);
    }

    [Theory]
    [MemberData(nameof(Axes))]
    public void A_value_is_found_at_its_place(SearchAxis axis)
    {
        for (double place = 0.001; place < 1; place += 0.0137) Assert.Equal(axis.At(place), axis.At(axis.Place(axis.At(place))));
    }

    public static TheoryData<SearchAxis> Axes() =>
    [
        new RangeAxis("x", -3, 5),
        new RangeAxis("x", 1e-5, 1, Logarithmic: true),
        new RangeAxis("x", 1, 7, Whole: true),
        new RangeAxis("x", 1, 500, Logarithmic: true, Whole: true),
        new ChoiceAxis("x", ["relu", "tanh", "gelu"]),
        new ChoiceAxis("x", ["32", "4", "8"], [2, 0, 1]),
    ];

    [Fact]
    public void Numbers_of_a_list_lie_at_even_distances_in_the_order_of_size()
    {
        var axis = new ChoiceAxis("x", ["32", "4", "8"], [2, 0, 1]);
        var at = new double[1];
        Assert.Equal([1, 0, 0.5], axis.Values.Select(v => Coordinate(axis, v)));
        double Coordinate(SearchAxis a, string v)
        {
            a.Encode(v, at);
            return at[0];
        }
    }

    [Fact]
    public void Names_are_all_equally_far_from_each_other()
    {
        var axis = new ChoiceAxis("x", ["relu", "tanh", "gelu"]);
        var at = new double[axis.Width];
        axis.Encode("tanh", at);
        Assert.Equal([0, 1, 0], at);
    }

    [Fact]
    public void A_logarithmic_axis_measures_ratios()
    {
        var at = new double[1];
        new RangeAxis("x", 1e-4, 1e-1, Logarithmic: true).Encode("0.001", at);
        Assert.Equal(1 / 3.0, at[0], 1e-12);
    }

    [Theory]
    [InlineData("2", 0)]
    [InlineData("3", 0.25)]
    [InlineData("6", 1)]
    public void A_linear_axis_measures_differences(string value, double place)
    {
        var at = new double[1];
        new RangeAxis("x", 2, 6).Encode(value, at);
        Assert.Equal(place, at[0], 1e-12);
    }

    [Fact]
    public void An_axis_is_told_as_people_write_it()
    {
        Assert.Equal("0.001..0.1, logarithmic", new RangeAxis("x", 1e-3, 0.1, Logarithmic: true).Text);
        Assert.Equal("2..8, whole", new RangeAxis("x", 2, 8, Whole: true).Text);
        Assert.Equal("1..64, whole, logarithmic", new RangeAxis("x", 1, 64, Logarithmic: true, Whole: true).Text);
        Assert.Equal("0..1", new RangeAxis("x", 0, 1).Text);
        Assert.Equal("4, 8 or 16", new ChoiceAxis("x", ["4", "8", "16"], [0, 1, 2]).Text);
        Assert.Equal("relu or tanh", new ChoiceAxis("x", ["relu", "tanh"]).Text);
        Assert.Equal("relu", new ChoiceAxis("x", ["relu"]).Text);
    }

    // The place 1 itself is no place, but a draw may round to it.
    [Fact]
    public void The_last_value_has_the_last_place()
    {
        var numbers = new ChoiceAxis("x", ["8", "2", "4"], [2, 0, 1]);
        Assert.Equal(["2", "4", "8", "8"], new[] { 0, 0.5, 0.99, 1 }.Select(numbers.At));
        Assert.Equal(["relu", "tanh", "tanh"], new[] { 0.49, 0.5, 1 }.Select(new ChoiceAxis("x", ["relu", "tanh"]).At));
    }

    // 1, 2 and 6: a mean of 3, squares of 4 + 1 + 9 around it, halved.
    [Fact]
    public void A_trial_counts_as_the_mean_of_its_folds()
    {
        Trial Folds(params double[] folds) => new() { Number = 1, Values = [], State = TrialState.Done, Folds = folds };
        Assert.Equal((3, Math.Sqrt(7)), (Folds(1, 2, 6).Objective, Folds(1, 2, 6).Deviation));
        Assert.Equal(Math.Sqrt(2), Folds(1, 3).Deviation, 1e-12);
        Assert.Equal((5, double.NaN), (Folds(5).Objective, Folds(5).Deviation));
        Assert.Equal(double.NaN, Folds().Objective);
    }
}
