using Nn.Dsl;
using Nn.Graphs;
using static Nn.Exchange.Onnx.Say;

namespace Nn.Exchange.Onnx;

/// <summary>
/// A value that meets stored numbers: the bias of a product, positions of a sequence, or a layer with one number for each feature or element.
/// </summary>
internal static class StoredNumbers
{
    private static readonly Expr It = Name("it"), W = Name("w");

    private static readonly Dictionary<string, Expr> Forward = new()
    {
        ["Add"] = Binary(It, "+", W),
        ["Sub"] = Binary(It, "-", W),
        ["Mul"] = Binary(It, "*", W),
        ["Div"] = Binary(It, "/", W),
        ["Max"] = Call("max", It, W),
        ["Min"] = Call("min", It, W),
        ["Pow"] = Binary(It, "^", W),
        ["Less"] = Binary(It, "<", W),
        ["LessOrEqual"] = Binary(It, "<=", W),
        ["Greater"] = Binary(It, ">", W),
        ["GreaterOrEqual"] = Binary(It, ">=", W),
        ["Equal"] = Binary(It, "==", W),
        ["And"] = Binary(It, "*", W),
        ["Or"] = Call("max", It, W),
        ["Xor"] = Binary(It, "!=", W),
        ["PRelu"] = If(Binary(It, ">", Say.Whole(0)), It, Binary(W, "*", It)),
    };

    // The other way round.
    private static readonly Dictionary<string, Expr> Swapped = new()
    {
        ["Add"] = Forward["Add"],
        ["Sub"] = Binary(W, "-", It),
        ["Mul"] = Forward["Mul"],
        ["Div"] = Binary(W, "/", It),
        ["Max"] = Forward["Max"],
        ["Min"] = Forward["Min"],
        ["Less"] = Binary(W, "<", It),
        ["LessOrEqual"] = Binary(W, "<=", It),
        ["Greater"] = Binary(W, ">", It),
        ["GreaterOrEqual"] = Binary(W, ">=", It),
        ["Equal"] = Forward["Equal"],
        ["And"] = Forward["And"],
        ["Or"] = Forward["Or"],
        ["Xor"] = Forward["Xor"],
    };

    /// <summary>Reads an operator on single elements of a value and of stored numbers.</summary>
    public static Refusal? Read(ImportedNode n, Flow x, OnnxKnown given, bool swapped)
    {
        if ((swapped ? Swapped : Forward).GetValueOrDefault(n.Type) is not { } meets || given.Whole || !given.AreNumbers) return Refusal.Unexplained;
        Dim[] dims = x.Dims;
        LineBook book = n.Book;
        // The pixels of an image that were made the places of a sequence.
        if (x is { Rank: 3, Line.Rank: 4 } && x.Layout.IsWhole(x.Line.Count) && book.Shaped(x.Line, dims).Value is { } sequence) x = Flow.Of(sequence);
        OnnxKnown c = given;
        while (c.Rank > dims.Length && c.Dims[0] == 1) c = c with { Layout = c.Layout.Without(0) };
        if (OnnxAxes.Together(dims, c.Dims)?.SequenceEqual(dims) != true) return Spread(n, x, c, meets);
        if (c.OfOne() is not { } one) return new Refusal("its stored numbers are others for each sample");
        if (one.Rank > dims.Length) return Refusal.Unexplained;
        c = Uneven(one with { Layout = one.Layout.Lengthened(dims.Length) }, x, given.Layout.Count.Batches > 0);
        int[] axes = [.. Enumerable.Range(0, dims.Length).Where(a => c.Dims[a] != 1)];
        if (axes.Length == 0)
        {
            OnnxFormula number = OnnxFormula.Number(c.Values[0]);
            if (OnnxFormula.Of(n.Node, swapped ? [number, x.Formula] : [x.Formula, number]) is { } formula) return n.Set(x with { Formula = formula });
        }

        double[] values = c.Values;
        if (x.Layout.Offset != 0 || Table(x, axes, values) is not { } table)
        {
            Made<Line> arranged = book.Arranged(x);
            if (arranged.Value is not { } line) return arranged.Refused;
            x = Flow.Of(line);
            if (Table(x, axes, values) is not { } again) return new Refusal("its stored numbers do not follow the axes of the value");
            table = again;
        }

        return Met(n, x, table, meets);
    }

    // As a part of the layer before, or as one of its own.
    private static Refusal? Met(ImportedNode n, Flow x, (int[] Extents, float[] Values) table, Expr meets)
    {
        (int[] extents, float[] values) = table;
        string hint = n.Node.Inputs[n.Flow(0) is null ? 0 : 1];
        if (extents.Length == 1)
        {
            Line? joined = (n.Type, x.Line) switch
            {
                ("Add", DenseLine { Bias: null } dense) => dense.Biased(values, hint),
                ("Add", ConvLine { Bias: null } conv) => conv.Biased(values),
                ("Add", NormLine { Unshifted: true } norm) => norm.Shifted(values),
                ("Add", AttentionLine { OutBias: null } attention) => attention.Biased(values),
                ("Mul", NormLine { Unscaled: true } norm) => norm.Scaled(values, hint),
                _ => null,
            };
            if (joined is not null) return n.Set(x with { Line = n.Book.Add(joined) });
        }

        bool positions = n.Type == "Add" && x.Line.Rank == 3 && extents is [var time, var features] && x.Line.Shape[1] == time && x.Line.Features == features;
        Line line = positions
            ? new Line(x.Line.Shape, Layer("positions"), x.Line) { Hint = hint, Stored = [new LayerTensor("weight", extents, values)] }
            : Each(x.Line.Shape, x.Line, extents, values, meets, hint);
        return n.Set(x with { Line = n.Book.Add(line) });
    }

    private static Line Each(Dim[] shape, Line line, int[] extents, float[] values, Expr meets, string hint) => new(shape, Layer("each"), line)
    {
        Definition = WithNumbers(extents, meets),
        Hint = hint,
        Stored = [new LayerTensor("w", extents, values)],
    };

    // A value of extent 1 that meets several stored numbers, as a sample meets the centers of clusters.
    private static Refusal? Spread(ImportedNode n, Flow x, OnnxKnown c, Expr meets)
    {
        bool fewer = c.Rank < x.Rank && c.IsNumbers;
        if (fewer && n.Book.Arranged(x).Value is { } line && OnnxAxes.Together(line.Shape, c.Dims) is { } shape && shape[0] == line.Samples)
        {
            string hint = n.Node.Inputs[n.Flow(0) is null ? 0 : 1];
            return n.Set(Flow.Of(n.Book.Add(Each(shape, line, [.. c.Dims.Select(d => d.Extent)], c.Floats(), meets, hint))));
        }

        return new Refusal($"a value of {LineBook.Told(x.Dims)} meets stored numbers of {LineBook.Told(c.Dims)}, which make it larger");
    }

    // What was repeated for all samples is the same for each, and one number that was repeated is one.
    private static OnnxKnown Uneven(OnnxKnown c, Flow x, bool repeated)
    {
        double[] values = c.Values;
        int[] dims = Array.ConvertAll(c.Dims, d => d.Extent);
        int axis = Enumerable.Range(0, x.Rank).FirstOrDefault(a => dims[a] > 1 && x.Layout.Axes[a] is [{ } run] && run.Stride == x.Line.Sample, -1);
        if ((axis < 0 && !repeated) || values.Length == 0) return c;
        if (values.All(v => v == values[0])) return OnnxKnown.Of(c.Type, [.. dims.Select(_ => 1)], values[0]);
        if (axis < 0) return c;
        int extent = dims[axis], inner = dims[(axis + 1)..].Aggregate(1, (n, d) => n * d), block = extent * inner;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] != values[i / block * block + i % inner]) return c;
        }

        dims[axis] = 1;
        return OnnxKnown.Of(c.Type, dims, [.. Enumerable.Range(0, values.Length / extent).Select(i => values[i / inner * block + i % inner])]);
    }

    // Stored numbers that change along some axes, in the extents of the line's value that they follow.
    private static (int[] Extents, float[] Values)? Table(Flow x, int[] axes, double[] given)
    {
        Dim[] shape = x.Line.Shape;
        long[] strides = [.. shape.Select((_, i) => shape[(i + 1)..].Aggregate(1L, (n, d) => n * d))];
        OnnxRun[] runs = [.. axes.SelectMany(a => x.Layout.Axes[a])];
        // Samples have no numbers of their own.
        if (runs.Any(r => !r.Extent.IsKnown || (r.Stride >= strides[0] && shape[0] != 1) || (shape[0] != 1 && r.Stride * r.Extent > strides[0]))) return null;
        bool[] along = [.. shape.Select((d, i) => i > 0 && d > 1 && runs.Any(r => r.Stride >= strides[i] && r.Stride < strides[i] * d))];
        // A run may go on through slower axes.
        foreach (OnnxRun run in runs)
        {
            for (int i = 1; i < shape.Length; i++) along[i] |= shape[i] > 1 && strides[i] > run.Stride && strides[i] < run.Stride * run.Extent;
        }

        int first = Array.IndexOf(along, true);
        if (first < 0) return null;
        int[] extents = [.. shape.Skip(first).Select((d, i) => along[first + i] ? d.Extent : 1)];
        long[] places = x.Layout.Places(axes);
        if (extents.Aggregate(1L, (n, d) => n * d) != places.Length || places.Length != given.Length) return null;
        long[] own = [.. extents.Select((_, i) => extents[(i + 1)..].Aggregate(1L, (n, d) => n * d))];
        var values = new float[places.Length];
        var seen = new bool[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            long at = 0;
            for (int a = 0; a < extents.Length; a++) at += extents[a] == 1 ? 0 : places[i] / strides[first + a] % shape[first + a] * own[a];
            if (seen[at]) return null;
            (seen[at], values[at]) = (true, (float)given[i]);
        }

        return (extents, values);
    }
}
