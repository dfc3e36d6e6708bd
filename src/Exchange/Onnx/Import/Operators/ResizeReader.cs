using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Enlarging images and sequences by whole factors only: there, nearest is the same with all the ways to count pixels that are let through here.
/// </summary>
internal static class ResizeReader
{
    /// <summary>Reads <c>Resize</c> and <c>Upsample</c>.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        if (n.Flow(0) is not { } x) return Refusal.Unexplained;
        if (n.Node.Word("keep_aspect_ratio_policy", "stretch") != "stretch") return new Refusal("keep_aspect_ratio_policy is not read");
        // Before opset 11, Resize was what Upsample had been.
        bool old = n.Type == "Upsample" || n.Opset < 11;
        string mode = n.Node.Word("mode", "nearest"), way = old ? "asymmetric" : n.Node.Word("coordinate_transformation_mode", "half_pixel");
        string nearest = old ? "floor" : n.Node.Word("nearest_mode", "round_prefer_floor");
        bool rounds = nearest.StartsWith("round_prefer", StringComparison.Ordinal);
        bool repeats = mode == "nearest" && way switch
        {
            "asymmetric" or "tf_half_pixel_for_nn" => nearest == "floor",
            "half_pixel" or "pytorch_half_pixel" => rounds,
            _ => false,
        };
        bool interpolates = mode == "linear"
            && way is ("half_pixel" or "pytorch_half_pixel")
            && n.Whole("antialias", 0) == 0
            && n.Whole("exclude_outside", 0) == 0;
        if (x.Rank < 3 || !(repeats || interpolates))
            return new Refusal($"{mode} with {way} pixels is no upsampling here: nearest, or bilinear with align_corners=False and opset 11, would do");
        double[]? factors = Factors(n, x, old ? 1 : 2);
        if (factors is not [1, 1, ..] || factors.Length != x.Rank || factors.Any(f => f is not (>= 1 and <= LineBook.MaxWindow) || f != Math.Floor(f)))
            return new Refusal("it enlarges by other than whole factors");
        int[] order = [0, .. Enumerable.Range(2, x.Rank - 2), 1], factor = [.. factors.Skip(2).Select(f => (int)f)];
        Made<Line> arranged = n.Book.Arranged(x, order);
        if (arranged.Value is not { } input) return arranged.Refused;
        long[] grown = [.. factor.Zip(input.Shape[1..^1], (f, d) => (long)f * d)];
        if (grown.Any(d => d > LineBook.MaxExtent)) return Refusal.Unexplained;
        Dim[] shape = [input.Samples, .. grown.Select(d => (Dim)(int)d), input.Features];
        var line = new Line(shape, Say.Layer("upsample", Say.Argument(Say.Extents(factor)), Say.Option("bilinear", !repeats)), input);
        return n.Set(Flow.Of(n.Book.Add(line), order));
    }

    // For each axis, from numbers or from sizes.
    private static double[]? Factors(ImportedNode n, Flow x, int operand)
    {
        if (n.Node.Attributes.GetValueOrDefault("scales") is float[] own) return Array.ConvertAll(own, f => (double)f);
        // All axes, or those that are named; the others stay as they are.
        int[]? axes = n.Node.Attributes.ContainsKey("axes") ? OnnxAxes.Axes(n.Node, x.Rank, null) : [.. Enumerable.Range(0, x.Rank)];
        if (axes is null || axes.Distinct().Count() != axes.Length) return null;
        double[]? given = n.Known(operand) is { Count: > 0, IsNumbers: true } stored
            ? stored.Values
            : n.Known(3)?.Sizes() is { } sizes && sizes.Length == axes.Length
            ? [.. axes.Zip(sizes, (a, s) => Factor(x.Dims[a], s))]
            : null;
        if (given?.Length != axes.Length) return null;
        double[] factors = [.. Enumerable.Repeat(1.0, x.Rank)];
        for (int i = 0; i < axes.Length; i++) factors[axes[i]] = given[i];
        return factors;
    }

    private static double Factor(Dim from, Dim to) => from.IsKnown && to.IsKnown ? to.Extent / (double)from.Extent : to.Times(from) ?? double.NaN;
}
