using Nn.Dsl;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Tests.Dsl;

/// <summary>Between which numbers values lie, and whether weights bring them to any of these: by arithmetic on paper, case by case.</summary>
public class RangeAnalysisTests
{
    private const double Inf = double.PositiveInfinity;

    private static readonly GraphBuilder g = new();
    private static readonly Dim s_batch = Dim.Batch;

    // What a model is given, a number for each of three features; what it stores; what weights make any number.
    private static readonly Node x = Read("x", s_batch, 3), w = Read("w", 3, 3), bias = Read("b", 3), any = g.MatMul(x, w);
    private static readonly Node image = Read("i", s_batch, 4, 4, 2), window = Read("k", 3, 3, 2, 5);
    private static readonly Node half = g.Sigmoid(any), whole = g.Tanh(any), positive = g.Exp(any);

    public static TheoryData<string> Cases => [.. s_cases.Keys];

    private static readonly Dictionary<string, (Node Of, double Low, double High, bool Reached)> s_cases = new()
    {
        ["an input"] = (x, -Inf, Inf, false),
        ["a number"] = (g.Constant(3), 3, 3, true),
        ["a product with weights"] = (any, -Inf, Inf, true),
        ["a product with weights before"] = (g.MatMul(w, w), -Inf, Inf, true),
        ["a product without weights"] = (g.MatMul(x, x, transposeB: true), -Inf, Inf, false),
        ["a convolution"] = (g.Conv(image, window, new ConvAttributes(1, 1, 0, 0, 0, 0)), -Inf, Inf, true),
        ["a convolution without weights"] = (g.Conv(image, Read("other", 3, 3, 2, 5), new ConvAttributes(1, 1, 0, 0, 0, 0)), -Inf, Inf, false),
        ["a largest of a window"] = (g.MaxPool(g.Sigmoid(image), new PoolAttributes(2, 2, 2, 2, 0, 0, 0, 0)), 0, 1, false),
        ["a mean of a window"] = (g.AveragePool(g.Tanh(image), new PoolAttributes(2, 2, 2, 2, 0, 0, 0, 0)), -1, 1, false),
        ["a running sum"] = (g.CumulativeSum(half, 1), -Inf, Inf, false),
        ["a bias"] = (g.Add(x, g.BroadcastTo(g.Reshape(bias, new Shape(1, 3)), x.Shape)), -Inf, Inf, true),
        ["less a bias"] = (g.Sub(x, g.BroadcastTo(g.Reshape(bias, new Shape(1, 3)), x.Shape)), -Inf, Inf, true),
        ["a sum with a number"] = (g.Add(half, g.Constant(2)), 2, 3, true),
        ["a number less a value"] = (g.Sub(g.Constant(2), half), 1, 2, true),
        ["a sum of two"] = (g.Add(half, whole), -1, 2, false),
        ["a difference of two"] = (g.Sub(half, whole), -1, 2, false),
        ["a multiple"] = (g.Mul(whole, g.Constant(-3)), -3, 3, true),
        ["a negative multiple"] = (g.Mul(half, g.Constant(-2)), -2, 0, true),
        ["a product of two"] = (g.Mul(g.Add(half, g.Constant(1)), whole), -2, 2, false),
        ["a square"] = (g.Mul(whole, whole), 0, 1, true),
        ["a square of what is far from 0"] = (g.Mul(g.Sub(whole, g.Constant(3)), g.Sub(whole, g.Constant(3))), 4, 16, true),
        ["a power"] = (g.Pow(g.Mul(half, g.Constant(4)), g.Constant(2.5)), 0, 32, true),
        ["a power of what may be negative"] = (g.Pow(whole, g.Constant(2.5)), -Inf, Inf, false),
        ["a negative power"] = (g.Pow(half, g.Constant(-1.5)), -Inf, Inf, false),
        ["the least of two"] = (g.Min(whole, half), -1, 1, false),
        ["at most"] = (g.Min(any, g.Constant(2)), -Inf, 2, true),
        ["at least"] = (g.Max(any, g.Constant(2)), 2, Inf, true),
        ["between"] = (g.Min(g.Max(any, g.Constant(-4)), g.Constant(2)), -4, 2, true),
        ["a comparison"] = (g.Less(any, x), 0, 1, false),
        ["a comparison that may be equal"] = (g.LessEqual(any, x), 0, 1, false),
        ["equality"] = (g.Equal(any, x), 0, 1, false),
        ["a choice"] = (g.Select(g.Less(any, x), half, g.Sub(whole, g.Constant(5))), -6, 1, false),
        ["a sign"] = (g.Sign(any), -1, 1, false),
        ["a sign of what is positive"] = (g.Sign(g.Add(half, g.Constant(1))), 1, 1, false),
        ["a floor"] = (g.Floor(g.Mul(whole, g.Constant(2.5))), -3, 2, false),
        ["a size"] = (g.Abs(g.Sub(whole, g.Constant(0.5))), 0, 1.5, true),
        ["a size of what is positive"] = (g.Abs(g.Add(whole, g.Constant(3))), 2, 4, true),
        ["a size of what is negative"] = (g.Abs(g.Sub(whole, g.Constant(3))), 0, 4, false),
        ["the other sign"] = (g.Neg(g.Add(half, g.Constant(1))), -2, -1, true),
        ["a sine"] = (g.Sin(any), -1, 1, false),
        ["an exponential"] = (positive, 0, Inf, true),
        ["a logarithm"] = (g.Log(half), -Inf, 0, true),
        ["behind a stop"] = (g.Detach(half), 0, 1, true),
        ["joined"] = (g.Concat(1, half, whole), -1, 1, true),
        ["joined with what is given"] = (g.Concat(1, half, g.Tanh(x)), -1, 1, false),
        ["in another shape"] = (g.Reshape(half, Of(s_batch, 3, 1)), 0, 1, true),
        ["with zeros around"] = (g.Place(g.Add(half, g.Constant(1)), new SliceAttributes(new Shape(0, 1), new Shape(1, 1), Of(s_batch, 5))), 0, 2, false),
        ["looked up"] = (g.Gather(g.Sigmoid(w), g.Constant(0, DType.I32)), -Inf, Inf, false),
        ["a sum over features"] = (g.Sum(g.Add(half, g.Constant(1)), new Shape(1)), 3, 6, false),
        ["a sum over the batch"] = (g.Sum(half, new Shape(0)), 0, Inf, false),
        ["a sum of negative numbers over the batch"] = (g.Sum(g.Neg(half), new Shape(0)), -Inf, 0, false),
        ["the largest feature"] = (g.ReduceMax(whole, new Shape(1)), -1, 1, false),
        ["the place of the largest"] = (g.Cast(g.ArgMax(whole, 1), DType.F32), -Inf, Inf, false),
        ["one over a positive number"] = (g.Div(g.Constant(2), g.Add(half, g.Constant(1))), 1, 2, true),
        ["one over a negative number"] = (g.Div(g.Constant(1), g.Sub(half, g.Constant(2))), -1, -0.5, true),
        ["one over what may be 0"] = (g.Div(g.Constant(1), whole), -Inf, Inf, false),
        ["a logistic function by hand"] = (g.Div(g.Constant(1), g.Add(g.Constant(1), g.Exp(g.Neg(any)))), 0, 1, true),
        ["a share of a sum"] = (g.Div(positive, Total(positive)), 0, 1, true),
        ["a share of a sum and more"] = (g.Div(positive, g.Add(Total(positive), g.Constant(0.1))), 0, 1, true),
        ["a share of more and a sum"] = (g.Div(positive, g.Add(g.BroadcastTo(g.Constant(0.1), x.Shape), Total(positive))), 0, 1, true),
        ["a share of at least a sum"] = (g.Div(positive, g.Max(Total(positive), g.Constant(0.1))), 0, 1, true),
        ["a share of a sum and less"] = (g.Div(positive, g.Add(Total(positive), g.Constant(-0.1))), -Inf, Inf, false),
        ["a share of another sum"] = (g.Div(positive, Total(half)), 0, Inf, false),
        ["a share of what may be negative"] = (g.Div(whole, Total(whole)), -Inf, Inf, false),
        ["a softmax"] = (Softmax(any), 0, 1, true),
        ["a softmax of what is given"] = (Softmax(x), 0, 1, false),
        ["less the largest"] = (g.Sub(any, Largest(any)), -Inf, 0, false),
        ["less the largest of another"] = (g.Sub(whole, Largest(half)), -2, 1, false),
        ["a log softmax"] = (g.Sub(any, g.Log(Total(positive))), -Inf, 0, true),
        ["less the logarithm of another sum"] = (g.Sub(half, g.Log(Total(positive))), -Inf, Inf, false),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_value_lies_where_arithmetic_says(string name)
    {
        (Node of, double low, double high, bool reached) = s_cases[name];
        ValueRange range = new RangeAnalysis(n => n == w || n == bias || n == window).Of(of);
        Assert.Equal(low, range.Low, 1e-9);
        Assert.Equal(high, range.High, 1e-9);
        Assert.Equal(reached, range.Reached);
    }

    // The stack is finite; what is behind the limit counts as unknown, and takes nothing from the next value.
    [Fact]
    public void Long_chains_are_followed_to_a_limit()
    {
        var ranges = new RangeAnalysis(n => n == w);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(ranges.Of(Chain(g.Add(any, g.Constant(i + 1)), 300)).Reached);
            Assert.False(ranges.Of(Chain(g.Add(any, g.Constant(-i - 1)), 700)).Reached);
        }

        Assert.Equal(new ValueRange(0, 1, true), ranges.Of(half));
    }

    private static Node Chain(Node n, int length)
    {
        for (int i = 0; i < length; i++) n = g.Tanh(n);
        return n;
    }

    private static Shape Of(params Dim[] extents) => new(extents);

    private static Node Read(string name, params Dim[] shape) => g.Read(Slot.Placeholder(name, new Shape(shape), DType.F32));

    private static Node Total(Node n) => g.BroadcastTo(g.Sum(n, new Shape(1)), n.Shape);

    private static Node Largest(Node n) => g.BroadcastTo(g.ReduceMax(n, new Shape(1)), n.Shape);

    private static Node Softmax(Node n)
    {
        Node e = g.Exp(g.Sub(n, g.Detach(Largest(n))));
        return g.Div(e, Total(e));
    }
}
