using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>Arithmetic of bounds.</summary>
public class ValueRangeTests
{
    private const double Infinity = double.PositiveInfinity;

    [Theory]
    [InlineData(2, 4, 0.25, 0.5)]
    [InlineData(-4, -2, -0.5, -0.25)]
    [InlineData(0, 4, 0.25, Infinity)]
    [InlineData(-4, 0, -Infinity, -0.25)]
    [InlineData(2, Infinity, 0, 0.5)]
    [InlineData(-1, 1, -Infinity, Infinity)]
    public void One_over_a_range(double low, double high, double from, double to)
    {
        ValueRange r = new ValueRange(low, high, true).Inverse();
        Assert.Equal((from, to), (r.Low, r.High));
        // Across zero nothing is known; elsewhere every number between is one over some number.
        Assert.Equal(low >= 0 || high <= 0, r.Reached);
    }

    // The ends of sums of shares are missed by a little.
    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(-0.000009, 1.000009, true)]
    [InlineData(-0.000011, 1, false)]
    [InlineData(0, 1.000011, false)]
    [InlineData(0.2, 0.7, true)]
    [InlineData(-1, 0.5, false)]
    public void A_range_within_another(double low, double high, bool within) => Assert.Equal(within, new ValueRange(low, high, true).Within(0, 1));

    [Theory]
    [InlineData(-2, 3, -4, 5, -12, 15)]
    [InlineData(-2, -1, -4, -3, 3, 8)]
    [InlineData(0, 0, -4, Infinity, 0, 0)]
    [InlineData(0, 2, 1, Infinity, 0, Infinity)]
    public void The_product_lies_between_the_products_of_the_ends(double low, double high, double low2, double high2, double from, double to)
    {
        ValueRange r = new ValueRange(low, high, true).Times(new ValueRange(low2, high2, true));
        Assert.Equal((from, to), (r.Low, r.High));
    }

    // Two values that weights can bring anywhere move together; with a number alone beside it one stays free.
    [Theory]
    [InlineData(true, 2, 2, false, true)]
    [InlineData(false, 2, 2, true, false)]
    [InlineData(true, 1, 2, true, false)]
    public void A_sum_is_reached_where_the_other_is_one_number(bool reached, double low, double high, bool other, bool sum)
    {
        ValueRange r = new ValueRange(0, 1, reached).Plus(new ValueRange(low, high, other));
        Assert.Equal((low, 1 + high, sum), (r.Low, r.High, r.Reached));
        Assert.Equal(sum, new ValueRange(low, high, other).Plus(new ValueRange(0, 1, reached)).Reached);
    }

    [Fact]
    public void Of_one_or_the_other_all_is_possible() =>
        Assert.Equal(new ValueRange(-3, 2, false), new ValueRange(-1, 2, true).Or(new ValueRange(-3, 0, false)));
}
