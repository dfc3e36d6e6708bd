using Nn.Training;

namespace Nn.Tests.Unit.Training;

/// <summary>The line search of lbfgs on losses along a line whose minima are known.</summary>
public class StrongWolfeTests
{
    // A cubic is its own interpolation, so that the second look is at its minimum: t³ − 3t falls until 1.
    [Theory]
    [InlineData(2)]
    // The first point lies on the far slope but is better than the start: the interval then goes from right to left.
    [InlineData(1.7)]
    public void The_minimum_of_a_cubic_is_found_at_the_second_look(double first)
    {
        (double found, List<double> looks) = Search(t => (t * t * t - 3 * t, 3 * t * t - 3), 0, -3, first);
        Assert.Equal([first, 1], looks, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(1, found, 1e-12);
    }

    // (t − 10)²: at ½ the slope is −19, steeper than nine tenths of the −20 at 0; at 1 it is −18, which is flat enough.
    [Fact]
    public void Lengths_double_until_the_slope_is_flat_enough()
    {
        (double found, List<double> looks) = Search(t => ((t - 10) * (t - 10), 2 * (t - 10)), 100, -20, 0.5);
        Assert.Equal([0.5, 1], looks);
        Assert.Equal(1, found);
    }

    // (t − 0.05)² from 0 to 2 has its minimum nearer to 0 than a tenth of the interval; from 0 to 0.2 it has not.
    [Fact]
    public void A_look_keeps_a_tenth_of_the_interval_away_from_its_ends()
    {
        (double found, List<double> looks) = Search(t => ((t - 0.05) * (t - 0.05), 2 * (t - 0.05)), 0.0025, -0.1, 2);
        Assert.Equal([2, 0.2, 0.05], looks, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(0.05, found, 1e-12);
    }

    // The cubic through (0, 0) with slope −1 and (1, −10) with slope 1 is 20t³ − 29t² − t; its slope 60t² − 58t − 1 is 0 at 0.9836, beyond nine tenths.
    [Fact]
    public void So_it_does_at_the_other_end()
    {
        (double found, List<double> looks) = Search(t => t == 1 ? (-10, 1) : (-11, 0), 0, -1, 1);
        Assert.Equal([1, 0.9], looks, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal(0.9, found, 1e-12);
    }

    // From right to left: the cubic through (0, 0) with slope −1 and (1, −0.5) with slope 2 is 2t³ − 1.5t² − t, lowest at (3 + √33)/12. The slope there is told
    // as rising, so that the minimum lies between 0 and it.
    [Fact]
    public void What_rises_at_the_better_point_leaves_the_far_end_where_it_is()
    {
        double second = (3 + Math.Sqrt(33)) / 12;
        (double found, List<double> looks) = Search(t => t == 1 ? (-0.5, 2) : Math.Abs(t - second) < 1e-9 ? (-0.6, 1.5) : (-0.7, 0), 0, -1, 1);
        Assert.Equal(3, looks.Count);
        Assert.Equal(second, looks[1], 1e-12);
        // Through (0, 0) with slope −1 and (second, −0.6) with slope 1.5, by the same formula solved by hand: c3 t³ + c2 t² − t.
        double c2 = (3 * -0.6 + 2 * second - 1.5 * second) / (second * second), c3 = (1.5 + 1 - 2 * c2 * second) / (3 * second * second);
        Assert.Equal((-c2 + Math.Sqrt(c2 * c2 + 3 * c3)) / (3 * c3), looks[2], 1e-9);
        Assert.Equal(looks[2], found);
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(0, double.NaN)]
    public void What_is_no_number_is_too_far_and_the_interval_is_halved(double loss, double slope)
    {
        (double found, List<double> looks) = Search(t => t > 3 ? (loss, slope) : ((t - 2) * (t - 2), 2 * (t - 2)), 4, -4, 4);
        Assert.Equal([4, 2], looks);
        Assert.Equal(2, found);
    }

    [Fact]
    public void Where_nothing_is_better_it_stays_after_so_many_looks()
    {
        (double found, List<double> looks) = Search(_ => (10, 1), 0, -1, 1);
        Assert.Equal((0, 25), (found, looks.Count));
    }

    // A loss that falls for ever at the same slope is never flat: the last length looked at is the best.
    [Fact]
    public void Where_the_loss_falls_without_end_it_goes_as_far_as_it_has_looked()
    {
        (double found, List<double> looks) = Search(t => (-t, -1), 0, -1, 1);
        Assert.Equal((Math.Pow(2, 24), 25), (found, looks.Count));
        Assert.Equal(Enumerable.Range(0, 25).Select(i => Math.Pow(2, i)), looks);
    }

    // Better than the start, but nowhere flat: the best point is kept.
    [Fact]
    public void The_best_point_counts_where_none_is_flat()
    {
        (double found, List<double> looks) = Search(t => t == 1 ? (-0.5, 2) : (5, 5), 0, -1, 1);
        Assert.Equal((1, 25), (found, looks.Count));
    }

    private static (double Found, List<double> Looks) Search(Func<double, (double Loss, double Slope)> line, double loss, double slope, double first)
    {
        var looks = new List<double>();
        double found = StrongWolfe.Search(t =>
        {
            looks.Add(t);
            return line(t);
        }, loss, slope, first);
        return (found, looks);
    }
}
