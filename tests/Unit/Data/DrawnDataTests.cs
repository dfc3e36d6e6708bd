using System.Runtime.InteropServices;
using Nn.Data;

namespace Nn.Tests.Unit.Data;

/// <summary>Points lie as they are said to: moments and shares of known distributions, within five deviations of their means.</summary>
public class DrawnDataTests
{
    private const int Points = 20_000;

    [Fact]
    public void Uniform_points_fill_the_box()
    {
        float[] p = Draw(new DrawnField("p", DrawKind.Uniform, 3, -1, 3));
        Assert.All(p, v => Assert.InRange(v, -1, 3));
        for (int c = 0; c < 3; c++) AssertMoments(Coordinate(p, 3, c), mean: 1, variance: 16.0 / 12);
    }

    [Fact]
    public void Normal_points_have_their_mean_and_deviation()
    {
        float[] p = Draw(new DrawnField("p", DrawKind.Normal, 2, 5, 0.5));
        for (int c = 0; c < 2; c++) AssertMoments(Coordinate(p, 2, c), mean: 5, variance: 0.25);
        double[] a = Coordinate(p, 2, 0), b = Coordinate(p, 2, 1);
        Assert.InRange(a.Zip(b, (x, y) => (x - 5) * (y - 5)).Average(), -0.01, 0.01);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Border_points_lie_on_each_side_equally_often(int width)
    {
        float[] p = Draw(new DrawnField("p", DrawKind.Border, width, -2, 1));
        var sides = new int[2 * width];
        foreach (float[] point in p.Chunk(width))
        {
            int[] on = [.. Enumerable.Range(0, 2 * width).Where(s => point[s / 2] == (s % 2 == 0 ? -2 : 1))];
            Assert.NotEmpty(on);
            Assert.All(point, v => Assert.InRange(v, -2, 1));
            if (on.Length == 1) sides[on[0]]++;
        }

        double expected = (double)Points / sides.Length;
        Assert.All(sides, n => Assert.InRange(n, expected - 5 * Math.Sqrt(expected), expected + 5 * Math.Sqrt(expected)));
    }

    [Fact]
    public void Sphere_points_have_the_radius_and_no_direction_of_their_own()
    {
        float[] p = Draw(new DrawnField("p", DrawKind.Sphere, 3, 2, 0));
        Assert.All(p.Chunk(3), point => Assert.Equal(2, Math.Sqrt(point.Sum(v => (double)v * v)), 5));
        // Archimedes: each coordinate of a point of the sphere is uniform.
        for (int c = 0; c < 3; c++) AssertMoments(Coordinate(p, 3, c), mean: 0, variance: 16.0 / 12);
    }

    [Fact]
    public void Each_epoch_and_each_field_draws_its_own_and_a_repeat_draws_the_same()
    {
        var data = new DrawnData([new DrawnField("a", DrawKind.Uniform, 1, 0, 1), new DrawnField("b", DrawKind.Uniform, 1, 0, 1)]);
        Part first = data.Epoch(100, 7, 0);
        Assert.Equal(first.Inputs, data.Epoch(100, 7, 0).Inputs);
        Part[] parts = [first, data.Epoch(100, 7, 1), data.Epoch(100, 8, 0)];
        float[][] all = [.. parts.SelectMany(p => p.Inputs).Append(data.Load(100, 7).Validation.Inputs[0])
            .Select(i => MemoryMarshal.Cast<byte, float>(i).ToArray())];
        for (int i = 0; i < all.Length; i++)
        {
            for (int k = 0; k < i; k++) Assert.Empty(all[i].Intersect(all[k]));
        }
    }

    private static float[] Draw(DrawnField field) => MemoryMarshal.Cast<byte, float>(new DrawnData([field]).Epoch(Points, 3, 0).Inputs[0]).ToArray();

    private static double[] Coordinate(float[] points, int width, int c) => [.. points.Chunk(width).Select(p => (double)p[c])];

    private static void AssertMoments(double[] values, double mean, double variance)
    {
        double error = 5 * Math.Sqrt(variance / values.Length), found = values.Average();
        Assert.InRange(found, mean - error, mean + error);
        Assert.InRange(values.Average(v => (v - mean) * (v - mean)), variance * 0.95, variance * 1.05);
    }
}
