using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Norms and softmax, as single operations.</summary>
internal static class NormReader
{
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

    /// <summary>Reads <c>LayerNormalization</c>.</summary>
    public static Refusal? Layer(ImportedNode n)
    {
        Made<Flow> applied = n.Applied(0);
        if (applied.Value is not { } given) return applied.Refused;
        long axis = n.Whole("axis", -1);
        if ((axis < 0 ? axis + given.Rank : axis) != given.Rank - 1 || n.Node.Outputs.Count(o => o.Length > 0) != 1)
            return new Refusal("it goes over more than the features: LayerNorm over the last axis would do");
        Made<Flow> featured = n.Book.Featured(given, given.Rank - 1);
        if (featured.Value is not { } x) return featured.Refused;
        if (n.Row(1, x.Line.Features) is not { } scale || (n.Has(2) ? n.Row(2, x.Line.Features) : new float[x.Line.Features]) is not { } shift)
            return new Refusal("its numbers are not one for each feature");
        return n.Set(x with { Line = n.Book.Add(new NormLine(x.Line, Say.Layer("layernorm", Eps(n)), scale, shift) { Hint = n.Node.Inputs[1] }) });
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
