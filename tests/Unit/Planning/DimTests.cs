using Nn.Graphs;
using Nn.Ops;

namespace Nn.Tests.Unit.Planning;

/// <summary>Extents of named quantities have a normal form, and come to the number that the same arithmetic gives for the number bound.</summary>
public class DimTests
{
    private static readonly Dim s_length = Dim.Named("length");
    private static readonly Dim s_other = Dim.Named("other");

    public static TheoryData<string, int> Ways
    {
        get
        {
            var ways = new TheoryData<string, int>();
            for (int n = 1; n <= 40; n++)
            {
                foreach (string way in Formulas.Keys) ways.Add(way, n);
            }

            return ways;
        }
    }

    private static Dictionary<string, Func<Dim, Dim>> Formulas { get; } = new()
    {
        ["conv 3, valid"] = n => ConvolutionOps.Extent(n, 3, 1, 2, 1),
        ["conv 5, stride 3"] = n => ConvolutionOps.Extent(n, 5, 3, 8, 1),
        ["two pools"] = n => ConvolutionOps.Extent(ConvolutionOps.Extent(n, 2, 2, 1, 1), 3, 3, 4, 1),
        ["up and down"] = n => (n * 3 + 2) / 2 * 2,
        ["joined"] = n => n + (n + 1) / 2 + 7,
        ["a square"] = n => n * n - n,
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_formula_comes_to_what_the_number_comes_to(string way, int n)
    {
        Dim open = Formulas[way](s_length);
        Assert.False(open.IsKnown);
        Assert.Equal(Formulas[way](n).Extent, open.Bound(_ => n).Extent);
        // Bound before and bound after are the same.
        Dim bound = Formulas[way](s_length.Bound(_ => n));
        Assert.True(open.Admits(bound));
        Assert.Equal(open, bound.Open());
    }

    [Fact]
    public void Two_ways_to_an_extent_give_one_formula()
    {
        Assert.Equal(s_length * 2 + s_length, 3 * s_length);
        Assert.Equal((s_length * 4 + 6) / 2, s_length * 2 + 3);
        Assert.Equal(s_length / 2 / 3, s_length / 6);
        Assert.Equal((s_length / 2 + 1) / 3, (s_length + 2) / 6);
        Assert.Equal((s_length + 7) / 2, (s_length + 1) / 2 + 3);
        Assert.Equal(s_length * s_other, s_other * s_length);
        Assert.Equal((s_length + 1) * (s_length - 1), s_length * s_length - 1);
        Assert.Equal((Dim)5, s_length + 5 - s_length);
        Assert.Equal((Dim)0, s_length * 0);
    }

    [Fact]
    public void Lengths_of_different_names_and_numbers_are_not_the_same()
    {
        Assert.NotEqual(s_length, s_other);
        Assert.NotEqual(s_length, (Dim)7);
        Assert.NotEqual(s_length / 2, (s_length + 1) / 2);
        Assert.False(Shape.TryBroadcast(new Shape(Dim.Batch, s_length), new Shape(Dim.Batch, s_other), out _));
        Assert.False(Shape.TryBroadcast(new Shape(Dim.Batch, s_length), new Shape(Dim.Batch, 7), out _));
        Assert.True(Shape.TryBroadcast(new Shape(Dim.Batch, s_length), new Shape(Dim.Batch, 1), out Shape both));
        Assert.Equal(new Shape(Dim.Batch, s_length), both);
    }

    [Fact]
    public void They_are_written_as_people_write_them()
    {
        Assert.Equal("length", s_length.ToString());
        Assert.Equal("2·length+1", (s_length * 2 + 1).ToString());
        Assert.Equal("⌊(length+1)/2⌋", ((s_length + 1) / 2).ToString());
        Assert.Equal("⌊length/3⌋-2", (s_length / 3 - 2).ToString());
        Assert.Equal("batch·length", (Dim.Batch * s_length).ToString());
        Assert.Equal("length x 64", new Shape(s_length, 64).ToString());
        Assert.Equal("12x64", new Shape(s_length.Bound(_ => 12), 64).ToString());
    }

    [Fact]
    public void A_fixed_number_cannot_be_had_of_a_length() =>
    Assert.Contains("as long as each sequence is", Assert.Throws<ShapeException>(() => s_length.Extent).Message);
}
