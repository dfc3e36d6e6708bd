using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>
/// The lines that were made of a file, in their order. Of one layer on one value there is one line. Elements that layers need in the order of the language
/// are brought into it here: by the shape, a part, another order of the units of a product before.
/// </summary>
internal sealed class LineBook
{
    /// <summary>Extents go so far at most.</summary>
    public const int MaxExtent = 1 << 24;

    /// <summary>Windows, strides and dilations go so far at most: products of these stay in 32 bits.</summary>
    public const int MaxWindow = 1 << 12;

    private const long MaxElements = 1L << 40;

    // How many lines are looked back for a product whose units can take another order.
    private const int MaxLookBack = 64;

    private readonly List<Line> _lines = [];
    // Lines by what they are made from, and how.
    private readonly Dictionary<(Line, string), Line> _made = [];
    // The layers that give the last states alone.
    private readonly Dictionary<Line, Line> _lasts = [];
    private readonly List<string> _notes = [];

    /// <summary>All lines, those that larger layers took the place of among them.</summary>
    public IReadOnlyList<Line> Lines => _lines;

    /// <summary>What the user is to know.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The first line that is larger than anything that could be computed, or null.</summary>
    public Line? TooLarge { get; private set; }

    /// <summary>Tells the user something, once.</summary>
    public void Note(string text)
    {
        if (!_notes.Contains(text)) _notes.Add(text);
    }

    /// <summary>Adds a line.</summary>
    public T Add<T>(T line)
        where T : Line
    {
        if (line.Shape.Aggregate(1.0, (n, d) => n * (d.IsKnown ? d.Extent : 1)) > MaxElements) TooLarge ??= line;
        _lines.Add(line);
        return line;
    }

    /// <summary>A value with its formula as a line.</summary>
    public Made<Flow> Applied(Flow x)
    {
        if (x.Line is MixedLine mixed)
        {
            Made<AttentionLine> attention = AttentionLine.Of(mixed, null);
            if (attention.Value is not { } layer) return attention.Refused!;
            x = x with { Line = Add(layer) };
        }

        if (x.IsPlain) return x;
        string how = StatementText.Of(Say.Function(["x"], x.Formula.Syntax));
        return new Flow(Once(x.Line, how, () => PointwiseLine.Of(x.Line, x.Formula)), x.Layout, OnnxFormula.X);
    }

    /// <summary>A line with just these elements, the axes in the order that they have.</summary>
    public Made<Line> Arranged(Flow x) => Arranged(x, [.. Enumerable.Range(0, x.Rank)]);

    /// <summary>
    /// A line with just these elements, the axes in an order: that of the value, or one made from it by taking a part, another shape or the order of a layer's
    /// units.
    /// </summary>
    public Made<Line> Arranged(Flow given, int[] order)
    {
        Made<Flow> applied = Applied(given);
        if (applied.Value is not { } x) return applied.Refused!;
        Line line = x.Line;
        OnnxLayout wanted = x.Layout.Transpose(order);
        Dim[] dims = wanted.Dims;
        if (wanted.Rank > OnnxAxes.MaxRank) return Refusal.Unexplained;
        switch (line)
        {
            case RecurrentLine { Last: false } states when LastOf(states, wanted) is { } last:
                (line, wanted) = last;
                break;
            case ScoresLine:
                return new Refusal("a product of two values that are computed is read as the scores of an attention alone");
            case RecurrentLine { Reversed: true }:
                return new Refusal("a recurrent layer that goes backwards alone is none here; "
                    + "forwards, or both ways with their states joined (bidirectional), would do");
        }

        if (wanted.IsWhole(line.Count)) return Shaped(line, dims);
        if (Enlarged(x, order) is { } enlarged) return enlarged;
        if (Grown(line, wanted) is { } grown && Enlarged(grown, [.. Enumerable.Range(0, grown.Rank)]) is { } large) return Shaped(large, dims);
        if (LinePart.Of(line, wanted) is { } part)
        {
            (line, wanted) = (Once(line, StatementText.Of(part.Line.Definition!), () => part.Line), part.Layout);
            if (wanted.IsWhole(line.Count)) return Shaped(line, dims);
        }

        bool vector = line.Rank == 2 && dims.Length > 0 && dims[0] == line.Samples;
        if (vector && Units(wanted, line) is { } units && Reordered(line, units, MaxLookBack) is { } moved) return Shaped(moved, dims);
        return new Refusal($"the elements of {Told(dims)} lie in an order that no layer here makes from {Told(line.Shape)}");
    }

    /// <summary>The elements of a line in other extents.</summary>
    public Made<Line> Shaped(Line line, Dim[] dims)
    {
        if (line.Shape.SequenceEqual(dims)) return line;
        if (line is ReshapeLine) return Shaped(line.Inputs[0], dims);
        if (dims.Length is < 2 or > 5 || dims[0] != line.Samples) return new Refusal("samples of the batch are joined with something else");
        if (line is InputLine { Symbols: true }) return Refusal.Unexplained;
        var made = new ReshapeLine(dims, line);
        return Once(line, StatementText.Of(made.Layer), () => made);
    }

    /// <summary>The value with the features of the line along one axis.</summary>
    public Made<Flow> Featured(Flow x, int axis)
    {
        if (x.HasAll && x.Dims[axis] == x.Line.Features && x.Layout.Axes[axis] is [] or [{ Stride: 1 }]) return x;
        if (axis == 0) return Refusal.Unexplained;
        int[] order = [.. Enumerable.Range(0, x.Rank).Where(a => a != axis), axis];
        Made<Line> made = Arranged(x, order);
        return made.Value is { } line ? Flow.Of(line, order) : made.Refused!;
    }

    /// <summary>The extents of a value as a message says them.</summary>
    public static string Told(IEnumerable<Dim> sizes) => string.Join('x', sizes);

    // The line made so from another one before, or now.
    private Line Once(Line from, string how, Func<Line> make)
    {
        if (!_made.TryGetValue((from, how), out Line? line)) _made[(from, how)] = line = Add(make());
        return line;
    }

    // Elements as an image or sequence of which each place stands some times, in whatever shape they are wanted; null where they are none.
    private Flow? Grown(Line line, OnnxLayout wanted)
    {
        OnnxRun[] runs = [.. wanted.Axes.SelectMany(a => a)];
        if (line.Rank == 2)
        {
            // A vector is that image or sequence whose axes end where something stands several times.
            Dim[] axes = [line.Samples, .. runs.Zip(runs.Skip(1)).Where(r => r.Second.Stride == 0 && r.First.Extent.IsKnown).Select(r => r.First.Extent)];
            long places = axes.Skip(1).Aggregate(1L, (n, d) => n * d);
            if (axes.Length == 1 || places == 0 || line.Features % places != 0) return null;
            if (Shaped(line, [.. axes, (int)(line.Features / places)]).Value is not { } shaped) return null;
            line = shaped;
        }

        if (line.Rank is not (3 or 4)) return null;
        Dim[] dims = [.. line.Shape];
        long stride = line.Features;
        for (int axis = line.Rank - 2; axis > 0; stride *= line.Shape[axis].Extent, axis--)
        {
            int place = Array.FindIndex(runs, r => r.Stride == stride);
            if (place >= 0 && place + 1 < runs.Length && runs[place + 1] is { Stride: 0, Extent: { IsKnown: true } times }) dims[axis] *= times;
        }

        return wanted.Reshape(dims) is { } layout ? new Flow(line, layout, OnnxFormula.X) : null;
    }

    // Each place of an image or sequence some times.
    private Line? Enlarged(Flow x, int[] order)
    {
        IReadOnlyList<OnnxRun>[] axes = [.. order.Select(a => x.Layout.Axes[a])];
        Dim[] factors = [.. axes.Select(a => a is [.., { Stride: 0, Extent: var f }] ? f : (Dim)1)];
        if (axes.Length is not (3 or 4) || factors.All(f => f == 1) || factors[0] != 1 || factors[^1] != 1 || factors.Any(f => !f.IsKnown)) return null;
        IEnumerable<IReadOnlyList<OnnxRun>> once = axes.Select((a, i) => factors[i] == 1 ? a : (IReadOnlyList<OnnxRun>)[.. a.SkipLast(1)]);
        if (Arranged(x with { Layout = new OnnxLayout([.. once], x.Layout.Offset) }).Value is not { } line) return null;
        Dim[] shape = [.. line.Shape.Zip(factors, (d, f) => f == 1 ? d : d * f)];
        Item layer = Say.Layer("upsample", Say.Argument(Say.Extents(factors[1..^1].Select(f => f.Extent))));
        return Once(line, StatementText.Of(layer), () => new Line(shape, layer, line));
    }

    // Places that are all in the last states, as places in the layer that gives only these; null where others are among them.
    private (Line Line, OnnxLayout Layout)? LastOf(RecurrentLine states, OnnxLayout wanted)
    {
        int time = states.Shape[1], units = states.Units, width = states.Features;
        long end = (time - 1L) * width, sides = units - end, sample = (long)time * width;
        var axes = wanted.Axes.Select(a => a.ToArray()).ToArray();
        long offset = wanted.Offset;
        bool both = false;
        foreach (OnnxRun[] axis in axes)
        {
            for (int i = 0; i < axis.Length; i++)
            {
                OnnxRun run = axis[i];
                if (states.Directions == 2 && run == new OnnxRun(sides, 2) && run.Stride != sample) (axis[i], both) = (new OnnxRun(units, 2), true);
                else if (run.Stride >= width && run.Stride % sample == 0) axis[i] = run with { Stride = run.Stride / sample * width };
                else if (run.Stride < 0 || run.Stride >= width || !run.Extent.IsKnown) return null;
                else if (run.Stride * run.Extent > (states.Directions == 2 ? units : width)) return null;
            }
        }

        bool within = both
            ? offset / width == time - 1
            : offset >= 0 && offset < sample && offset / width == (offset % width >= units || states.Reversed ? 0 : time - 1);
        if (!within || states.Reversed) return null;
        if (!_lasts.TryGetValue(states, out Line? last)) _lasts[states] = last = Add(states.LastOnly());
        return (last, new OnnxLayout([.. axes.Select(a => (IReadOnlyList<OnnxRun>)OnnxLayout.Joined(a))], offset % width));
    }

    // Which unit of a vector stands where; null where they are not all there once.
    private static int[]? Units(OnnxLayout wanted, Line vector)
    {
        if (wanted.Offset != 0 || wanted.Count != vector.Count || wanted.Axes[0].Count > 1) return null;
        if (wanted.Axes[0] is [var run] && run.Stride != vector.Features) return null;
        if (wanted.Axes.Skip(1).Any(a => a.Any(r => !r.Extent.IsKnown))) return null;
        return Weights.Permutation(wanted.Places([.. Enumerable.Range(1, wanted.Rank - 1)]), vector.Features);
    }

    // The line with its units in another order, where that can be had from the weights before.
    private Line? Reordered(Line line, int[] units, int depth)
    {
        if (depth == 0) return null;
        Line? Before() => Reordered(line.Inputs[0], units, depth - 1);
        switch (line)
        {
            case PointwiseLine p when Before() is { } before: return Add(PointwiseLine.Of(before, p.Formula));
            case { Kind: "dropout" } when Before() is { } before: return Add(new Line(before.Shape, line.Layer, before));
            case NormLine { Rowwise: false } norm when Before() is { } before: return Add(norm.Reordered(before, units));
            case DenseLine dense: return Add(dense.Reordered(units));
            default: return null;
        }
    }
}
