namespace Nn.Exchange.Onnx;

// Attention: products of two values that come from one, a mask, softmax, a product with a third, and a projection. Heads are known by where their features lie.
public sealed partial class OnnxImport
{
    // What queries, keys and values of all heads are: products of one value, their features in the order of heads.
    private sealed record Projection(Line From, int Heads, int Size, float[] Weight, float[] Bias);

    // Of extents batch × heads × places × places; softmax has been taken where they are weights.
    private sealed class ScoresLine(int[] shape, Projection queries, Projection keys, bool causal, bool weights) : Line(shape, "scores", queries.From)
    {
        public Projection Queries => queries;

        public Projection Keys => keys;

        public bool Causal => causal;

        public bool Weights => weights;

        // The share of the weights that is left out in training.
        public double Dropout { get; private init; }

        public ScoresLine Masked() => new(Shape, queries, keys, causal: true, weights);

        public ScoresLine Dropped(double rate) => new(Shape, queries, keys, causal, weights) { Dropout = rate };

        public ScoresLine Softmax(double factor) =>
            new(Shape, queries with { Weight = Times(queries.Weight, factor), Bias = Times(queries.Bias, factor) }, keys, causal, weights: true);
    }

    // The values that the heads took, side by side, before a projection.
    private sealed class MixedLine(int[] shape, ScoresLine weights, Projection values) : Line(shape, "mixed", weights)
    {
        public ScoresLine Weights => weights;

        public Projection Values => values;
    }

    private sealed class AttentionLine(Line input, string text, float[] qkv, float[] qkvBias, float[] output, float[]? outputBias) : Line(input.Shape, text, input)
    {
        public float[]? OutBias => outputBias;

        public override IReadOnlyList<Tensor> Stored =>
        [
            new Tensor("qkv_weight", [Features, 3 * Features], qkv), new Tensor("qkv_bias", [3 * Features], qkvBias), new Tensor("out_weight", [Features, Features], output),
            new Tensor("out_bias", [Features], outputBias ?? new float[Features]),
        ];

        public AttentionLine Biased(float[] values) => new(Inputs[0], Text, qkv, qkvBias, output, values) { Hint = Hint };
    }

    private bool Attend(OnnxNode n, Flow a, Flow b)
    {
        if (a.Line is ScoresLine { Weights: true } weights && a.Formula == OnnxFormula.X) return Mixed(n, weights, a, b);
        if (a.Rank != b.Rank || a.Rank is < 3 or > 6) return No("a product of two values is read in attention alone");
        (Flow Value, Projection Made, int Batch)? queries = Projected(a, a.Rank - 2, a.Rank - 1), keys = Projected(b, b.Rank - 1, b.Rank - 2);
        if (queries is not { } q || keys is not { } k || q.Batch != k.Batch)
            return No("a product of two values is read in attention alone, where both are heads of a sequence's features");
        if (q.Made.From != k.Made.From) return No("queries and keys come from different values; there is self-attention only");
        if (q.Made.Heads != k.Made.Heads || q.Made.Size != k.Made.Size || a.Dims[^2] != b.Dims[^1]) return No("queries and keys have different heads");
        int samples = q.Made.From.Shape[0], places = q.Made.From.Shape[1], heads = q.Made.Heads;
        Line scores = Add(new ScoresLine([samples, heads, places, places], q.Made, k.Made, causal: false, weights: false));
        // The axes before the last two count samples and heads, as they do in the queries.
        IEnumerable<IReadOnlyList<OnnxRun>> lead = a.Layout.Axes.SkipLast(2).Select(axis => LeadRuns(a, axis, q.Made, heads * (long)places * places, (long)places * places));
        OnnxRun[] Places(long stride) => places == 1 ? [] : [new OnnxRun(stride, places)];
        return Set(n, new Flow(scores, new OnnxLayout([.. lead, Places(places), Places(1)], 0), OnnxFormula.X));
    }

    // The product of two values with their axes named: those in both and in the result count samples and heads.
    private bool Einsum(OnnxNode n)
    {
        const string Why = "of this product, no layer is known; attention and dense layers written as einsum are";
        if (n.Attributes.GetValueOrDefault("equation") is not string { Length: < 64 } equation || equation.Replace(" ", "").Split("->") is not [var operands, var result] || operands.Split(',') is not [var p, var q]) return No(Why);
        if (!_flows.TryGetValue(n.Inputs[0], out Flow? a) || p.Length != a.Rank || new[] { p, q, result }.Any(s => s.Distinct().Count() != s.Length))
            return No(Why);
        string both = new([.. result.Where(c => p.Contains(c) && q.Contains(c))]), summed = new([.. p.Where(c => q.Contains(c) && !result.Contains(c))]);
        string left = new([.. p.Except(both).Except(summed)]), right = new([.. q.Except(both).Except(summed)]);
        if (summed.Length != 1 || right.Length != 1 || result.Length != both.Length + left.Length + right.Length) return No(Why);
        Flow Turned(Flow x, string from, string to) => x with { Layout = x.Layout.Transpose([.. to.Select(c => from.IndexOf(c, StringComparison.Ordinal))]) };
        var inner = new OnnxNode("MatMul", n.Name, ["einsum/a", "einsum/b"], n.Outputs);
        bool made = false;
        _flows["einsum/a"] = Turned(a, p, both + left + summed);
        if (_flows.TryGetValue(n.Inputs[1], out Flow? b) && b.Rank == q.Length && left.Length == 1)
        {
            made = Attend(inner, _flows["einsum/a"], Turned(b, q, both + summed + right));
        }
        else if (both.Length == 0 && Known(n, 1) is { Dims.Length: 2, Whole: false } w)
        {
            _known["einsum/b"] = w.Dims.Length == q.Length && q[0] == summed[0]
                ? w
                : new OnnxKnown(w.Type, [w.Dims[1], w.Dims[0]], Array.ConvertAll(Permuted(w.Floats(), w.Dims, [1, 0]), v => (double)v));
            made = Dense(inner);
        }

        return made ? Set(n, Turned(_flows[n.Outputs[0]], both + left + right, result)) : No(Why);
    }

    // The runs of an axis of samples and heads, with other strides.
    private static IReadOnlyList<OnnxRun> LeadRuns(Flow x, IReadOnlyList<OnnxRun> axis, Projection made, long sample, long head)
    {
        int features = x.Line.Features;
        // Heads in several axes count one after the other.
        OnnxRun[] heads = [.. x.Layout.Axes.SkipLast(2).SelectMany(a => a).Where(r => r.Stride < features)];
        return OnnxLayout.Joined(axis.Select(r => r.Stride >= features
            ? r with { Stride = sample }
            : r with { Stride = head * heads.SkipWhile(h => h != r).Skip(1).Aggregate(1L, (n, h) => n * h.Extent) }));
    }

    // The heads of a value of a sequence, where an axis has the places and another the features of a head.
    private (Flow Value, Projection Made, int Batch)? Projected(Flow x, int time, int feature)
    {
        double? factor = x.Formula.Factor;
        if (factor is null) x = Applied(x);
        if (x.Line.Shape.Length < 3 || x.Line is ScoresLine or MixedLine) return null;
        (int samples, int features) = (x.Line.Shape[0], x.Line.Features);
        int places = (int)(x.Line.Count / samples / features);
        IReadOnlyList<OnnxRun> alongTime = x.Layout.Axes[time], alongFeatures = x.Layout.Axes[feature];
        bool fits = x.Dims[time] == places
            && (places == 1 || (alongTime is [var t] && t.Stride == features))
            && alongFeatures.All(r => r.Stride < features)
            && x.Layout.Offset < features;
        List<OnnxRun> lead = [.. x.Layout.Axes.Where((_, i) => i != time && i != feature).SelectMany(a => a)];
        OnnxRun[] batch = [.. lead.Where(r => r.Stride >= features)];
        fits &= batch.Length == 0 ? samples == 1 : batch is [var all] && all == new OnnxRun((long)places * features, samples);
        if (!fits) return null;
        OnnxRun[] heads = [.. lead.Where(r => r.Stride < features)];
        int size = x.Dims[feature];
        double elements = heads.Aggregate((double)size, (n, r) => n * r.Extent);
        if (elements * features > 1 << 28) return null;
        int count = OnnxLayout.Extent(heads);
        long[] columns = new OnnxLayout([heads, alongFeatures], 0).Places(0, 1);
        if (columns.Any(c => x.Layout.Offset + c >= features)) return null;
        int[] at = [.. columns.Select(c => (int)(x.Layout.Offset + c))];
        DenseLine? dense = x.Line as DenseLine;
        // The pixels of an image are places too.
        if (Shaped(dense?.Inputs[0] ?? x.Line, [samples, places, (dense?.Inputs[0] ?? x.Line).Features]) is not { } from) return null;
        int inputs = from.Features;
        // Without a product before, a value is its own.
        float Element(int row, int column) => dense is null ? row == column ? 1 : 0 : dense.Weight[row * features + column];
        float[] weight = [.. Enumerable.Range(0, inputs).SelectMany(row => at.Select(c => Element(row, c)))];
        float[] bias = [.. at.Select(c => dense?.Bias?[c] ?? 0)];
        return (x, new Projection(from, count, size, Times(weight, factor ?? 1), Times(bias, factor ?? 1)), lead.FindIndex(r => r.Stride >= features));
    }

    // A mask that hides what comes later: added where that is very negative, or chosen.
    private Flow? Masked(OnnxNode n, Flow[] flows)
    {
        if (flows.Length != 1 || flows[0] is not { Line: ScoresLine { Weights: false } scores } x || x.Formula.Factor is null) return null;
        OnnxKnown[] stored = [.. n.Inputs.Where(IsKnown).Select(i => Known(i)!)];
        const double Hidden = -1e4 + 1;
        OnnxKnown mask;
        Func<double, bool> hides;
        if (n.Type == "Add")
        {
            if (stored is not [var added] || added.Values.Any(v => v != 0 && v > Hidden)) return null;
            (mask, hides) = (added, v => v != 0);
        }
        else
        {
            bool otherwise = _flows.ContainsKey(n.Inputs[1]);
            if (stored is not [var condition, { Single: < Hidden }]) return null;
            (mask, hides) = (condition, v => v != 0 != otherwise);
        }

        if (OnnxFold.Together(x.Dims, mask.Dims)?.SequenceEqual(x.Dims) != true) return null;
        if (!mask.Values.Any(hides)) return x;
        // Rows are the places that look, columns those that are seen; all samples and heads alike.
        int places = scores.Shape[^1];
        bool causal = mask.Dims is [.., var rows, var columns]
            && rows == places
            && columns == places
            && x.Layout.Axes[^1] is [{ Stride: 1 }]
            && x.Layout.Axes[^2] is [var row]
            && row.Stride == places;
        for (int i = 0; i < mask.Values.Length && causal; i++) causal = hides(mask.Values[i]) == (i % places > i / places % places);
        if (causal) return x with { Line = Add(scores.Masked()) };
        No("its mask hides other places than those to come: attention sees all places, or with 'causal' those up to its own");
        return null;
    }

    private bool Weighted(OnnxNode n, Flow x, int axis)
    {
        var scores = (ScoresLine)x.Line;
        if (x.Formula.Factor is not { } factor || axis != x.Rank - 1 || x.Layout.Axes[axis] is not ([] or [{ Stride: 1 }]) || x.Dims[axis] != scores.Shape[^1])
            return No("scores of attention go through softmax over the places that are seen, after a factor and a causal mask only");
        return Set(n, new Flow(Add(scores.Softmax(factor)), x.Layout, OnnxFormula.X));
    }

    private bool Mixed(OnnxNode n, ScoresLine weights, Flow a, Flow b)
    {
        const string Why = "the weights of attention meet something else than the values of their heads";
        if (a.Rank != b.Rank || Projected(b, b.Rank - 2, b.Rank - 1) is not { } v || v.Made.From != weights.Queries.From || v.Made.Heads != weights.Queries.Heads) return No(Why);
        (int samples, int heads, int places, int size) = (weights.Shape[0], weights.Shape[1], weights.Shape[2], v.Made.Size);
        long one = (long)places * places;
        bool seen = a.Layout.Offset == 0 && a.Layout.Axes[^1] is [] or [{ Stride: 1 }] && a.Layout.Axes[^2] is [var t] ? t.Stride == places : places == 1;
        // Samples and heads in the same order as those of the values.
        IReadOnlyList<OnnxRun>[] lead = [.. b.Layout.Axes.SkipLast(2).Select(axis => LeadRuns(v.Value, axis, v.Made, heads * one, one))];
        if (!seen || !lead.Zip(a.Layout.Axes).All(p => p.First.SequenceEqual(p.Second))) return No(Why);
        int width = heads * size;
        Line mixed = Add(new MixedLine([samples, places, width], weights, v.Made));
        IEnumerable<IReadOnlyList<OnnxRun>> runs = b.Layout.Axes.SkipLast(2).Select(axis => LeadRuns(v.Value, axis, v.Made, (long)places * width, size));
        return Set(n, new Flow(mixed, new OnnxLayout([.. runs, places == 1 ? [] : [new OnnxRun(width, places)], size == 1 ? [] : [new OnnxRun(1, size)]], 0), OnnxFormula.X));
    }

    // The projection after the heads.
    private Flow? Projected(MixedLine mixed, Flow x, float[] weight, float[]? bias, int units)
    {
        int width = mixed.Features;
        if (Ordered(x, width) is not { } order) return null;
        var rows = new float[weight.Length];
        for (int k = 0; k < width; k++) Array.Copy(weight, k * units, rows, order[k] * units, units);
        if (units != mixed.Weights.Queries.From.Features || width != units) return null;
        return Widened(x, Attention(mixed, rows, bias));
    }

    // Here, scores are divided by √size and the heads' features are those of the value.
    private AttentionLine Attention(MixedLine mixed, float[]? output, float[]? bias = null)
    {
        (Projection q, Projection k, Projection v) = (mixed.Weights.Queries, mixed.Weights.Keys, mixed.Values);
        int width = mixed.Features, inputs = q.From.Features;
        if (width != inputs || q.Size != v.Size || q.Heads * q.Size != width)
            throw Bad($"its attention of {q.Heads} heads has {q.Size} features a head for queries and {v.Size} for values, and the value before has {inputs}; here heads share the {inputs} features: embed_dim without kdim and vdim would do");
        double root = Math.Sqrt(q.Size);
        (float[] weight, float[] offsets) = (Times(q.Weight, root), Times(q.Bias, root));
        float[] joint = [.. Enumerable.Range(0, inputs).SelectMany(row => new[] { weight, k.Weight, v.Weight }.SelectMany(part => part.AsSpan(row * width, width).ToArray()))];
        if (output is null)
        {
            output = new float[width * width];
            for (int i = 0; i < width; i++) output[i * width + i] = 1;
        }

        string dropout = mixed.Weights.Dropout > 0 ? $", dropout: {Text(mixed.Weights.Dropout)}" : "", causal = mixed.Weights.Causal ? ", causal" : "";
        return Add(new AttentionLine(q.From, $"attention {q.Heads}{causal}{dropout}", joint, [.. offsets, .. k.Bias, .. v.Bias], output, bias));
    }

    private static float[] Times(float[] values, double factor) => factor == 1 ? values : Array.ConvertAll(values, v => (float)(v * factor));
}
