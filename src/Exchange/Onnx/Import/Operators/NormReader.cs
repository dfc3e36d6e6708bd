using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Norms and softmax, as single operations.</summary>
internal static class NormReader
{
    // The smallest number of 32 bits that is not rounded away.
    private const double Smallest = 1.2e-38;

    /// <summary>Reads <c>Softmax</c> and <c>LogSoftmax</c>.</summary>
    public static Refusal? Softmax(ImportedNode n)
    {
        Flow x = n.Flow(0)!;
        bool old = n.Opset < 13;
        long axis = n.Whole("axis", old ? 1 : -1);
        if (axis < 0) axis += x.Rank;
        if (axis < 1 || axis >= x.Rank || (old && x.Dims.Skip((int)axis + 1).Any(d => d != 1)))
            return new Refusal("it goes over several axes, or over the batch");
        if (x.Line is ScoresLine && n.Type == "Softmax") return AttentionReader.Weighted(n, x, (int)axis);
        if (Featured(n, (int)axis) is not { Value: { } f }) return new Refusal("it goes over another axis than the features");
        return n.Set(f with { Line = n.Book.Add(new Line(f.Line.Shape, Say.Layer(n.Type == "Softmax" ? "softmax" : "log_softmax"), f.Line)) });
    }

    /// <summary>Reads <c>BatchNormalization</c>.</summary>
    public static Refusal? Batch(ImportedNode n)
    {
        bool training = n.Whole("training_mode", 0) != 0 || (n.Opset < 7 && n.Whole("is_test", 0) == 0) || n.Node.Outputs.Count(o => o.Length > 0) != 1;
        if (n.Flow(0)!.Rank < 2 || training) return new Refusal("it is exported for training; export the model in eval mode");
        Made<Flow> featured = Featured(n, 1);
        if (featured.Value is not { } x) return featured.Refused;
        float[]?[] values = [.. Enumerable.Range(1, 4).Select(i => n.Row(i, x.Line.Features))];
        if (values.Any(v => v is null)) return new Refusal("its numbers are not one for each channel");
        int[] dims = [x.Line.Features];
        // There, the share of what was before; here, of the batch. PyTorch's, and the one here, is 0.1.
        double share = Math.Round(1 - (double)n.Single("momentum", 0.9f), 6);
        Item layer = Say.Layer("batchnorm", Eps(n), Say.Option("momentum", share != 0.1, Say.Number(share)));
        var running = new[] { new LayerTensor("running_mean", dims, values[2]!), new LayerTensor("running_variance", dims, values[3]!) };
        return n.Set(x with { Line = n.Book.Add(new NormLine(x.Line, layer, values[0]!, values[1]!, running) { Hint = n.Node.Inputs[1] }) });
    }

    /// <summary>
    /// Reads <c>InstanceNormalization</c>: over all places of each channel, or of each group of channels where these were made one axis before.
    /// </summary>
    public static Refusal? Instance(ImportedNode n)
    {
        Made<Flow> applied = n.Applied(0);
        if (applied.Value is not { } x) return applied.Refused;
        var uneven = new Refusal("its numbers are not one for each channel");
        if (x.Rank < 3 || x.Dims[1] is not { IsKnown: true, Extent: > 0 and var groups }) return uneven;
        if (n.Row(1, groups) is not { } scale || n.Row(2, groups) is not { } shift) return uneven;
        int[] order = [0, .. Enumerable.Range(2, x.Rank - 2), 1];
        if (Grouped(x, groups) is null && n.Book.Arranged(x, order).Value is { } line) x = Flow.Of(line, order);
        if (Grouped(x, groups) is not { } members) return new Refusal("its channels are not those of the value before");
        float[] Each(float[] of) => [.. of.SelectMany(v => Enumerable.Repeat(v, members))];
        Item layer = Say.Layer("groupnorm", Say.Argument(Say.Whole(groups)), Eps(n));
        return n.Set(x with { Line = n.Book.Add(new NormLine(x.Line, layer, Each(scale), Each(shift)) { Hint = n.Node.Inputs[1] }) });
    }

    /// <summary>Reads <c>GroupNormalization</c>, whose numbers are one for each group before opset 21, and one for each channel from there on.</summary>
    public static Refusal? Group(ImportedNode n)
    {
        Made<Flow> featured = Featured(n, 1);
        if (featured.Value is not { } x) return featured.Refused;
        int channels = x.Line.Features, groups = (int)Math.Clamp(n.Whole("num_groups", 0), 0, channels);
        if (x.Rank < 3 || groups < 1 || channels % groups != 0) return new Refusal($"its {n.Whole("num_groups", 0)} groups do not share {channels} channels");
        int given = n.Opset < 21 ? groups : channels;
        if (n.Row(1, given) is not { } scale || n.Row(2, given) is not { } shift)
            return new Refusal($"its numbers are not one for each {(given == groups ? "group" : "channel")}");
        float[] Each(float[] of) => [.. of.SelectMany(v => Enumerable.Repeat(v, channels / given))];
        Item layer = Say.Layer("groupnorm", Say.Argument(Say.Whole(groups)), Eps(n));
        return n.Set(x with { Line = n.Book.Add(new NormLine(x.Line, layer, Each(scale), Each(shift)) { Hint = n.Node.Inputs[1] }) });
    }

    /// <summary>Reads <c>RMSNormalization</c>: a value over the root of the mean of its squares.</summary>
    public static Refusal? RootMeanSquare(ImportedNode n)
    {
        Made<Flow> featured = OverFeatures(n);
        if (featured.Value is not { } x) return featured.Refused;
        if (n.Row(1, x.Line.Features) is not { } scale) return new Refusal("its numbers are not one for each feature");
        Expr it = Say.Name("it"), mean = Say.Call("mean", Say.Binary(it, "^", Say.Whole(2)));
        Expr root = Say.Call("sqrt", Say.Binary(mean, "+", Say.Number(n.Single("epsilon", 1e-5f))));
        int[] extents = [x.Line.Features];
        return n.Set(x with
        {
            Line = n.Book.Add(new Line(x.Line.Shape, Say.Layer("rmsnorm"), x.Line)
            {
                Definition = Say.WithNumbers(extents, Say.Binary(Say.Binary(it, "/", root), "*", Say.Name("w"))),
                Hint = n.Node.Inputs[1],
                Stored = [new LayerTensor("w", extents, scale)],
            }),
        });
    }

    /// <summary>Reads <c>LpNormalization</c>: a value over its length; without a length it stays zero.</summary>
    public static Refusal? Length(ImportedNode n)
    {
        long p = n.Whole("p", 2);
        if (p is not (1 or 2)) return new Refusal($"its p is {p}; lengths are sums of absolute values (1) or of squares (2)");
        Made<Flow> featured = OverFeatures(n);
        if (featured.Value is not { } x) return featured.Refused;
        Expr it = Say.Name("x"), length = p == 2 ? Say.Call("norm", it) : Say.Call("sum", Say.Call("abs", it));
        Expr over = Say.Binary(it, "/", Say.Call("max", length, Say.Number(Smallest)));
        return n.Set(x with { Line = n.Book.Add(new Line(x.Line.Shape, Say.Layer("unit"), x.Line) { Definition = Say.Function(["x"], over) }) });
    }

    /// <summary>Reads <c>LayerNormalization</c>.</summary>
    public static Refusal? Layer(ImportedNode n)
    {
        Made<Flow> applied = n.Applied(0);
        if (applied.Value is not { } given) return applied.Refused;
        if (n.Node.Outputs.Count(o => o.Length > 0) != 1) return new Refusal("its mean or deviation is used; its value can be");
        long axis = n.Whole("axis", -1);
        if (axis < 0) axis += given.Rank;
        if (axis == 1 && given.Rank > 2 && given.HasAll) return OverAll(n, given);
        if (axis != given.Rank - 1) return new Refusal("it goes over more than the features: LayerNorm over the last axis would do");
        Made<Flow> featured = n.Book.Featured(given, given.Rank - 1);
        if (featured.Value is not { } x) return featured.Refused;
        if (n.Row(1, x.Line.Features) is not { } scale || (n.Has(2) ? n.Row(2, x.Line.Features) : new float[x.Line.Features]) is not { } shift)
            return new Refusal("its numbers are not one for each feature");
        return n.Set(x with { Line = n.Book.Add(new NormLine(x.Line, Say.Layer("layernorm", Eps(n)), scale, shift) { Hint = n.Node.Inputs[1] }) });
    }

    // Over the whole sample is over one group of all channels; each element has numbers of its own.
    private static Refusal? OverAll(ImportedNode n, Flow x)
    {
        if (x.Line.Rank < 3) return new Refusal("it goes over more than the features: LayerNorm over the last axis would do");
        float[] ones = [.. Enumerable.Repeat(1f, x.Line.Features)];
        Item layer = Say.Layer("groupnorm", Say.Argument(Say.Whole(1)), Eps(n));
        Flow normal = x with { Line = n.Book.Add(new NormLine(x.Line, layer, ones, new float[ones.Length])) };
        foreach ((int operand, string type) in new[] { (1, "Mul"), (2, "Add") })
        {
            if (!n.Has(operand)) continue;
            if (n.Known(operand) is not { IsNumbers: true } numbers) return new Refusal("its numbers are not stored");
            ImportedNode inner = n.With(new OnnxNode(type, n.Node.Name, [$"{n.Node.Outputs[0]}\n{type}", n.Node.Inputs[operand]], n.Node.Outputs));
            n.Values.Set(inner.Node.Inputs[0], normal);
            if (StoredNumbers.Read(inner, normal, numbers, swapped: false) is { } why) return why;
            Made<Flow> made = n.Book.Applied(n.Values.Flow(n.Node.Outputs[0])!);
            if (made.Value is not { } next) return made.Refused;
            normal = next;
        }

        return n.Set(normal);
    }

    // The value with its features along the axis of the norm.
    private static Made<Flow> OverFeatures(ImportedNode n)
    {
        Flow x = n.Flow(0)!;
        long axis = n.Whole("axis", -1);
        if (axis < 0) axis += x.Rank;
        if (axis < 1 || axis >= x.Rank || (n.Type == "RMSNormalization" && axis != x.Rank - 1)) return new Refusal("it goes over more than the features");
        return Featured(n, (int)axis);
    }

    /// <summary>How many neighbouring channels make a group, where the second axis counts the groups and the others hold the rest of the sample.</summary>
    private static int? Grouped(Flow x, int groups)
    {
        int features = x.Line.Features, members = features % groups == 0 ? features / groups : 0;
        if (members == 0 || x.Line.Rank < 3 || !x.HasAll || x.Layout.Axes[1].Count > 1 || x.Dims[0] != x.Line.Samples) return null;
        if (groups > 1 && x.Layout.Axes[1][0] != new OnnxRun(members, groups)) return null;
        return x.Layout.Axes[0] is [] or [{ } _] && (x.Dims[0] == 1 || x.Layout.Axes[0][0].Stride == x.Line.Sample) ? members : null;
    }

    private static Made<Flow> Featured(ImportedNode n, int axis)
    {
        Made<Flow> applied = n.Applied(0);
        return applied.Value is { } x ? n.Book.Featured(x, axis) : applied;
    }

    private static Argument Eps(ImportedNode n) => Say.Argument("eps", Say.Number(n.Single("epsilon", 1e-5f)));
}
