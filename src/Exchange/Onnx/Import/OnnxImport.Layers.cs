namespace Nn.Exchange.Onnx;

// Single operations that are layers. Images are channels, height, width in the file and sequences channels, length.
public sealed partial class OnnxImport
{
    // Zeros around a value belong to the window that moves over it next.
    private readonly Dictionary<string, (Flow Value, long[] Sides)> _padded = [];

    private sealed class DenseLine(int[] shape, Line input, float[] weight, float[]? bias) : Line(shape, $"dense {shape[^1]}{(bias is null ? ", bias: false" : "")}", input)
    {
        // Inputs × units.
        public float[] Weight => weight;

        public float[]? Bias => bias;

        public override IReadOnlyList<Tensor> Stored =>
            [new Tensor("weight", [weight.Length / Features, Features], weight), .. bias is null ? Array.Empty<Tensor>() : [new Tensor("bias", [Features], bias)]];

        public DenseLine Biased(float[] values, string hint) => new(Shape, Inputs[0], weight, values) { Hint = hint };

        public DenseLine Reordered(int[] units)
        {
            int inputs = weight.Length / Features;
            float[] columns = [.. Enumerable.Range(0, inputs).SelectMany(i => units.Select(u => weight[i * Features + u]))];
            return new DenseLine(Shape, Inputs[0], columns, bias is null ? null : [.. units.Select(u => bias[u])]) { Hint = Hint };
        }
    }

    private sealed class ConvLine(int[] shape, string text, Line input, Tensor weight, float[]? bias) : Line(shape, $"{text}{(bias is null ? ", bias: false" : "")}", input)
    {
        public float[]? Bias => bias;

        public override IReadOnlyList<Tensor> Stored => [weight, .. bias is null ? Array.Empty<Tensor>() : [new Tensor("bias", [Features], bias)]];

        public ConvLine Biased(float[] values) => new(Shape, text, Inputs[0], weight, values) { Hint = Hint };
    }

    // A product goes over the last axis of whatever it meets; an image or sequence that is flattened before it is flattened here in another order.
    private bool Dense(OnnxNode n)
    {
        if (Known(n, 1) is not { Whole: false, Dims: [var rows, var columns] } stored) return No("its second operand is no stored table of weights");
        if (Whole(n, "transA", 0) != 0) return No("it turns the value over (transA)");
        bool transposed = n.Type == "Gemm" && Whole(n, "transB", 0) != 0;
        (int inputs, int units) = transposed ? (columns, rows) : (rows, columns);
        float[] weight = transposed ? Permuted(stored.Floats(), [units, inputs], [1, 0]) : stored.Floats();
        // One number is the bias of all units.
        float[]? bias = n.Type == "Gemm" && Has(n, 2)
            ? Row(n, 2, units) ?? (Known(n, 2)?.Single is { } same ? [.. Enumerable.Repeat((float)same, units)] : null)
            : null;
        if (n.Type == "Gemm" && Has(n, 2) && bias is null) return No("its bias is none of the units");
        weight = Times(weight, Single(n, "alpha", 1));
        bias = bias is null ? null : Times(bias, Single(n, "beta", 1));
        Flow x = Flowing(n.Inputs[0]);
        if (x.Rank < 2 || x.Dims[^1] != inputs || units < 1) return No($"the value is of {Told(x.Dims)}, the weights are for {inputs} features");
        if (x is { Line: MixedLine mixed } && x.Formula == OnnxFormula.X && Projected(mixed, x, weight, bias, units) is { } attention) return Set(n, attention);
        x = Applied(n.Inputs[0]);
        string hint = n.Inputs[1];
        if (Ordered(x, inputs) is not { } order)
        {
            if (Joined(x, inputs) is { } joined) x = joined;
            else if (Arranged(x) is { } line) x = Placed(line, [.. Enumerable.Range(0, x.Rank)]);
            else return false;
            if (Ordered(x, inputs) is not { } again) return No("its inputs are no features of one place");
            order = again;
        }

        // Row by row in the order in which the features lie here.
        var rowsHere = new float[weight.Length];
        for (int k = 0; k < inputs; k++) Array.Copy(weight, k * units, rowsHere, order[k] * units, units);
        DenseLine dense = Add(new DenseLine([.. x.Line.Shape[..^1], units], x.Line, rowsHere, bias) { Hint = hint });
        return Set(n, Widened(x, dense));
    }

    // Where the features of the last axis lie; null where they are not those of the line's value.
    private static int[]? Ordered(Flow x, int inputs) =>
        x.Line.Features == inputs && x.Layout.Offset == 0 && x.Layout.Count == x.Line.Count && x.Layout.Axes[^1].All(r => r.Stride < inputs)
            ? Permutation(x.Layout.Places(x.Rank - 1), inputs)
            : null;

    // The last axes of the line's value as one, or the last as two, where that gives the features of the product: the whole sample, or a part of each place.
    private Flow? Joined(Flow x, int inputs)
    {
        int[] shape = x.Line.Shape;
        if (x.Layout.Offset != 0 || x.Layout.Count != x.Line.Count) return null;
        for (int axes = 1; axes < shape.Length - 1; axes++)
        {
            if (shape[axes..].Aggregate(1L, (n, d) => n * d) == inputs && Shaped(x.Line, [.. shape[..axes], inputs]) is { } joined)
                return x with { Line = joined };
        }

        // Or as two.
        return shape[^1] > inputs && shape[^1] % inputs == 0 && Shaped(x.Line, [.. shape[..^1], shape[^1] / inputs, inputs]) is { } split
            ? x with { Line = split }
            : null;
    }

    // The layout of a layer's value that has other features at the same places.
    private static Flow Widened(Flow x, Line line)
    {
        int before = x.Line.Features, after = line.Features;
        return new Flow(line, new OnnxLayout(
            [.. x.Layout.Axes.SkipLast(1).Select(a => (IReadOnlyList<OnnxRun>)[.. a.Select(r => r with { Stride = r.Stride / before * after })]), after == 1 ? [] : [new OnnxRun(1, after)]], 0), OnnxFormula.X);
    }

    // Kernels are [outputs, inputs ÷ groups, window…] of the convolution, and of that which a transposed one leads back from.
    private bool Convolution(OnnxNode n, bool transposed)
    {
        if (Known(n, 1) is not { Whole: false } w || w.Dims.Length < 3) return No("its kernel is not stored in the file");
        bool padded = _padded.TryGetValue(n.Inputs[0], out (Flow Value, long[] Sides) before);
        Flow x = padded ? before.Value : Flowing(n.Inputs[0]);
        int rank = w.Dims.Length - 2, groups = (int)Math.Clamp(Whole(n, "group", 1), 0, MaxExtent);
        int[] dims = w.Dims, stride = Steps(n, "strides", rank), dilation = Steps(n, "dilations", rank);
        float[] values = w.Floats();
        if (x.Rank != rank + 2 || rank > 2 || groups < 1 || values.Length == 0)
            return No(rank > 2 ? "windows over more than two axes have no layer" : "its value and its kernel do not fit");
        if (transposed && !Lengthened(n, ref values, ref dims, dilation)) return No("this output_padding has no counterpart");
        if (n.Attributes.GetValueOrDefault("kernel_shape") is long[] shape && !shape.SequenceEqual(w.Dims.Skip(2).Select(d => (long)d)))
            return No("its kernel_shape is not that of its kernel");
        if (padded && PaddedTwice(n)) return No("it is padded twice");
        long[]? pads = padded ? before.Sides : n.Attributes.GetValueOrDefault("pads") as long[];
        // A sequence as an image of height 1.
        bool row = rank == 2
            && x.Line.Shape.Length == 3
            && x.Layout.Axes[2].Count == 0
            && dims[2] == 1
            && (pads is null || (pads.Length == 4 && pads[0] == 0 && pads[2] == 0));
        if (row) (rank, stride, dilation, dims, pads) = (1, stride[1..], dilation[1..], [.. dims[..2], dims[3]], pads is null ? null : [pads[1], pads[3]]);
        Flow seen = row ? x with { Layout = x.Layout.Without(2) } : x;
        int[] window = dims[2..], order = [0, .. Enumerable.Range(2, rank), 1];
        if (Arranged(seen, order) is not { } input) return false;
        int[] extents = [x.Dims[1], .. input.Shape[1..^1]];
        long channels = transposed ? (long)dims[1] * groups : dims[0], inputs = transposed ? dims[0] : (long)dims[1] * groups;
        if (channels > MaxExtent || inputs != extents[0]) return No($"the value has {extents[0]} channels, the kernel is for {inputs}");
        if ((transposed ? Enlarging(n, extents, window, stride, dilation, pads) : Padding(n, extents, window, stride, dilation, pads, causal: true)) is not { } padding) return No("this padding has no counterpart");
        float[]? bias = Has(n, 2) ? Row(n, 2, channels) : null;
        if (Has(n, 2) && bias is null) return No("its bias is none of the channels");
        string name = transposed ? "conv_transpose" : "conv";
        int[] kernel = rank == 1 ? [1, .. window] : window;
        var weight = new Tensor("weight", [.. kernel, dims[1], dims[0]], Permuted(values, dims, [.. Enumerable.Range(2, rank), 1, 0]));
        string text = $"{name} {channels}, {Extents(window)}{Of("stride", stride)}{padding.Text}{Of("dilation", dilation)}{(groups == 1 ? "" : $", groups: {groups}")}";
        Flow made = Placed(Add(new ConvLine([input.Shape[0], .. padding.Sizes, (int)channels], text, input, weight, bias) { Hint = n.Inputs[1] }), order);
        return Set(n, row ? made with { Layout = made.Layout.Insert(2) } : made);
    }

    // Rows and columns that output_padding adds at the end are those of a window with zeros at its end.
    private static bool Lengthened(OnnxNode n, ref float[] values, ref int[] dims, int[] dilation)
    {
        int rank = dilation.Length;
        long[] more = n.Attributes.GetValueOrDefault("output_padding") is long[] given && given.Length == rank ? given : new long[rank];
        if (more.All(m => m == 0)) return true;
        int[] wide = [.. dims];
        for (int i = 0; i < rank; i++)
        {
            if (dilation[i] < 1 || more[i] < 0 || more[i] > MaxWindow || more[i] % dilation[i] != 0 || dims[i + 2] > MaxWindow) return false;
            wide[i + 2] += (int)(more[i] / dilation[i]);
        }

        double count = wide.Aggregate(1.0, (a, b) => a * b);
        if (count > 1 << 28) return false;
        var longer = new float[(int)count];
        // The places of the old elements in the new kernel.
        OnnxLayout inner = OnnxLayout.Plain(wide);
        for (int i = 0; i < wide.Length; i++) inner = inner.Slice(i, 0, dims[i])!;
        long[] places = inner.Places([.. Enumerable.Range(0, wide.Length)]);
        for (int i = 0; i < places.Length; i++) longer[places[i]] = values[i];
        (values, dims) = (longer, wide);
        return true;
    }

    private bool Pool(OnnxNode n)
    {
        bool padded = _padded.TryGetValue(n.Inputs[0], out (Flow Value, long[] Sides) before);
        Flow x = padded ? before.Value : Flowing(n.Inputs[0]);
        int rank = x.Rank - 2;
        if (rank is not (1 or 2) || n.Outputs.Count != 1) return No("positions of the largest, and windows over other than one or two axes are not read");
        if (!n.Attributes.ContainsKey("kernel_shape")) return No("it has no kernel_shape");
        if (padded && PaddedTwice(n)) return No("it is padded twice");
        int[] window = Steps(n, "kernel_shape", rank), stride = Steps(n, "strides", rank), dilation = Steps(n, "dilations", rank), order = [0, .. Enumerable.Range(2, rank), 1];
        long[]? pads = padded ? before.Sides : n.Attributes.GetValueOrDefault("pads") as long[];
        bool row = rank == 2
            && x.Line.Shape.Length == 3
            && x.Layout.Axes[2].Count == 0
            && window[0] == 1
            && (pads is null || (pads.Length == 4 && pads[0] == 0 && pads[2] == 0));
        if (row)
            (rank, window, stride, dilation, order, pads) = (1, window[1..], stride[1..], dilation[1..], [0, 2, 1], pads is null ? null : [pads[1], pads[3]]);
        if (Arranged(row ? x with { Layout = x.Layout.Without(2) } : x, order) is not { } input) return false;
        int[] extents = [x.Dims[1], .. input.Shape[1..^1]];
        if (Whole(n, "ceil_mode", 0) == 1)
        {
            if (n.Type != "MaxPool" || window.Concat(stride).Any(v => v is < 1 or > MaxWindow))
                return No("means over windows that go beyond the end are not computed: ceil_mode=False would do");
            int[] sides = Pads(pads, rank);
            for (int a = 0; a < rank; a++)
            {
                // A last window that begins within the value goes as far beyond its end as it needs.
                int size = extents[a + 1], count = (size + sides[a] + sides[a + rank] - window[a] + stride[a] - 1) / stride[a] + 1;
                if ((count - 1) * stride[a] >= size + sides[a]) count--;
                sides[a + rank] = Math.Max(sides[a + rank], (count - 1) * stride[a] + window[a] - size - sides[a]);
            }

            pads = Array.ConvertAll(sides, s => (long)s);
        }

        if (pads?.Where((p, i) => p >= window[i % rank]).Any() == true) return No("there is more padding than window");
        if (dilation.Any(d => d != 1) || Padding(n, extents, window, stride, dilation, pads, causal: false) is not { } padding)
            return No("this padding or dilation has no counterpart");
        if (n.Type == "AveragePool" && padding.Text.Length > 0 && Whole(n, "count_include_pad", 0) != 1 && !padded)
            return No("means that leave the padding out are not computed: count_include_pad=True would do");
        string steps = stride.SequenceEqual(window) ? "" : $", stride: {Extents(stride)}", name = n.Type == "MaxPool" ? "maxpool" : "avgpool";
        Flow made = Placed(Add(new Line([input.Shape[0], .. padding.Sizes, extents[0]], $"{name} {Extents(window)}{steps}{padding.Text}", input)), order);
        return Set(n, row ? made with { Layout = made.Layout.Insert(2) } : made);
    }

    private bool Pad(OnnxNode n)
    {
        Flow x = Flowing(n.Inputs[0]);
        if (Has(n, 3)) return No("its axes are not read");
        bool zeros = (n.Attributes.GetValueOrDefault("mode") as string ?? "constant") == "constant"
            && (!Has(n, 2) || Known(n, 2)?.Single == 0)
            && Single(n, "value", 0) == 0;
        long[]? sides = Has(n, 1)
            ? Known(n, 1)?.Integers() is { } given
            ? Array.ConvertAll(given, v => (long)v)
            : null
            : n.Attributes.GetValueOrDefault("pads") as long[];
        if (!zeros || sides is null || sides.Length != 2 * x.Rank) return No("only zeros are put around a value");
        if (sides.All(s => s == 0)) return Set(n, x);
        if (x.Rank < 3 || sides[0] != 0 || sides[1] != 0 || sides[x.Rank] != 0 || sides[x.Rank + 1] != 0)
            return No("zeros are put around images and sequences, not around channels");
        _padded[n.Outputs[0]] = (x, [.. sides[2..x.Rank], .. sides[(x.Rank + 2)..]]);
        return true;
    }

    // A table of vectors, from which the numbers of symbols take theirs.
    private bool Embedding(OnnxNode n)
    {
        Flow x = Flowing(n.Inputs[1]);
        if (Known(n, 0) is not { Whole: false, Dims: [var symbols, var width] } table || Whole(n, "axis", 0) != 0 || width < 1)
            return No("it takes rows of something else than a stored table");
        if (x.Line.Text != "tokens" || x.Formula != OnnxFormula.X || x.Layout.Count != x.Line.Count || x.Layout.Offset != 0)
            return No("its numbers of symbols are computed; they must be the model's input, of type int32 or int64");
        Line line = Add(new Line([.. x.Line.Shape, width], $"embed {width}, symbols: {symbols}", x.Line) { Hint = n.Inputs[0], Stored = [new Tensor("weight", [symbols, width], table.Floats())] });
        return Set(n, new Flow(line, new OnnxLayout(
            [.. x.Layout.Axes.Select(a => (IReadOnlyList<OnnxRun>)[.. a.Select(r => r with { Stride = r.Stride * width })]), width == 1 ? [] : [new OnnxRun(1, width)]], 0), OnnxFormula.X));
    }

    // Whole factors only: there, nearest is the same with all the ways to count pixels that are let through here.
    private bool Upsample(OnnxNode n)
    {
        Flow x = Flowing(n.Inputs[0]);
        if (n.Attributes.ContainsKey("axes") || (n.Attributes.GetValueOrDefault("keep_aspect_ratio_policy") as string ?? "stretch") != "stretch")
            return No("axes and keep_aspect_ratio_policy are not read");
        // Before opset 11, Resize was what Upsample had been.
        bool old = n.Type == "Upsample" || Opset < 11;
        int[] sample = x.Dims;
        string mode = n.Attributes.GetValueOrDefault("mode") as string ?? "nearest";
        string way = old ? "asymmetric" : n.Attributes.GetValueOrDefault("coordinate_transformation_mode") as string ?? "half_pixel";
        string nearest = old ? "floor" : n.Attributes.GetValueOrDefault("nearest_mode") as string ?? "round_prefer_floor";
        bool repeats = mode == "nearest"
            && ((way == "asymmetric" && nearest == "floor") || (way == "half_pixel" && nearest.StartsWith("round_prefer", StringComparison.Ordinal)));
        bool interpolates = mode == "linear"
            && way is ("half_pixel" or "pytorch_half_pixel")
            && Whole(n, "antialias", 0) == 0
            && Whole(n, "exclude_outside", 0) == 0;
        if (x.Rank < 3 || !(repeats || interpolates))
            return No($"{mode} with {way} pixels is no upsampling here: nearest, or bilinear with align_corners=False and opset 11, would do");
        int scales = old ? 1 : 2;
        double[]? factors = n.Attributes.GetValueOrDefault("scales") is float[] own ? Array.ConvertAll(own, f => (double)f)
            : Known(n, scales) is { Values.Length: > 0 } stored ? stored.Values
            : Known(n, 3)?.Integers() is { } sizes && sizes.Length == x.Rank ? [.. sample.Zip(sizes, (d, s) => s / (double)d)]
            : null;
        if (factors is not [1, 1, ..] || factors.Length != x.Rank || factors.Any(f => f is not (>= 1 and <= MaxWindow) || f != Math.Floor(f)))
            return No("it enlarges by other than whole factors");
        int[] order = [0, .. Enumerable.Range(2, x.Rank - 2), 1], factor = [.. factors.Skip(2).Select(f => (int)f)];
        if (Arranged(x, order) is not { } input) return false;
        long[] grown = [.. factor.Zip(input.Shape[1..^1], (f, d) => (long)f * d)];
        if (grown.Any(d => d > MaxExtent)) return false;
        int[] shape = [input.Shape[0], .. grown.Select(d => (int)d), input.Features];
        return Set(n, Placed(Add(new Line(shape, $"upsample {Extents(factor)}{(repeats ? "" : ", bilinear")}", input)), order));
    }

    // How a window is written that goes over an image or a sequence, and what is left of its extents; these have the channels first.
    private static (string Text, int[] Sizes)? Padding(OnnxNode n, int[] dims, int[] window, int[] stride, int[] dilation, long[]? given, bool causal)
    {
        int rank = window.Length;
        int[] pads = Pads(given, rank);
        string auto = n.Attributes.GetValueOrDefault("auto_pad") as string ?? "NOTSET";
        if (window.Concat(stride).Concat(dilation).Any(v => v is < 1 or > MaxWindow) || pads.Any(p => p < 0)) return null;
        int Reach(int axis) => dilation[axis] * (window[axis] - 1) + 1;
        int Size(int axis, int padding) => (dims[axis + 1] + padding - Reach(axis)) / stride[axis] + 1;
        int Kept(int axis) => (dims[axis + 1] + stride[axis] - 1) / stride[axis];
        (int, int) Same(int axis)
        {
            int total = Math.Max(0, (Kept(axis) - 1) * stride[axis] + Reach(axis) - dims[axis + 1]);
            return (total / 2, total - total / 2);
        }

        int[] axes = [.. Enumerable.Range(0, rank)];
        if (auto is not ("NOTSET" or "VALID" or "SAME_UPPER")) return null;
        if (auto != "SAME_UPPER" && axes.Any(a => dims[a + 1] + pads[a] + pads[a + rank] < Reach(a))) return null;
        if (pads.All(p => p == 0) && auto != "SAME_UPPER") return ("", [.. axes.Select(a => Size(a, 0))]);
        if (auto == "SAME_UPPER" || axes.All(a => Same(a) == (pads[a], pads[a + rank]))) return (", same", [.. axes.Select(Kept)]);
        if (causal && rank == 1 && pads[1] == 0 && pads[0] == Reach(0) - 1) return (", causal", [Size(0, pads[0])]);
        return ($", padding: {Sides(pads)}", [.. axes.Select(a => Size(a, pads[a] + pads[a + rank]))]);
    }

    // The same of a transposed convolution.
    private static (string Text, int[] Sizes)? Enlarging(OnnxNode n, int[] dims, int[] window, int[] stride, int[] dilation, long[]? given)
    {
        int rank = window.Length;
        int[] pads = Pads(given, rank), axes = [.. Enumerable.Range(0, rank)];
        if (n.Attributes.GetValueOrDefault("auto_pad") is string and not "NOTSET" || n.Attributes.ContainsKey("output_shape")) return null;
        if (window.Concat(stride).Concat(dilation).Any(v => v is < 1 or > MaxWindow) || pads.Any(p => p < 0)) return null;
        int Reach(int axis) => dilation[axis] * (window[axis] - 1) + 1;
        long[] sizes = [.. axes.Select(a => (dims[a + 1] - 1L) * stride[a] + Reach(a) - pads[a] - pads[a + rank])];
        if (sizes.Any(s => s is < 1 or > MaxExtent)) return null;
        int[] kept = Array.ConvertAll(sizes, s => (int)s);
        if (pads.All(p => p == 0)) return ("", kept);
        if (axes.All(a => pads[a] == Math.Max(0, Reach(a) - stride[a]) / 2 && kept[a] == dims[a + 1] * (long)stride[a])) return (", same", kept);
        return ($", padding: {Sides(pads)}", kept);
    }

    // As the language has it: rows and columns, or each side; of a sequence a number, or before and after.
    private static string Sides(int[] pads)
    {
        int[] before = pads[..(pads.Length / 2)], after = pads[(pads.Length / 2)..];
        return before.SequenceEqual(after) ? Extents(before) : Extents(pads);
    }

    // A window that has zeros of its own, beside those that were put around the value before.
    private static bool PaddedTwice(OnnxNode n) =>
        (n.Attributes.GetValueOrDefault("pads") is long[] pads && pads.Any(p => p != 0))
            || n.Attributes.GetValueOrDefault("auto_pad") is string and not ("NOTSET" or "VALID");

    private static int[] Pads(long[]? given, int rank) => given is null ? new int[2 * rank]
        // What does not fit is as wrong as what goes below zero.
        : [.. Enumerable.Range(0, 2 * rank).Select(i => given.Length == 2 * rank && given[i] is >= 0 and <= MaxWindow ? (int)given[i] : -1)];

    private static string Extents(IEnumerable<int> sizes) => string.Join('x', sizes);

    // The extents of a value as a message says them: what goes into no number of the file is the batch.
    private string Told(IEnumerable<int> sizes) => string.Join('x', sizes.Select(s =>
        _openBatch is not { } samples || s == 0 || s % samples != 0
            ? s.ToString(System.Globalization.CultureInfo.InvariantCulture)
            : s == samples
            ? "batch"
            : $"{s / samples}·batch"));

    private static string Of(string name, int[] sizes) => sizes.All(s => s == 1) ? "" : $", {name}: {Extents(sizes)}";

    private static int[] Steps(OnnxNode n, string name, int rank) =>
        n.Attributes.GetValueOrDefault(name) is not long[] v
            ? [.. Enumerable.Repeat(1, rank)]
            : v.Length == rank
            ? [.. v.Select(i => (int)Math.Clamp(i, 0, int.MaxValue))]
            : new int[rank];
}
