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
        if (n.Node.Attributes.ContainsKey("axes") || n.Node.Word("keep_aspect_ratio_policy", "stretch") != "stretch")
            return new Refusal("axes and keep_aspect_ratio_policy are not read");
        // Before opset 11, Resize was what Upsample had been.
        bool old = n.Type == "Upsample" || n.Opset < 11;
        string mode = n.Node.Word("mode", "nearest"), way = old ? "asymmetric" : n.Node.Word("coordinate_transformation_mode", "half_pixel");
        string nearest = old ? "floor" : n.Node.Word("nearest_mode", "round_prefer_floor");
        bool repeats = mode == "nearest"
            && ((way == "asymmetric" && nearest == "floor") || (way == "half_pixel" && nearest.StartsWith("round_prefer", StringComparison.Ordinal)));
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
        if (n.Known(operand) is { Count: > 0, IsNumbers: true } stored) return stored.Values;
        if (n.Known(3)?.Sizes() is not { } sizes || sizes.Length != x.Rank) return null;
        return [.. x.Dims.Zip(sizes, (d, s) => d.IsKnown && s.IsKnown ? s.Extent / (double)d.Extent : s.Times(d) ?? double.NaN)];
    }
}
