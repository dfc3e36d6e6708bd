using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Training;

public class InitialValuesTests
{
    private const int FanIn = 200, FanOut = 300;

    // Bound and variance as in the papers; a uniform number in ±a has variance a² / 3.
    public static TheoryData<InitializerKind, bool, double> Scaled => new()
    {
        { InitializerKind.Glorot, false, 2.0 / (FanIn + FanOut) },
        { InitializerKind.Glorot, true, 2.0 / (FanIn + FanOut) },
        { InitializerKind.He, false, 2.0 / FanIn },
        { InitializerKind.He, true, 2.0 / FanIn },
        { InitializerKind.Lecun, false, 1.0 / FanIn },
        { InitializerKind.Lecun, true, 1.0 / FanIn },
    };

    [Theory]
    [MemberData(nameof(Scaled))]
    public void Scaled_initializers_have_their_variance(InitializerKind kind, bool gaussian, double variance)
    {
        float[] values = Draw(new Initializer(kind, Gaussian: gaussian));
        AssertMoments(values, 0, variance);
        double bound = Math.Sqrt(3 * variance);
        if (gaussian) Assert.Contains(values, v => Math.Abs(v) > bound);
        else Assert.All(values, v => Assert.InRange(v, -bound * 1.000001, bound * 1.000001));
    }

    [Fact]
    public void Constants_are_constant() => Assert.All(Draw(new Initializer(InitializerKind.Constant, 0.25)), v => Assert.Equal(0.25f, v));

    [Fact]
    public void Normal_has_its_mean_and_deviation() => AssertMoments(Draw(new Initializer(InitializerKind.Normal, 3, 0.5)), 3, 0.25);

    [Fact]
    public void Uniform_fills_its_interval()
    {
        float[] values = Draw(new Initializer(InitializerKind.Uniform, -1, 3));
        AssertMoments(values, 1, 16.0 / 12);
        Assert.InRange(values.Min(), -1, -0.99);
        Assert.InRange(values.Max(), 2.99, 3);
    }

    [Theory]
    [InlineData(20, 50)]
    [InlineData(50, 20)]
    [InlineData(30, 30)]
    public void Orthogonal_vectors_of_the_shorter_side_are_orthonormal_times_the_gain(int rows, int columns)
    {
        float[] v = Draw(new Initializer(InitializerKind.Orthogonal, 2), new Shape(rows, columns));
        int count = Math.Min(rows, columns), length = Math.Max(rows, columns);
        double At(int vector, int i) => rows < columns ? v[vector * columns + i] : v[i * columns + vector];
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b <= a; b++) Assert.Equal(a == b ? 4 : 0, Enumerable.Range(0, length).Sum(i => At(a, i) * At(b, i)), 5);
        }
    }

    [Theory]
    [InlineData(InitializerKind.Glorot)]
    [InlineData(InitializerKind.He)]
    [InlineData(InitializerKind.Normal)]
    [InlineData(InitializerKind.Uniform)]
    [InlineData(InitializerKind.Orthogonal)]
    public void Values_are_a_function_of_seed_and_name(InitializerKind kind)
    {
        var init = new Initializer(kind, 1, 2);
        Assert.Equal(Draw(init, seed: 1, name: "a"), Draw(init, seed: 1, name: "a"));
        Assert.NotEqual(Draw(init, seed: 1, name: "a"), Draw(init, seed: 2, name: "a"));
        Assert.NotEqual(Draw(init, seed: 1, name: "a"), Draw(init, seed: 1, name: "b"));
    }

    private static float[] Draw(Initializer init, Shape? shape = null, uint seed = 5, string name = "p") =>
        InitialValues.Draw(new Parameter(name, shape ?? new Shape(FanIn, FanOut), ParameterKind.Weight, init, FanIn, FanOut), seed);

    // Within five standard errors of mean and, for the broader of the two distributions, variance.
    private static void AssertMoments(float[] values, double mean, double variance)
    {
        double n = values.Length, actual = values.Average(v => (v - mean) * (v - mean));
        Assert.InRange(values.Average(v => (double)v), mean - 5 * Math.Sqrt(variance / n), mean + 5 * Math.Sqrt(variance / n));
        Assert.InRange(actual, variance * (1 - 5 * Math.Sqrt(2 / n)), variance * (1 + 5 * Math.Sqrt(2 / n)));
    }
}
