using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>A range of each axis of a line's value, as a function of the script.</summary>
internal static class LinePart
{
    private readonly record struct Place(int Axis, long Within, int Extent);

    /// <summary>The part that some elements lie in, and how they lie there; null where they are no range of each axis, or all.</summary>
    public static (Line Line, OnnxLayout Layout)? Of(Line line, OnnxLayout wanted)
    {
        if (line is InputLine { Symbols: true } || wanted.Offset < 0 || wanted.Offset >= line.Sample) return null;
        Dim[] shape = line.Shape;
        long[] strides = [.. shape.Select((_, i) => shape[(i + 1)..].Aggregate(1L, (n, d) => n * d))];
        var places = new List<Place>[wanted.Rank];
        for (int a = 0; a < places.Length; a++)
        {
            places[a] = [];
            foreach (OnnxRun run in wanted.Axes[a])
            {
                if ((Split(run, shape, strides) ?? SplitOfAll(run, shape, strides)) is not { } within) return null;
                places[a].AddRange(within);
            }
        }

        // All samples are taken, or there is one.
        if (places.SelectMany(p => p).Count(p => p.Axis == 0) != (line.Samples == 1 ? 0 : 1)) return null;
        int[] size = [.. Enumerable.Repeat(1, shape.Length)];
        foreach (Place p in places.SelectMany(p => p).Where(p => p.Axis > 0)) size[p.Axis] *= p.Extent;
        if (!Densely(places, shape.Length)) return null;
        int[] start = [.. strides.Select((s, i) => i == 0 ? 0 : (int)(wanted.Offset / s % shape[i]))];
        if (Enumerable.Range(1, shape.Length - 1).Any(i => start[i] + size[i] > shape[i])) return null;
        Dim[] taken = [line.Samples, .. size.Skip(1)];
        if (taken.SequenceEqual(shape)) return null;
        var cut = new Line(taken, Say.Layer("part"), line) { Definition = Say.Function(["x"], Ranges(start, size, shape)) };
        long[] now = [.. taken.Select((_, i) => taken[(i + 1)..].Aggregate(1L, (n, d) => n * d))];
        OnnxRun Now(Place p) => new(now[p.Axis] * p.Within, p.Axis == 0 ? line.Samples : p.Extent);
        return (cut, new OnnxLayout([.. places.Select(p => (IReadOnlyList<OnnxRun>)OnnxLayout.Joined(p.Select(Now)))], 0));
    }

    // A run over several axes is one in each of them, the fastest last; null where it goes over samples, or cuts through an axis.
    private static List<Place>? Split(OnnxRun run, Dim[] shape, long[] strides)
    {
        if (run.Stride <= 0 || !run.Extent.IsKnown) return null;
        (long stride, int extent) = (run.Stride, run.Extent);
        var within = new List<Place>();
        while (extent > 1)
        {
            int axis = Array.FindIndex(strides, s => s <= stride);
            if (axis <= 0 || stride % strides[axis] != 0) return null;
            long steps = stride / strides[axis];
            int here = (int)Math.Min(extent, (shape[axis] + steps - 1) / steps);
            if (here < 2 || extent % here != 0) return null;
            within.Insert(0, new Place(axis, steps, here));
            stride *= here;
            extent /= here;
        }

        return within;
    }

    // All samples, alone or joined with the places after them.
    private static List<Place>? SplitOfAll(OnnxRun run, Dim[] shape, long[] strides)
    {
        if (run.Stride <= 0 || shape[0] == 1 || OnnxSize.Over(run.Extent, shape[0]) is not { IsKnown: true } inner) return null;
        if (run.Stride * inner.Extent != strides[0]) return null;
        return inner == 1 ? [new Place(0, 1, 0)] : Split(new OnnxRun(run.Stride, inner), shape, strides) is { } rest ? [new Place(0, 1, 0), .. rest] : null;
    }

    // Whether each axis is taken densely, from a start.
    private static bool Densely(List<Place>[] places, int rank)
    {
        for (int axis = 1; axis < rank; axis++)
        {
            long next = 1;
            foreach (Place p in places.SelectMany(p => p).Where(p => p.Axis == axis).OrderBy(p => p.Within))
            {
                if (p.Within != next) return false;
                next *= p.Extent;
            }
        }

        return true;
    }

    // x[0..3, 1..2]; where only features are left out, x[.., 1..2].
    private static IndexExpr Ranges(int[] start, int[] size, Dim[] shape)
    {
        bool features = shape.Length > 2 && Enumerable.Range(1, shape.Length - 2).All(i => size[i] == shape[i]);
        IEnumerable<Expr> ranges = start.Zip(size, (from, count) => (Expr)new RangeExpr(default, Say.Whole(from), Say.Whole(from + count))).Skip(1);
        return new IndexExpr(default, Say.Name("x"), features ? [new RangeExpr(default, null, null), ranges.Last()] : [.. ranges]);
    }
}
