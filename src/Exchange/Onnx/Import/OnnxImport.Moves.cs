namespace Nn.Exchange.Onnx;

// What moves elements, or takes some of them, without computing.
public sealed partial class OnnxImport
{
    // Values joined along an axis that is none of features: each is taken out again as a whole.
    private readonly Dictionary<string, (Flow[] Parts, int Axis)> _stacks = [];

    private bool Moved(OnnxNode n, Flow x)
    {
        int[] dims = x.Dims;
        OnnxLayout? layout = n.Type switch
        {
            "Reshape" => Known(n, 1) is { } wanted && OnnxFold.Target(n, dims, wanted) is { } to ? Reshaped(x.Layout, to) : null,
            "Flatten" => OnnxFold.Flattened(dims, (int)Math.Clamp(Whole(n, "axis", 1), -9, 9)) is { } to ? Reshaped(x.Layout, to) : null,
            "Transpose" => OnnxFold.Order(n, x.Rank) is { } order ? x.Layout.Transpose(order) : null,
            "Squeeze" => OnnxFold.Squeezed(n, dims, Known(n, 1)) is { } kept ? x.Layout with { Axes = [.. kept.Select(a => x.Layout.Axes[a])] } : null,
            "Unsqueeze" => OnnxFold.Unsqueezed(n, dims, Known(n, 1)) is { } to ? x.Layout.Reshape(to) : null,
            "Slice" => OnnxFold.Cut(n, dims, [.. Enumerable.Range(0, n.Inputs.Count).Select(i => i == 0 ? null : Known(n, i))]) is { } cuts ? OnnxFold.Apply(x.Layout, cuts) : null,
            "Expand" =>
                Known(n, 1)?.Integers() is { } to && OnnxFold.Together(dims, to) is { } all && all.Length == dims.Length ? Repeated(x.Layout, all) : null,
            "Gather" => Picked(n, x.Layout),
            _ => null,
        };
        if (n.Type == "Split") return Split(n, x);
        if (layout is not null) return Set(n, x with { Layout = layout });
        return n.Type is "Reshape" or "Slice" or "Gather" or "Expand" or "Flatten" or "Squeeze"
            && No($"from {Told(dims)} it takes or joins elements in a way that no layer does");
    }

    // Elements that are repeated lie no distance apart.
    private static OnnxLayout? Repeated(OnnxLayout layout, int[] dims)
    {
        if (dims.Any(d => d < 1) || dims.Aggregate(1.0, (n, d) => n * d) > 1 << 30) return null;
        return layout with { Axes = [.. layout.Axes.Select((a, i) => OnnxLayout.Extent(a) == dims[i] ? a : [new OnnxRun(0, dims[i])])] };
    }

    private static OnnxLayout? Reshaped(OnnxLayout layout, int[] dims) => dims.Length <= 8 ? layout.Reshape(dims) : null;

    // A place of an axis, which goes, or neighbours.
    private OnnxLayout? Picked(OnnxNode n, OnnxLayout layout)
    {
        int axis = (int)Math.Clamp(Whole(n, "axis", 0), -9, 9);
        if (axis < 0) axis += layout.Axes.Count;
        if (axis < 0 || axis >= layout.Axes.Count || Known(n, 1) is not { Whole: true, Dims.Length: <= 1 } at || at.Integers(1 << 16) is not { Length: > 0 } places) return null;
        int extent = layout.Dims[axis];
        if (places.Any(p => p < -extent || p >= extent)) return null;
        int[] from = [.. places.Select(p => p < 0 ? p + extent : p)];
        int step = from.Length > 1 ? from[1] - from[0] : 1;
        if (step < 1 || from.Where((p, i) => p != from[0] + i * step).Any() || layout.Slice(axis, from[0], from.Length, step) is not { } taken) return null;
        return at.Dims.Length == 0 ? taken.Without(axis) : taken;
    }

    private bool Split(OnnxNode n, Flow x)
    {
        if (Parts(n, x.Dims) is not { } parts) return No("its parts do not make up the whole");
        foreach ((string name, int axis, int start, int size) in parts)
        {
            if (x.Layout.Slice(axis, start, size) is not { } layout) return No("its parts cut through what belongs together");
            _flows[name] = x with { Layout = layout };
        }

        return true;
    }

    private bool Split(OnnxNode n, OnnxKnown x)
    {
        if (Parts(n, x.Dims) is not { } parts) return No("its parts do not make up the whole");
        foreach ((string name, int axis, int start, int size) in parts)
        {
            var slice = new OnnxNode("Slice", n.Name, [], [name]);
            if (!Made(slice, _fold.Run(slice, [x, OnnxKnown.List(start), OnnxKnown.List(start + size), OnnxKnown.List(axis)]))) return false;
        }

        return true;
    }

    private IReadOnlyList<(string Name, int Axis, int Start, int Size)>? Parts(OnnxNode n, int[] dims)
    {
        int axis = (int)Math.Clamp(Whole(n, "axis", 0), -9, 9), count = n.Outputs.Count;
        if (axis < 0) axis += dims.Length;
        if (axis < 0 || axis >= dims.Length || Whole(n, "num_outputs", count) != count) return null;
        int extent = dims[axis], even = (extent + count - 1) / count;
        int[] sizes = Known(n, 1)?.Integers(1 << 10) ?? (n.Attributes.GetValueOrDefault("split") is long[] own ? [.. own.Select(v => (int)Math.Clamp(v, 0, MaxExtent))]
            : [.. Enumerable.Range(0, count).Select(i => Math.Min(even, extent - i * even))]);
        if (sizes.Length != count || sizes.Any(s => s < 1) || sizes.Sum(s => (long)s) != extent) return null;
        int start = 0;
        return [.. n.Outputs.Zip(sizes, (name, size) => (name, axis, (start += size) - size, size))];
    }

    private bool Concatenated(OnnxNode n)
    {
        int rank = n.Inputs.Where(_flows.ContainsKey).Select(i => _flows[i].Rank).First(), axis = (int)Math.Clamp(Whole(n, "axis", 0), -9, 9);
        if (axis < 0) axis += rank;
        if (!n.Attributes.ContainsKey("axis")) return No("it does not say along which axis");
        if (!n.Inputs.All(_flows.ContainsKey)) return No("a stored tensor is joined to the value (a class token, for example), for which there is no layer; take the mean over the positions instead");
        Flow[] parts = [.. n.Inputs.Select(Applied)];
        if (axis < 0 || axis >= rank || parts.Any(p => p.Rank != rank || !p.Dims.Where((_, a) => a != axis).SequenceEqual(parts[0].Dims.Where((_, a) => a != axis)))) return false;
        if (parts.Length == 1) return Set(n, parts[0]);
        if (Strung(parts, axis) is { } strung || (BothDirections(parts, axis) is { } both && (strung = both) is not null)) return Set(n, strung);
        int[] order = [.. Enumerable.Range(0, rank).Where(a => a != axis), axis];
        if (axis > 0 && parts.Select(p => Arranged(p, order)).ToArray() is var lines && lines.All(l => l is not null))
        {
            int[] shape = [.. lines[0]!.Shape[..^1], lines.Sum(l => l!.Features)];
            return shape[^1] <= MaxExtent && Set(n, Placed(Add(new Line(shape, "concat", lines!) { Joins = true }), order));
        }

        _stacks[n.Outputs[0]] = (parts, axis);
        return true;
    }

    // Parts of one value that lie the same distance apart.
    private static Flow? Strung(Flow[] parts, int axis)
    {
        Flow first = parts[0];
        long step = parts[1].Layout.Offset - first.Layout.Offset;
        bool even = parts.Select((p, i) => p.Line == first.Line && (p.Layout with { Offset = first.Layout.Offset }).SameAs(first.Layout) && p.Layout.Offset == first.Layout.Offset + i * step).All(e => e);
        return even && step != 0
            ? first with { Layout = first.Layout.With(axis, [new OnnxRun(step, parts.Length), .. first.Layout.Axes[axis]], first.Layout.Offset) }
            : null;
    }

    // The last of the states of several layers, for example: a part is taken out as it was put in.
    private bool Unstacked(OnnxNode n)
    {
        const string Why = "values are joined along an axis that is none of features; only whole parts can be taken out again";
        if (!_stacks.TryGetValue(n.Inputs[0], out (Flow[] Parts, int Axis) stack)) return No(Why);
        (Flow[] parts, int axis) = stack;
        int[] dims = parts[0].Dims;
        dims[axis] = parts.Sum(p => p.Dims[axis]);
        // The places that are wanted, of a value that counts them.
        OnnxLayout whole = OnnxLayout.Plain([.. dims.Select((d, a) => a == axis ? d : 1)]);
        OnnxLayout? taken = n.Type switch
        {
            "Gather" => Picked(n, whole),
            "Slice" => OnnxFold.Cut(n, dims, [.. Enumerable.Range(0, n.Inputs.Count).Select(i => i == 0 ? null : Known(n, i))]) is { } cuts && cuts.All(c => c.Axis == axis) ? OnnxFold.Apply(whole, cuts) : null,
            _ => null,
        };
        if (taken is null) return No(Why);
        long start = taken.Offset, count = taken.Count;
        foreach (Flow part in parts)
        {
            int extent = part.Dims[axis];
            if (start < extent)
            {
                if (start + count > extent || part.Layout.Slice(axis, (int)start, (int)count) is not { } layout) return No(Why);
                return Set(n, part with { Layout = taken.Axes.Count < dims.Length ? layout.Without(axis) : layout });
            }

            start -= extent;
        }

        return No(Why);
    }

    private Line? Arranged(Flow x) => Arranged(x, [.. Enumerable.Range(0, x.Rank)]);

    // A line with just these elements, the axes in an order: that of the flow, or one made from it by taking a part, another shape or the order of a layer's
    // units.
    private Line? Arranged(Flow x, int[] order)
    {
        x = Applied(x);
        Line line = x.Line;
        OnnxLayout wanted = x.Layout.Transpose(order);
        int[] dims = wanted.Dims;
        if (wanted.Axes.Count > 8) return null;
        switch (line)
        {
            case RecurrentLine { Last: false } states when LastOf(states, wanted) is { } last:
                (line, wanted) = last;
                break;
            case ScoresLine or RecurrentLine { Reversed: true }: return null;
        }

        if (wanted.IsWhole(line.Count)) return Shaped(line, dims);
        if (Enlarged(x, order) is { } enlarged) return enlarged;
        if (Part(line, wanted) is { } part) (line, wanted) = part;
        if (wanted.IsWhole(line.Count)) return Shaped(line, dims);
        if (dims[0] == line.Shape[0] && line.Shape.Length == 2 && Units(wanted, line) is { } units && Reordered(line, units, 64) is { } moved)
            return Shaped(moved, dims);
        No($"the elements of {Told(dims)} lie in an order that no layer here makes from {Told(line.Shape)}");
        return null;
    }

    private Line? Shaped(Line line, int[] dims)
    {
        if (line.Shape.SequenceEqual(dims)) return line;
        if (line is ReshapeLine) return Shaped(line.Inputs[0], dims);
        if (dims.Length < 2 || dims.Length > 5 || dims[0] != line.Shape[0])
        {
            No("samples of the batch are joined with something else");
            return null;
        }

        if (line == _input && line.Text == "tokens") return null;
        string text = dims.Length == 2 ? "flatten" : $"reshape {Extents(dims[1..])}";
        if (_made.TryGetValue((line, text), out Line? known)) return known;
        return _made[(line, text)] = Add(new ReshapeLine(dims, text, line));
    }

    // Each place of an image or sequence some times.
    private Line? Enlarged(Flow x, int[] order)
    {
        IReadOnlyList<OnnxRun>[] axes = [.. order.Select(a => x.Layout.Axes[a])];
        int[] factors = [.. axes.Select(a => a is [.., { Stride: 0, Extent: var f }] ? f : 1)];
        if (axes.Length is not (3 or 4) || factors.All(f => f == 1) || factors[0] != 1 || factors[^1] != 1) return null;
        var once = x with { Layout = new OnnxLayout([.. axes.Select((a, i) => factors[i] == 1 ? a : [.. a.SkipLast(1)])], x.Layout.Offset) };
        if (Arranged(once) is not { } line) return null;
        int[] shape = [.. line.Shape.Zip(factors, (d, f) => d * f)];
        string text = $"upsample {Extents(factors[1..^1])}";
        if (!_made.TryGetValue((line, text), out Line? made)) _made[(line, text)] = made = Add(new Line(shape, text, line));
        return made;
    }

    // A range of each axis.
    private (Line Line, OnnxLayout Layout)? Part(Line line, OnnxLayout wanted)
    {
        int[] shape = line.Shape;
        long[] strides = [.. shape.Select((_, i) => shape[(i + 1)..].Aggregate(1L, (n, d) => n * d))];
        if (line.Text == "tokens" || wanted.Offset < 0) return null;
        var size = Enumerable.Repeat(1, shape.Length).ToArray();
        var places = new List<(int Axis, long Within, int Extent)>[wanted.Axes.Count];
        for (int a = 0; a < places.Length; a++)
        {
            places[a] = [];
            foreach (OnnxRun run in wanted.Axes[a])
            {
                (long stride, int extent) = run;
                if (stride <= 0) return null;
                // A run over several axes is one in each of them, the fastest last.
                var within = new List<(int, long, int)>();
                while (extent > 1)
                {
                    int axis = Array.FindIndex(strides, s => s <= stride);
                    if (axis < 0 || stride % strides[axis] != 0) return null;
                    long steps = stride / strides[axis];
                    int here = (int)Math.Min(extent, (shape[axis] + steps - 1) / steps);
                    if (here < 2 || extent % here != 0) return null;
                    within.Insert(0, (axis, steps, here));
                    stride *= here;
                    extent /= here;
                }

                places[a].AddRange(within);
            }
        }

        foreach ((int axis, long within, int extent) in places.SelectMany(p => p)) size[axis] *= extent;
        // Each axis is taken densely, from a start.
        for (int axis = 0; axis < shape.Length; axis++)
        {
            long next = 1;
            foreach ((_, long within, int extent) in places.SelectMany(p => p).Where(p => p.Axis == axis).OrderBy(p => p.Within))
            {
                if (within != next) return null;
                next *= extent;
            }
        }

        int[] start = [.. strides.Select((s, i) => (int)(wanted.Offset / s % shape[i]))];
        if (wanted.Offset >= line.Count || start[0] != 0 || size[0] != shape[0] || size.Where((s, i) => start[i] + s > shape[i]).Any() || size.SequenceEqual(shape)) return null;
        string[] ranges = [.. start.Zip(size, (from, count) => $"{from}..{from + count}").Skip(1)];
        bool features = shape.Length > 2 && size.AsSpan(..^1).SequenceEqual(shape.AsSpan(..^1));
        string definition = $"fn {{0}}(x) = x[{(features ? $".., {ranges[^1]}" : string.Join(", ", ranges))}]";
        if (!_made.TryGetValue((line, definition), out Line? cut))
            _made[(line, definition)] = cut = Add(new Line(size, "part", line) { Definition = definition });
        long[] now = [.. size.Select((_, i) => size[(i + 1)..].Aggregate(1L, (n, d) => n * d))];
        return (cut, new OnnxLayout([.. places.Select(p => (IReadOnlyList<OnnxRun>)OnnxLayout.Joined(p.Select(r => new OnnxRun(now[r.Axis] * r.Within, r.Extent))))], 0));
    }

    // Which unit of a vector stands where; null where they are not all there once.
    private static int[]? Units(OnnxLayout wanted, Line vector)
    {
        if (wanted.Offset != 0 || wanted.Count != vector.Count || (wanted.Axes[0].Count > 0 && wanted.Axes[0].Count > 1) || vector.Count > int.MaxValue)
            return null;
        if (wanted.Axes[0] is [var run] && run.Stride != vector.Features) return null;
        return Permutation(wanted.Places([.. Enumerable.Range(1, wanted.Axes.Count - 1)]), vector.Features);
    }

    private static int[]? Permutation(long[] places, long count)
    {
        if (places.Length != count) return null;
        var seen = new bool[count];
        foreach (long p in places)
        {
            if (p < 0 || p >= count || seen[p]) return null;
            seen[p] = true;
        }

        return Array.ConvertAll(places, p => (int)p);
    }

    // The line with its units in another order, where that can be had from the weights before.
    private Line? Reordered(Line line, int[] units, int depth)
    {
        if (depth == 0) return null;
        switch (line)
        {
            case PointwiseLine p when Reordered(p.Inputs[0], units, depth - 1) is { } before: return Add(Pointwise(before, p.Formula));
            case { Kind: "dropout" } dropped when Reordered(dropped.Inputs[0], units, depth - 1) is { } before:
                return Add(new Line(before.Shape, dropped.Text, before));
            case NormLine { Rowwise: false } norm when Reordered(norm.Inputs[0], units, depth - 1) is { } before: return Add(norm.Reordered(before, units));
            case DenseLine dense: return Add(dense.Reordered(units));
            default: return null;
        }
    }
}
