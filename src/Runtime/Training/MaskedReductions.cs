using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>
/// Sums, means and largest values that leave padding out: sequences of a batch lie in an axis that is as long as the longest of them, and the places
/// behind the end of a
/// shorter one count in nothing. Which places those are follows from the axis (<see cref="Dim.IsLength"/>) and the lengths that the scope knows. Of a
/// shape without such an axis they are the plain reductions.
/// </summary>
public static class MaskedReductions
{
    // Finite, so that no difference of infinities comes up; its exponential is 0.
    private const double Lowest = -1e30;

    /// <summary>
    /// 1 at the places that sequences have and 0 at padding, of a shape that broadcasts to the given one; null where nothing of it is padding.
    /// </summary>
    public static Node? Mask(BuildScope scope, Shape shape)
    {
        if (shape.BatchAxis is not { } batch) return null;
        GraphBuilder g = scope.Graph;
        Node? mask = null;
        var ones = new Shape([.. Enumerable.Repeat(1, shape.Rank)]);
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (!shape[axis].IsLength || axis == batch) continue;
            Node length = g.Reshape(shape[axis].Value(g, scope.Length)!, ones.With(batch, shape[batch]));
            Node inside = g.Less(g.Cast(g.Iota(ones.With(axis, shape[axis]), axis), DType.F32), length);
            mask = mask is null ? inside : g.Mul(mask, inside);
        }

        return mask;
    }

    /// <summary>A value with another one at its padding.</summary>
    public static Node WithPadding(BuildScope scope, Node x, double value) =>
        Mask(scope, x.Shape) is { } mask ? scope.Graph.Select(mask, x, scope.Graph.Constant(value)) : x;

    /// <summary>What adds up to a sum over axes: the value with 0 at its padding, where those meet it.</summary>
    public static Node Summands(BuildScope scope, Node x, Shape axes) => Meets(x, axes) ? WithPadding(scope, x, 0) : x;

    /// <summary>Sum over axes, which stay with extent 1.</summary>
    public static Node Sum(BuildScope scope, Node x, Shape axes) => scope.Graph.Sum(Summands(scope, x, axes), axes);

    /// <summary>Mean over axes, which stay with extent 1; 0 of no place.</summary>
    public static Node Mean(BuildScope scope, Node x, Shape axes) =>
        Count(scope, x.Shape, axes) is { } count ? scope.Graph.Div(Sum(scope, x, axes), count) : scope.Graph.Mean(x, axes);

    /// <summary>
    /// The mean of all elements as a scalar, and of how many places it is the mean where sequences differ in length: null where it counts samples.
    /// </summary>
    public static (Node Mean, Node? Places) MeanOfAll(BuildScope scope, Node x)
    {
        var all = new Shape([.. Enumerable.Range(0, x.Shape.Rank)]);
        Node mean = x.Shape.Rank == 0 ? x : scope.Graph.Reshape(Mean(scope, x, all), Shape.Scalar);
        return (mean, Mask(scope, x.Shape) is { } mask ? scope.Graph.Reshape(scope.Graph.Sum(mask, all), Shape.Scalar) : null);
    }

    /// <summary>Σ weight · x ÷ Σ weight over all elements that are no padding, a scalar, and Σ weight.</summary>
    /// <param name="scope">The entry.</param>
    /// <param name="x">A number for each sample, or for each place of it.</param>
    /// <param name="weights">As many, or one for each sample.</param>
    /// <exception cref="ShapeException">There are others.</exception>
    public static (Node Mean, Node Weight) WeightedMean(BuildScope scope, Node x, Node weights)
    {
        GraphBuilder g = scope.Graph;
        weights = g.Cast(weights, DType.F32);
        if (x.Shape.Rank == 0) throw new ShapeException("a loss that is one number for the whole batch has no samples to weigh");
        if (weights.Shape.HasCountOf(x.Shape)) weights = g.Reshape(weights, x.Shape);
        else if (weights.Shape.HasCountOf(new Shape(x.Shape[0])))
            weights = g.BroadcastTo(g.Reshape(weights, new Shape([.. Enumerable.Repeat(1, x.Shape.Rank)]).With(0, x.Shape[0])), x.Shape);
        else throw new ShapeException($"weights of {weights.Shape} do not fit a loss of {x.Shape}: there must be one for each sample or value");
        Node Total(Node each) => g.Reshape(g.Sum(WithPadding(scope, each, 0), new Shape([.. Enumerable.Range(0, x.Shape.Rank)])), Shape.Scalar);
        Node all = Total(weights);
        // A batch of samples that do not count has the loss 0.
        return (g.Div(Total(g.Mul(x, weights)), g.Max(all, g.Constant(1e-30))), all);
    }

    /// <summary>Mean squared distance from the mean.</summary>
    public static Node Variance(BuildScope scope, Node x, Shape axes)
    {
        Node d = scope.Graph.Sub(x, Mean(scope, x, axes));
        return Mean(scope, scope.Graph.Mul(d, d), axes);
    }

    /// <summary>Largest over axes, which stay with extent 1.</summary>
    public static Node Max(BuildScope scope, Node x, Shape axes) => scope.Graph.ReduceMax(Meets(x, axes) ? WithPadding(scope, x, Lowest) : x, axes);

    /// <summary>How many elements a sum over axes takes, at least 1, of a shape that broadcasts to its value; null where that is one number for all.</summary>
    public static Node? Count(BuildScope scope, Shape shape, Shape axes)
    {
        int[] over = [.. axes.ToArray().Select(a => a < 0 ? a + shape.Rank : a)];
        if (!Meets(shape, over) || Mask(scope, shape) is not { } mask) return null;
        GraphBuilder g = scope.Graph;
        Node count = g.Sum(mask, new Shape([.. over.Where(a => mask.Shape[a] != 1)]));
        foreach (int a in over.Where(a => mask.Shape[a] == 1 && shape[a] != 1)) count = g.Mul(count, g.Extent(shape[a]));
        return g.Max(count, g.Constant(1));
    }

    private static bool Meets(Node x, Shape axes) => Meets(x.Shape, [.. axes.ToArray().Select(a => a < 0 ? a + x.Shape.Rank : a)]);

    // A sum over samples meets the ends of sequences too, where it is taken place by place.
    private static bool Meets(Shape shape, int[] axes) => shape.HasLength && Array.Exists(axes, a => shape[a].IsLength || shape[a].IsBatch);
}
