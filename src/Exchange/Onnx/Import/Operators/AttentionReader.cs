using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Attention: products of two values that come from one, a mask, softmax, a product with a third, and a projection. Heads are known by where their features
/// lie.
/// </summary>
internal static class AttentionReader
{
    // What is as low as this is never seen.
    private const double Hidden = -1e4 + 1;

    // A value whose axes are those of heads, before they are a projection.
    private sealed record Heads(Flow Value, Projection Made, int Batch);

    /// <summary>Reads a product of two values.</summary>
    public static Refusal? Read(ImportedNode n, Flow a, Flow b)
    {
        if (a is { Line: ScoresLine { Weights: true } weights, IsPlain: true }) return Mixed(n, weights, a, b);
        if (a.Rank != b.Rank || a.Rank is < 3 or > 6) return new Refusal("a product of two values is read in attention alone");
        Heads? queries = Projected(n.Book, a, a.Rank - 2, a.Rank - 1), keys = Projected(n.Book, b, b.Rank - 1, b.Rank - 2);
        if (queries is not { Made: { } q } || keys is not { Made: { } k } || queries.Batch != keys.Batch)
            return new Refusal("a product of two values is read in attention alone, where both are heads of a sequence's features");
        if (q.From != k.From) return new Refusal("queries and keys come from different values; there is self-attention only");
        if (q.Heads != k.Heads || q.Size != k.Size || a.Dims[^2] != b.Dims[^1]) return new Refusal("queries and keys have different heads");
        int places = q.From.Shape[1];
        var scores = n.Book.Add(new ScoresLine([q.From.Samples, q.Heads, places, places], q, k, causal: false, weights: false));
        // The axes before the last two count samples and heads, as they do in the queries.
        long head = (long)places * places;
        IEnumerable<IReadOnlyList<OnnxRun>> lead = a.Layout.Axes.SkipLast(2).Select(axis => Lead(a, axis, q.Heads * head, head));
        return n.Set(new Flow(scores, new OnnxLayout([.. lead, OnnxLayout.Run(places, places), OnnxLayout.Run(1, places)], 0), OnnxFormula.X));
    }

    /// <summary>Reads what is added to scores, or chosen among them: a mask that hides what comes later.</summary>
    public static Refusal? Masked(ImportedNode n, Flow[] flows)
    {
        var none = new Refusal("what is added to the scores of attention is no causal mask");
        if (flows.Length != 1 || flows[0] is not { Line: ScoresLine { Weights: false } scores, Formula.Factor: not null } x) return none;
        OnnxKnown[] stored = [.. Enumerable.Range(0, n.Node.Inputs.Count).Select(n.Known).OfType<OnnxKnown>()];
        OnnxKnown mask = stored[0];
        if (stored.Any(s => !s.AreNumbers)) return none;
        double[] values = mask.Values;
        Func<double, bool> hides = v => v != 0;
        if (n.Type == "Add")
        {
            if (stored.Length != 1 || values.Any(v => v != 0 && v > Hidden)) return none;
        }
        else
        {
            bool otherwise = n.Flow(1) is not null;
            if (stored is not [_, { Single: < Hidden }]) return none;
            hides = v => v != 0 != otherwise;
        }

        if (OnnxAxes.Together(x.Dims, mask.Dims)?.SequenceEqual(x.Dims) != true) return none;
        if (!values.Any(hides)) return n.Set(x);
        // Rows are the places that look, columns those that are seen; all samples and heads alike.
        int places = scores.Shape[^1];
        bool causal = mask.Dims is [.., var rows, var columns]
            && rows == places
            && columns == places
            && x.Layout.Axes[^1] is [{ Stride: 1 }]
            && x.Layout.Axes[^2] is [var row]
            && row.Stride == places;
        for (int i = 0; i < values.Length && causal; i++) causal = hides(values[i]) == (i % places > i / places % places);
        return causal
            ? n.Set(x with { Line = n.Book.Add(scores.Masked()) })
            : new Refusal("its mask hides other places than those to come: attention sees all places, or with 'causal' those up to its own");
    }

    /// <summary>Reads the softmax of scores.</summary>
    public static Refusal? Weighted(ImportedNode n, Flow x, int axis)
    {
        var scores = (ScoresLine)x.Line;
        if (x.Formula.Factor is not { } factor || axis != x.Rank - 1 || x.Layout.Axes[axis] is not ([] or [{ Stride: 1 }]) || x.Dims[axis] != scores.Shape[^1])
            return new Refusal("scores of attention go through softmax over the places that are seen, after a factor and a causal mask only");
        return n.Set(new Flow(n.Book.Add(scores.Softmax(factor)), x.Layout, OnnxFormula.X));
    }

    /// <summary>The layer that heads and a product after them make; null where the product is another one.</summary>
    public static Made<AttentionLine>? Output(MixedLine mixed, Flow x, float[] weight, float[]? bias, int units)
    {
        int width = mixed.Features;
        if (DenseReader.Ordered(x, width) is not { } order || units != mixed.Weights.Queries.From.Features || width != units) return null;
        return AttentionLine.Of(mixed, Weights.Placed(weight, units, order), bias);
    }

    private static Refusal? Mixed(ImportedNode n, ScoresLine weights, Flow a, Flow b)
    {
        var why = new Refusal("the weights of attention meet something else than the values of their heads");
        if (a.Rank != b.Rank || Projected(n.Book, b, b.Rank - 2, b.Rank - 1) is not { } v) return why;
        if (v.Made.From != weights.Queries.From || v.Made.Heads != weights.Queries.Heads) return why;
        int heads = weights.Shape[1], places = weights.Shape[2], size = v.Made.Size, width = heads * size;
        long one = (long)places * places;
        bool seen = a.Layout.Offset == 0 && a.Layout.Axes[^1] is [] or [{ Stride: 1 }] && a.Layout.Axes[^2] is [var t] ? t.Stride == places : places == 1;
        // Samples and heads in the same order as those of the values.
        IReadOnlyList<OnnxRun>[] lead = [.. b.Layout.Axes.SkipLast(2).Select(axis => Lead(v.Value, axis, heads * one, one))];
        if (!seen || !lead.Zip(a.Layout.Axes).All(p => p.First.SequenceEqual(p.Second))) return why;
        var mixed = n.Book.Add(new MixedLine([weights.Samples, places, width], weights, v.Made));
        IEnumerable<IReadOnlyList<OnnxRun>> runs = b.Layout.Axes.SkipLast(2).Select(axis => Lead(v.Value, axis, (long)places * width, size));
        return n.Set(new Flow(mixed, new OnnxLayout([.. runs, OnnxLayout.Run(width, places), OnnxLayout.Run(1, size)], 0), OnnxFormula.X));
    }

    // The runs of an axis of samples and heads, with other strides.
    private static IReadOnlyList<OnnxRun> Lead(Flow x, IReadOnlyList<OnnxRun> axis, long sample, long head)
    {
        int features = x.Line.Features;
        // Heads in several axes count one after the other.
        OnnxRun[] heads = [.. x.Layout.Axes.SkipLast(2).SelectMany(a => a).Where(r => r.Stride < features)];
        return OnnxLayout.Joined(axis.Select(r => r.Stride >= features
            ? r with { Stride = sample }
            : r with { Stride = head * heads.SkipWhile(h => h != r).Skip(1).Aggregate(1L, (n, h) => n * h.Extent) }));
    }

    // The heads of a value of a sequence, where an axis has the places and another the features of a head.
    private static Heads? Projected(LineBook book, Flow x, int time, int feature)
    {
        double? factor = x.Formula.Factor;
        if (factor is null)
        {
            if (book.Applied(x).Value is not { } applied) return null;
            x = applied;
        }

        if (x.Line.Rank < 3 || x.Line is ScoresLine or MixedLine) return null;
        Dim samples = x.Line.Samples;
        int features = x.Line.Features, places = (int)(x.Line.Sample / features);
        IReadOnlyList<OnnxRun> alongTime = x.Layout.Axes[time], alongFeatures = x.Layout.Axes[feature];
        bool fits = x.Dims[time] == places
            && (places == 1 || (alongTime is [var t] && t.Stride == features))
            && alongFeatures.All(r => r.Stride < features && r.Extent.IsKnown)
            && x.Layout.Offset < features;
        List<OnnxRun> lead = [.. x.Layout.Axes.Where((_, i) => i != time && i != feature).SelectMany(a => a)];
        OnnxRun[] batch = [.. lead.Where(r => r.Stride >= features)], heads = [.. lead.Where(r => r.Stride < features)];
        fits &= batch.Length == 0 ? samples == 1 : batch is [var all] && all == new OnnxRun((long)places * features, samples);
        if (!fits || heads.Any(r => !r.Extent.IsKnown)) return null;
        int size = x.Dims[feature];
        double elements = heads.Aggregate((double)size, (n, r) => n * r.Extent.Extent);
        if (elements * features > 1 << 28) return null;
        int count = OnnxLayout.Extent(heads);
        long[] columns = new OnnxLayout([heads, alongFeatures], 0).Places(0, 1);
        if (columns.Any(c => x.Layout.Offset + c >= features)) return null;
        int[] at = [.. columns.Select(c => (int)(x.Layout.Offset + c))];
        var dense = x.Line as DenseLine;
        Line before = dense?.Inputs[0] ?? x.Line;
        // The pixels of an image are places too.
        if (book.Shaped(before, [samples, places, before.Features]).Value is not { } from) return null;
        // Without a product before, a value is its own.
        float Element(int row, int column) => dense is null ? row == column ? 1 : 0 : dense.Weight[row * features + column];
        float[] weight = [.. Enumerable.Range(0, from.Features).SelectMany(row => at.Select(c => Element(row, c)))];
        float[] bias = [.. at.Select(c => dense?.Bias?[c] ?? 0)];
        return new Heads(x, new Projection(from, count, size, weight, bias).Times(factor ?? 1), lead.FindIndex(r => r.Stride >= features));
    }
}
