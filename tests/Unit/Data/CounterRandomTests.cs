using Nn.Ops;

namespace Nn.Tests.Unit.Data;

public class CounterRandomTests
{
    // The known answers that the authors of the generator publish with their code (Random123, threefry2x32, 20 rounds).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0x6b200159u, 0x99ba4efeu)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x1cb996fcu, 0xbb002be7u)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xc4923a9cu, 0x483df7a0u)]
    public void Threefry_gives_the_known_answers(uint counter0, uint counter1, uint key0, uint key1, uint x0, uint x1) =>
        Assert.Equal((x0, x1), CounterRandom.Threefry(key0, key1, counter0, counter1));

    [Fact]
    public void Uniform_numbers_fill_the_unit_interval_evenly()
    {
        const int n = 100_000, bins = 100;
        var counts = new int[bins];
        for (uint i = 0; i < n; i++)
        {
            float u = CounterRandom.Uniform(7, 1, i, 3);
            Assert.InRange(u, 0f, 0.99999994f);
            counts[(int)(u * bins)]++;
        }

        // χ² with 99 degrees of freedom: mean 99, deviation √198; five deviations never happen by chance.
        double chi = counts.Sum(c => (c - n / (double)bins) * (c - n / (double)bins) / (n / (double)bins));
        Assert.InRange(chi, 99 - 5 * Math.Sqrt(198), 99 + 5 * Math.Sqrt(198));
    }

    [Fact]
    public void Normal_numbers_have_the_moments_of_the_normal_distribution()
    {
        const int n = 100_000;
        double[] x = [.. Enumerable.Range(0, n).Select(i => (double)CounterRandom.Normal(1, 2, (uint)i, 5))];
        Assert.InRange(x.Average(), -5 / Math.Sqrt(n), 5 / Math.Sqrt(n));
        Assert.InRange(x.Average(v => v * v), 1 - 5 * Math.Sqrt(2.0 / n), 1 + 5 * Math.Sqrt(2.0 / n));
        Assert.InRange(x.Average(v => v * v * v), -5 * Math.Sqrt(15.0 / n), 5 * Math.Sqrt(15.0 / n));
        // 68.27 % within one standard deviation.
        Assert.InRange(x.Count(v => Math.Abs(v) < 1) / (double)n, 0.675, 0.690);
    }

    [Fact]
    public void Seed_stream_index_and_step_each_change_the_number()
    {
        float[] all = [CounterRandom.Uniform(0, 0, 0, 0), CounterRandom.Uniform(1, 0, 0, 0), CounterRandom.Uniform(0, 1, 0, 0),
            CounterRandom.Uniform(0, 0, 1, 0), CounterRandom.Uniform(0, 0, 0, 1)];
        Assert.Equal(5, all.Distinct().Count());
    }

    [Fact]
    public void Below_stays_below_and_reaches_every_number()
    {
        int[] seen = [.. Enumerable.Range(0, 1000).Select(i => CounterRandom.Below(7, 3, 0, (uint)i, 0))];
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], seen.Distinct().Order());
        Assert.All(seen.CountBy(v => v), c => Assert.InRange(c.Value, 100, 190));
    }

    [Fact]
    public void A_shuffle_is_a_permutation_that_depends_on_seed_and_step_only()
    {
        int[] Order(uint seed, uint step)
        {
            int[] order = [.. Enumerable.Range(0, 1000)];
            CounterRandom.Shuffle<int>(order, seed, 9, step);
            return order;
        }

        Assert.Equal(Enumerable.Range(0, 1000), Order(1, 0).Order());
        Assert.Equal(Order(1, 0), Order(1, 0));
        Assert.NotEqual(Order(1, 0), Order(2, 0));
        Assert.NotEqual(Order(1, 0), Order(1, 1));
    }

    [Fact]
    public void A_shuffle_favours_no_place()
    {
        // Where the first of five elements ends up, over 5000 shuffles: each place in a fifth of them.
        var places = new int[5];
        for (uint step = 0; step < 5000; step++)
        {
            int[] order = [0, 1, 2, 3, 4];
            CounterRandom.Shuffle<int>(order, 4, 0, step);
            places[Array.IndexOf(order, 0)]++;
        }

        Assert.All(places, p => Assert.InRange(p, 1000 - 5 * 29, 1000 + 5 * 29));
    }
}
