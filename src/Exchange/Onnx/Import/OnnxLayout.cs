namespace Nn.Exchange.Onnx;

/// <summary>A run of elements that lie a stride apart.</summary>
/// <param name="Stride">Elements from one to the next.</param>
/// <param name="Extent">How many there are; at least 2.</param>
internal readonly record struct OnnxRun(long Stride, int Extent);

/// <summary>
/// Where the elements of a value lie within another: each axis is made of runs, the slowest first; none where its extent is 1. Reshaping, transposing, slicing
/// and splitting change the layout and leave the elements where they are.
/// </summary>
/// <param name="Axes">The runs of each axis.</param>
/// <param name="Offset">The place of the first element.</param>
internal sealed record OnnxLayout(IReadOnlyList<IReadOnlyList<OnnxRun>> Axes, long Offset)
{
    /// <summary>The extents.</summary>
    public int[] Dims => [.. Axes.Select(Extent)];

    /// <summary>Number of elements.</summary>
    public long Count => Axes.Aggregate(1L, (n, axis) => n * Extent(axis));

    /// <summary>All elements of a row-major value, axis by axis.</summary>
    public static OnnxLayout Plain(IReadOnlyList<int> dims)
    {
        var axes = new OnnxRun[dims.Count][];
        long stride = 1;
        for (int i = dims.Count - 1; i >= 0; i--)
        {
            axes[i] = dims[i] == 1 ? [] : [new OnnxRun(stride, dims[i])];
            stride *= dims[i];
        }

        return new OnnxLayout(axes, 0);
    }

    /// <summary>Number of elements along an axis.</summary>
    public static int Extent(IReadOnlyList<OnnxRun> axis) => axis.Aggregate(1, (n, run) => (int)Math.Min((long)n * run.Extent, int.MaxValue));

    /// <summary>The same elements in the same order with other extents; null where these cut through runs.</summary>
    public OnnxLayout? Reshape(IReadOnlyList<int> dims)
    {
        List<OnnxRun> left = Joined(Axes.SelectMany(a => a));
        left.Reverse();
        var axes = new List<IReadOnlyList<OnnxRun>>();
        foreach (int dim in dims)
        {
            var axis = new List<OnnxRun>();
            for (int need = dim; need > 1;)
            {
                if (left.Count == 0) return null;
                OnnxRun next = left[^1];
                left.RemoveAt(left.Count - 1);
                if (next.Extent > need)
                {
                    if (next.Extent % need != 0) return null;
                    int inner = next.Extent / need;
                    left.Add(next with { Extent = inner });
                    next = new OnnxRun(next.Stride * inner, need);
                }

                if (need % next.Extent != 0) return null;
                axis.Add(next);
                need /= next.Extent;
            }

            axes.Add(Joined(axis));
        }

        return left.Count == 0 ? new OnnxLayout(axes, Offset) : null;
    }

    /// <summary>The axes in another order.</summary>
    public OnnxLayout Transpose(IReadOnlyList<int> order) => this with { Axes = [.. order.Select(a => Axes[a])] };

    /// <summary>Some of the places of an axis; null where they cut through runs.</summary>
    public OnnxLayout? Slice(int axis, int start, int count, int step = 1)
    {
        IReadOnlyList<OnnxRun> runs = Axes[axis];
        long offset = Offset;
        if (start == 0 && step == 1 && count == Extent(runs)) return this;
        while (runs.Count > 1)
        {
            List<OnnxRun> rest = [.. runs.Skip(1)];
            int inner = Extent(rest), last = start + (count - 1) * step;
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

    /// <summary>With a new axis of extent 1.</summary>
    public OnnxLayout Insert(int axis) => this with { Axes = [.. Axes.Take(axis), [], .. Axes.Skip(axis)] };

    /// <summary>Whether these are all elements of a row-major value in their order.</summary>
    public bool IsWhole(long count) => Offset == 0 && Count == count && Joined(Axes.SelectMany(a => a)) is [] or [{ Stride: 1 }];

    /// <summary>Whether both have the same elements at the same places.</summary>
    public bool SameAs(OnnxLayout other) =>
        Offset == other.Offset && Axes.Count == other.Axes.Count && Axes.Zip(other.Axes).All(p => p.First.SequenceEqual(p.Second));

    /// <summary>The places of the elements along some axes, the last one changing fastest, from that of the first.</summary>
    public long[] Places(params int[] axes)
    {
        OnnxRun[] runs = [.. axes.SelectMany(a => Axes[a])];
        var places = new long[runs.Aggregate(1L, (n, r) => n * r.Extent)];
        long size = places.Length, block = size;
        foreach (OnnxRun run in runs)
        {
            block /= run.Extent;
            for (long i = 0; i < size; i++) places[i] += i / block % run.Extent * run.Stride;
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
            if (joined.Count > 0 && joined[^1].Stride == run.Stride * run.Extent) joined[^1] = new OnnxRun(run.Stride, joined[^1].Extent * run.Extent);
            else joined.Add(run);
        }

        return joined;
    }
}
