using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>A run of elements that lie a stride apart.</summary>
/// <param name="Stride">Elements from one to the next.</param>
/// <param name="Extent">How many there are; at least 2, or a multiple of the batch.</param>
internal readonly record struct OnnxRun(long Stride, Dim Extent);

/// <summary>
/// Where the elements of a value lie within another: each axis is made of runs, the slowest first; none where its extent is 1. Reshaping, transposing, slicing
/// and splitting change the layout and leave the elements where they are.
/// </summary>
/// <param name="Axes">The runs of each axis.</param>
/// <param name="Offset">The place of the first element.</param>
internal sealed record OnnxLayout(IReadOnlyList<IReadOnlyList<OnnxRun>> Axes, long Offset)
{
    /// <summary>The extents.</summary>
    public Dim[] Dims => [.. Axes.Select(Extent)];

    /// <summary>Number of axes.</summary>
    public int Rank => Axes.Count;

    /// <summary>Number of elements.</summary>
    public OnnxSize Count => OnnxSize.Of(Axes.SelectMany(a => a).Select(r => r.Extent));

    /// <summary>All elements of a row-major value, axis by axis; only the first may be a multiple of the batch.</summary>
    public static OnnxLayout Plain(IReadOnlyList<Dim> dims)
    {
        var axes = new OnnxRun[dims.Count][];
        long stride = 1;
        for (int i = dims.Count - 1; i >= 0; i--)
        {
            axes[i] = Run(stride, dims[i]);
            if (i > 0) stride *= dims[i].Extent;
        }

        return new OnnxLayout(axes, 0);
    }

    /// <summary>The same of extents that are all numbers.</summary>
    public static OnnxLayout Plain(params int[] dims) => Plain(Array.ConvertAll(dims, d => (Dim)d));

    /// <summary>One run, or none where there is one element.</summary>
    public static OnnxRun[] Run(long stride, Dim extent) => extent == 1 ? [] : [new OnnxRun(stride, extent)];

    /// <summary>Number of elements along an axis.</summary>
    public static Dim Extent(IReadOnlyList<OnnxRun> axis) => axis.Aggregate((Dim)1, (n, run) => n * run.Extent);

    /// <summary>The same elements in the same order with other extents; null where these cut through runs.</summary>
    public OnnxLayout? Reshape(IReadOnlyList<Dim> dims)
    {
        List<OnnxRun> left = Joined(Axes.SelectMany(a => a));
        left.Reverse();
        var axes = new List<IReadOnlyList<OnnxRun>>();
        foreach (Dim dim in dims)
        {
            var axis = new List<OnnxRun>();
            for (Dim need = dim; need != 1;)
            {
                if (left.Count == 0) return null;
                OnnxRun next = left[^1];
                left.RemoveAt(left.Count - 1);
                if (OnnxSize.Over(need, next.Extent) is { } more)
                {
                    axis.Add(next);
                    need = more;
                    continue;
                }

                if (OnnxSize.Over(next.Extent, need) is not { } inner || (!inner.IsKnown && next.Stride != 0)) return null;
                left.Add(next with { Extent = inner });
                axis.Add(new OnnxRun(next.Stride == 0 ? 0 : next.Stride * inner.Extent, need));
                need = 1;
            }

            axes.Add(Joined(axis));
        }

        return left.Count == 0 ? new OnnxLayout(axes, Offset) : null;
    }

    /// <summary>The axes in another order.</summary>
    public OnnxLayout Transpose(IReadOnlyList<int> order) => this with { Axes = [.. order.Select(a => Axes[a])] };

    /// <summary>Some of the places of an axis; null where they cut through runs, or are some of the batch.</summary>
    public OnnxLayout? Slice(int axis, int start, Dim taken, int step = 1)
    {
        IReadOnlyList<OnnxRun> runs = Axes[axis];
        long offset = Offset;
        if (start == 0 && step == 1 && taken == Extent(runs)) return this;
        if (!taken.IsKnown || !Extent(runs).IsKnown) return null;
        int count = taken.Extent;
        while (runs.Count > 1)
        {
            List<OnnxRun> rest = [.. runs.Skip(1)];
            int inner = Extent(rest).Extent, last = start + (count - 1) * step;
            if (start / inner == last / inner)
            {
                offset += runs[0].Stride * (start / inner);
                start %= inner;
                runs = rest;
                continue;
            }

            if (step != 1 || start % inner != 0 || count % inner != 0) return null;
            return With(axis, [runs[0] with { Extent = count / inner }, .. rest], offset + runs[0].Stride * (start / inner));
        }

        if (runs.Count == 0) return With(axis, [], offset);
        return With(axis, [new OnnxRun(runs[0].Stride * step, count)], offset + runs[0].Stride * start);
    }

    /// <summary>An axis replaced.</summary>
    public OnnxLayout With(int axis, IEnumerable<OnnxRun> runs, long offset) =>
        new([.. Axes.Select((a, i) => i == axis ? Joined(runs) : a)], offset);

    /// <summary>Without an axis, which has the extent 1.</summary>
    public OnnxLayout Without(int axis) => this with { Axes = [.. Axes.Where((_, i) => i != axis)] };

    /// <summary>With axes of extent 1 before.</summary>
    public OnnxLayout Lengthened(int rank) => this with { Axes = [.. Enumerable.Repeat(Array.Empty<OnnxRun>(), rank - Rank), .. Axes] };

    /// <summary>With a new axis of extent 1.</summary>
    public OnnxLayout Insert(int axis) => this with { Axes = [.. Axes.Take(axis), [], .. Axes.Skip(axis)] };

    /// <summary>With the value repeated along axes, whose elements then lie no distance apart; null where that is too much.</summary>
    public OnnxLayout? Repeat(IReadOnlyList<Dim> dims)
    {
        if (dims.Any(d => d.IsKnown && d < 1) || OnnxSize.Product(dims) is not { } count || (count.IsKnown && count.Extent > 1 << 30)) return null;
        IEnumerable<IReadOnlyList<OnnxRun>> own = Enumerable.Repeat<IReadOnlyList<OnnxRun>>([], dims.Count - Rank).Concat(Axes);
        return this with { Axes = [.. own.Zip(dims, (a, d) => Extent(a) == d ? a : Run(0, d))] };
    }

    /// <summary>Every sample of the batch is the same where its runs have no stride: without these runs, one is left.</summary>
    public OnnxLayout Once() => this with { Axes = [.. Axes.Select(a => (IReadOnlyList<OnnxRun>)[.. a.Where(r => r.Extent.IsKnown)])] };

    /// <summary>Whether these are all elements of a row-major value in their order.</summary>
    public bool IsWhole(OnnxSize count)
    {
        long next = 1;
        foreach (OnnxRun run in Axes.SelectMany(a => a).Reverse())
        {
            // Nothing is slower than the batch.
            if (next < 0 || run.Stride != next) return false;
            next = run.Extent.IsKnown ? next * run.Extent.Extent : -1;
        }

        return Offset == 0 && Count == count;
    }

    /// <summary>Whether both have the same elements at the same places.</summary>
    public bool SameAs(OnnxLayout other) =>
        Offset == other.Offset && Axes.Count == other.Axes.Count && Axes.Zip(other.Axes).All(p => p.First.SequenceEqual(p.Second));

    /// <summary>The places of the elements along some axes, the last one changing fastest, from that of the first.</summary>
    public long[] Places(params int[] axes) => Places([.. axes.SelectMany(a => Axes[a])]);

    /// <summary>All elements as rows that lie evenly apart: the places where they begin, from that of the first, and what each is like.</summary>
    public (long[] Starts, OnnxRun Row) Rows()
    {
        OnnxRun[] runs = [.. Axes.SelectMany(a => a)];
        return runs.Length == 0 ? ([0], new OnnxRun(0, 1)) : (Places(runs[..^1]), runs[^1]);
    }

    private static long[] Places(OnnxRun[] runs)
    {
        var places = new long[runs.Aggregate(1L, (n, r) => n * r.Extent)];
        long size = places.Length, block = size;
        if (size == 0) return places;
        foreach (OnnxRun run in runs)
        {
            int extent = run.Extent;
            block /= extent;
            for (long i = 0; i < size; i++) places[i] += i / block % extent * run.Stride;
        }

        return places;
    }

    /// <summary>Runs that go on where the one before ends are one.</summary>
    public static List<OnnxRun> Joined(IEnumerable<OnnxRun> runs)
    {
        var joined = new List<OnnxRun>();
        foreach (OnnxRun run in runs)
        {
            if (run.Extent == 1) continue;
            bool follows = joined.Count > 0 && (run.Extent.IsKnown
                ? joined[^1].Stride == run.Stride * run.Extent
                : joined[^1].Stride == 0 && run.Stride == 0);
            if (follows && OnnxSize.Product(joined[^1].Extent, run.Extent) is { } both) joined[^1] = new OnnxRun(run.Stride, both);
            else joined.Add(run);
        }

        return joined;
    }
}
