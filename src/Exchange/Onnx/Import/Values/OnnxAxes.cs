using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>A part of an axis.</summary>
/// <param name="Axis">Which.</param>
/// <param name="Start">Its first place.</param>
/// <param name="Count">How many places it has.</param>
/// <param name="Step">From one place to the next; below 0 backwards.</param>
internal readonly record struct OnnxCut(int Axis, int Start, Dim Count, int Step = 1);

/// <summary>What operators that move elements do with extents and axes, whether the elements are known or not.</summary>
internal static class OnnxAxes
{
    /// <summary>Values have so many axes at most.</summary>
    public const int MaxRank = 8;

    /// <summary>The layout that an operator leads to which only moves elements; null where it is none, or cuts through what lies together.</summary>
    public static OnnxLayout? Moved(OnnxNode n, OnnxLayout x, IReadOnlyList<OnnxKnown?> operands, bool backwards = false)
    {
        Dim[] dims = x.Dims;
        OnnxKnown? second = operands.ElementAtOrDefault(1);
        return n.Type switch
        {
            "Reshape" => second is not null && Target(n, dims, second) is { } to ? x.Reshape(to) : null,
            "Flatten" => Flattened(dims, n.Place("axis", 1)) is { } to ? x.Reshape(to) : null,
            "Transpose" => Order(n, x.Rank) is { } order ? x.Transpose(order) : null,
            "Squeeze" => Squeezed(n, dims, second) is { } kept ? x with { Axes = [.. kept.Select(a => x.Axes[a])] } : null,
            "Unsqueeze" => Unsqueezed(n, dims, second) is { } to ? x.Reshape(to) : null,
            "Slice" => Cut(n, dims, operands, backwards) is { } cuts ? Apply(x, cuts) : null,
            "Gather" => second is not null ? Picked(n, x, second) : null,
            _ => null,
        };
    }

    /// <summary>The extents, or some of them, that Shape gives.</summary>
    public static OnnxKnown Sizes(OnnxNode n, Dim[] dims)
    {
        int Place(string name, int otherwise) =>
            (int)Math.Clamp(n.Whole(name, otherwise) is < 0 and var v ? v + dims.Length : n.Whole(name, otherwise), 0, dims.Length);
        (int start, int end) = (Place("start", 0), Place("end", dims.Length));
        return OnnxKnown.List(start < end ? dims[start..end] : []);
    }

    /// <summary>The extents that a reshape leads to; null where they do not hold the elements.</summary>
    public static Dim[]? Target(OnnxNode n, Dim[] from, OnnxKnown wanted)
    {
        if (wanted.Sizes() is not { Length: <= MaxRank } given || given.Any(d => d.IsKnown && d < -1) || given.Count(d => d == -1) > 1) return null;
        Dim[] dims = [.. given];
        for (int i = 0; i < dims.Length; i++)
        {
            if (dims[i] == 0 && n.Whole("allowzero", 0) == 0) dims[i] = i < from.Length ? from[i] : 0;
        }

        if (OnnxSize.Product(from) is not { } count || OnnxSize.Product(dims.Where(d => d != -1)) is not { } others) return null;
        int free = Array.IndexOf(dims, -1);
        if (free < 0) return others == count ? dims : null;
        if (others == 0 || OnnxSize.Over(count, others) is not { } rest) return null;
        dims[free] = rest;
        return dims;
    }

    /// <summary>The extents that a flattening leads to.</summary>
    public static Dim[]? Flattened(Dim[] from, int axis)
    {
        if (axis < 0) axis += from.Length;
        if (axis < 0 || axis > from.Length) return null;
        return OnnxSize.Product(from[..axis]) is { } rows && OnnxSize.Product(from[axis..]) is { } columns ? [rows, columns] : null;
    }

    /// <summary>The axes that a squeeze keeps.</summary>
    public static int[]? Squeezed(OnnxNode n, Dim[] from, OnnxKnown? given)
    {
        int[] all = [.. Enumerable.Range(0, from.Length)];
        if (given is null && !n.Attributes.ContainsKey("axes")) return [.. all.Where(a => from[a] != 1)];
        return Axes(n, from.Length, given) is { } axes && axes.All(a => from[a] == 1) ? [.. all.Except(axes)] : null;
    }

    /// <summary>The extents that an unsqueeze leads to.</summary>
    public static Dim[]? Unsqueezed(OnnxNode n, Dim[] from, OnnxKnown? given)
    {
        int count = (int)Math.Min(given?.Count ?? n.Wholes("axes")?.Length ?? 0, MaxRank + 1);
        if (Axes(n, from.Length + count, given) is not { } axes || axes.Length != count || axes.Distinct().Count() != count) return null;
        var rest = new Queue<Dim>(from);
        return [.. Enumerable.Range(0, from.Length + count).Select(a => axes.Contains(a) ? (Dim)1 : rest.Dequeue())];
    }

    /// <summary>Axes that an attribute or an operand names, counted from the first; null where one is none.</summary>
    public static int[]? Axes(OnnxNode n, int rank, OnnxKnown? given)
    {
        int[]? axes = given is not null ? given.Integers() : n.Wholes("axes") is { } own ? [.. own.Select(a => (int)Math.Clamp(a, -100, 100))] : null;
        return axes is not null && axes.All(a => a >= -rank && a < rank) ? [.. axes.Select(a => a < 0 ? a + rank : a)] : null;
    }

    /// <summary>The order of axes that a transposition gives; null where it is none.</summary>
    public static int[]? Order(OnnxNode n, int rank)
    {
        if (n.Wholes("perm") is not { } perm) return [.. Enumerable.Range(0, rank).Reverse()];
        return perm.Length == rank && perm.Order().SequenceEqual(Enumerable.Range(0, rank).Select(i => (long)i)) ? [.. perm.Select(p => (int)p)] : null;
    }

    /// <summary>The parts of axes that a slice takes; null where it takes none, or goes backwards and should not.</summary>
    public static IReadOnlyList<OnnxCut>? Cut(OnnxNode n, Dim[] dims, IReadOnlyList<OnnxKnown?> operands, bool backwards = false)
    {
        Dim[]? Given(int at, string name) =>
            operands.Count > at && operands[at] is { } operand
                ? operand.Sizes()
                : n.Wholes(name) is { } own
                ? [.. own.Select(v => (Dim)(int)Math.Clamp(v, -int.MaxValue, int.MaxValue))]
                : null;
        if (Given(1, "starts") is not { } starts || Given(2, "ends") is not { } ends || starts.Length != ends.Length) return null;
        Dim[] axes = Given(3, "axes") ?? [.. Enumerable.Range(0, starts.Length)], steps = Given(4, "steps") ?? [.. starts.Select(_ => (Dim)1)];
        if (axes.Length != starts.Length || steps.Length != starts.Length || axes.Concat(steps).Concat(starts).Any(d => !d.IsKnown)) return null;
        var cuts = new List<OnnxCut>();
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = axes[i] < 0 ? axes[i] + dims.Length : axes[i], step = steps[i];
            if (axis < 0 || axis >= dims.Length || step == 0 || (step < 0 && !backwards)) return null;
            if (!dims[axis].IsKnown || !ends[i].IsKnown)
            {
                // Of the batch, all samples alone are known to be there.
                if (step != 1 || starts[i] != 0 || !(ends[i] == dims[axis] || ends[i] == int.MaxValue)) return null;
                cuts.Add(new OnnxCut(axis, 0, dims[axis]));
                continue;
            }

            // Backwards, the places end before the first.
            int extent = dims[axis];
            (int least, int most) = step > 0 ? (0, extent) : (-1, extent - 1);
            int From(int v) => (int)Math.Clamp(v < 0 ? (long)v + extent : v, least, most);
            long start = From(starts[i]), end = From(ends[i]), count = (end - start + step - Math.Sign(step)) / step;
            if (count < 1) return null;
            cuts.Add(new OnnxCut(axis, (int)start, (int)count, step));
        }

        return cuts;
    }

    /// <summary>Takes the parts.</summary>
    public static OnnxLayout? Apply(OnnxLayout? layout, IEnumerable<OnnxCut> cuts)
    {
        foreach (OnnxCut cut in cuts) layout = layout?.Slice(cut.Axis, cut.Start, cut.Count, cut.Step);
        return layout;
    }

    /// <summary>The extents of two operands together; null where they do not meet.</summary>
    public static Dim[]? Together(Dim[] a, Dim[] b)
    {
        var dims = new Dim[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= dims.Length; i++)
        {
            Dim p = i <= a.Length ? a[^i] : 1, q = i <= b.Length ? b[^i] : 1;
            if (p != q && p != 1 && q != 1) return null;
            dims[^i] = p == 1 ? q : p;
        }

        return dims;
    }

    /// <summary>The parts that Split makes, with their names; null where they do not make up the whole.</summary>
    public static IReadOnlyList<(string Name, OnnxCut Part)>? Parts(OnnxNode n, Dim[] dims, OnnxKnown? given)
    {
        int axis = n.Place("axis", 0), count = n.Outputs.Count;
        if (axis < 0) axis += dims.Length;
        if (axis < 0 || axis >= dims.Length || !dims[axis].IsKnown || n.Whole("num_outputs", count) != count) return null;
        int extent = dims[axis], even = (extent + count - 1) / count;
        int[] sizes = given?.Integers(1 << 10) ?? (n.Wholes("split") is { } own
            ? [.. own.Select(v => (int)Math.Clamp(v, 0, int.MaxValue))]
            : [.. Enumerable.Range(0, count).Select(i => Math.Min(even, extent - i * even))]);
        if (sizes.Length != count || sizes.Any(s => s < 1) || sizes.Sum(s => (long)s) != extent) return null;
        int start = 0;
        return [.. n.Outputs.Zip(sizes, (name, size) => (name, new OnnxCut(axis, (start += size) - size, size)))];
    }

    // A place of an axis, which goes, or neighbours.
    private static OnnxLayout? Picked(OnnxNode n, OnnxLayout x, OnnxKnown at)
    {
        int axis = n.Place("axis", 0);
        if (axis < 0) axis += x.Rank;
        if (axis < 0 || axis >= x.Rank || at is not { Whole: true, Rank: <= 1 } || at.Integers(1 << 16) is not { Length: > 0 } places) return null;
        if (OnnxLayout.Extent(x.Axes[axis]) is not { IsKnown: true, Extent: var extent } || places.Any(p => p < -extent || p >= extent)) return null;
        int[] from = [.. places.Select(p => p < 0 ? p + extent : p)];
        int step = from.Length > 1 ? from[1] - from[0] : 1;
        if (step < 1 || from.Where((p, i) => p != from[0] + i * step).Any() || x.Slice(axis, from[0], from.Length, step) is not { } taken) return null;
        return at.Rank == 0 ? taken.Without(axis) : taken;
    }
}
