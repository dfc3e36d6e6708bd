using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Products with stored weights. They go over the last axis of whatever they meet; an image or sequence that is flattened before is flattened here in another
/// order.
/// </summary>
internal static class DenseReader
{
    /// <summary>Reads <c>MatMul</c> and <c>Gemm</c> with weights.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        if (n.Known(1) is not { Whole: false, IsNumbers: true, Rank: 2 } stored) return new Refusal("its second operand is no stored table of weights");
        if (n.Whole("transA", 0) != 0) return new Refusal("it turns the value over (transA)");
        bool gemm = n.Type == "Gemm";
        OnnxKnown table = gemm && n.Whole("transB", 0) != 0 ? stored.Transposed(1, 0) : stored;
        int inputs = table.Dims[0], units = table.Dims[1];
        Flow x = n.Flow(0)!;
        // One number is the bias of all units.
        float[]? bias = gemm && n.Has(2)
            ? n.Row(2, units) ?? (n.Known(2)?.Single is { } same ? [.. Enumerable.Repeat((float)same, units)] : null)
            : null;
        if (gemm && n.Has(2) && bias is null) return new Refusal("its bias is none of the units");
        if (x.Rank < 2 || x.Dims[^1] != inputs || units < 1)
            return new Refusal($"the value is of {LineBook.Told(x.Dims)}, the weights are for {inputs} features");
        float[] weight = Weights.Times(table.Floats(), n.Single("alpha", 1));
        bias = bias is null ? null : Weights.Times(bias, n.Single("beta", 1));
        if (x is { Line: MixedLine mixed, IsPlain: true } && AttentionReader.Output(mixed, x, weight, bias, units) is { } attention)
            return attention.Value is { } layer ? n.Set(x.Widened(n.Book.Add(layer))) : attention.Refused;
        Made<Flow> given = Features(n, inputs);
        if (given.Value is not { } features) return given.Refused;
        // Row by row in the order in which the features lie here.
        float[] rows = Weights.Placed(weight, units, Ordered(features, inputs)!);
        var dense = new DenseLine([.. features.Line.Shape[..^1], units], features.Line, rows, bias) { Hint = n.Node.Inputs[1] };
        return n.Set(features.Widened(n.Book.Add(dense)));
    }

    /// <summary>Where the features of the last axis lie; null where they are not those of the line's value.</summary>
    public static int[]? Ordered(Flow x, int inputs) =>
        x.Line.Features == inputs && x.HasAll && x.Layout.Axes[^1].All(r => r.Stride < inputs && r.Extent.IsKnown)
            ? Weights.Permutation(x.Layout.Places(x.Rank - 1), inputs)
            : null;

    // The value with as many features as the weights have inputs.
    private static Made<Flow> Features(ImportedNode n, int inputs)
    {
        Made<Flow> applied = n.Applied(0);
        if (applied.Value is not { } x || Ordered(x, inputs) is not null) return applied;
        Made<Flow> joined = Joined(n.Book, x, inputs);
        if (joined.Value is null)
        {
            Made<Line> line = n.Book.Arranged(x);
            joined = line.Value is { } found ? Flow.Of(found) : line.Refused!;
        }

        return joined.Value is { } made && Ordered(made, inputs) is null ? new Refusal("its inputs are no features of one place") : joined;
    }

    // The last axes of the line's value as one, or the last as two, where that gives the features of the product: the whole sample, or a part of each place.
    private static Made<Flow> Joined(LineBook book, Flow x, int inputs)
    {
        Dim[] shape = x.Line.Shape;
        if (!x.HasAll) return Refusal.Unexplained;
        for (int axes = 1; axes < shape.Length - 1; axes++)
        {
            if (shape[axes..].Aggregate(1L, (n, d) => n * d) == inputs && book.Shaped(x.Line, [.. shape[..axes], inputs]).Value is { } joined)
                return x with { Line = joined };
        }

        return x.Line.Features > inputs && x.Line.Features % inputs == 0
            && book.Shaped(x.Line, [.. shape[..^1], x.Line.Features / inputs, inputs]).Value is { } split
            ? x with { Line = split }
            : Refusal.Unexplained;
    }
}
