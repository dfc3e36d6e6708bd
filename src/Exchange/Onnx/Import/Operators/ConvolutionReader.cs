using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Convolutions and transposed ones. Images are channels, height, width in the file and sequences channels, length. Kernels are [outputs, inputs ÷ groups,
/// window…] of the convolution, and of that which a transposed one leads back from.
/// </summary>
internal static class ConvolutionReader
{
    /// <summary>Reads <c>Conv</c> and <c>ConvTranspose</c>.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        bool transposed = n.Type == "ConvTranspose";
        if (n.Known(1) is not { Whole: false, IsNumbers: true, Rank: >= 3 } w) return new Refusal("its kernel is not stored in the file");
        PaddedValue? padded = n.Values[n.Node.Inputs[0]] as PaddedValue;
        Flow x = padded?.Value ?? n.Flow(0)!;
        int rank = w.Rank - 2, groups = (int)Math.Clamp(n.Whole("group", 1), 0, LineBook.MaxExtent);
        int[] dims = Array.ConvertAll(w.Dims, d => d.Extent);
        int[] stride = Window.Steps(n.Node, "strides", rank), dilation = Window.Steps(n.Node, "dilations", rank);
        if (rank > 2) return new Refusal("windows over more than two axes have no layer");
        if (x.Rank != rank + 2 || groups < 1 || w.Count == 0) return new Refusal("its value and its kernel do not fit");
        float[] values = w.Floats();
        if (transposed && !Lengthened(n.Node, ref values, ref dims, dilation)) return new Refusal("this output_padding has no counterpart");
        if (n.Node.Wholes("kernel_shape") is { } shape && !shape.SequenceEqual(w.Dims.Skip(2).Select(d => (long)d.Extent)))
            return new Refusal("its kernel_shape is not that of its kernel");
        if (padded is not null && Window.PadsItself(n.Node)) return new Refusal("it is padded twice");
        long[]? pads = padded?.Sides ?? n.Node.Wholes("pads");
        // A sequence as an image of height 1.
        bool row = rank == 2 && IsRow(x, pads) && dims[2] == 1;
        if (row) (rank, stride, dilation, dims, pads) = (1, stride[1..], dilation[1..], [.. dims[..2], dims[3]], pads is null ? null : [pads[1], pads[3]]);
        int[] window = dims[2..], order = [0, .. Enumerable.Range(2, rank), 1];
        Made<Line> arranged = n.Book.Arranged(row ? x with { Layout = x.Layout.Without(2) } : x, order);
        if (arranged.Value is not { } input) return arranged.Refused;
        int[] extents = [.. input.Shape[1..^1].Select(d => d.Extent)];
        long channels = transposed ? (long)dims[1] * groups : dims[0], inputs = transposed ? dims[0] : (long)dims[1] * groups;
        if (channels > LineBook.MaxExtent || inputs != input.Features)
            return new Refusal($"the value has {input.Features} channels, the kernel is for {inputs}");
        Window? made = transposed
            ? Window.Before(n.Node, extents, window, stride, dilation, pads)
            : Window.Over(n.Node, extents, window, stride, dilation, pads, causal: true);
        if (made is null) return new Refusal("this padding has no counterpart");
        float[]? bias = n.Has(2) ? n.Row(2, channels) : null;
        if (n.Has(2) && bias is null) return new Refusal("its bias is none of the channels");
        int[] kernel = rank == 1 ? [1, .. window] : window;
        var weight = new LayerTensor("weight", [.. kernel, dims[1], dims[0]], Weights.Permuted(values, dims, [.. Enumerable.Range(2, rank), 1, 0]));
        Item layer = Say.Layer(
            transposed ? "conv_transpose" : "conv", Say.Argument(Say.Whole(channels)), Say.Argument(Say.Extents(window)), Window.Option("stride", stride),
            made.Padding, Window.Option("dilation", dilation), Say.Option("groups", groups != 1, Say.Whole(groups)));
        Dim[] sizes = [input.Samples, .. made.Sizes, (int)channels];
        Flow result = Flow.Of(n.Book.Add(new ConvLine(sizes, layer, input, weight, bias) { Hint = n.Node.Inputs[1] }), order);
        return n.Set(row ? result with { Layout = result.Layout.Insert(2) } : result);
    }

    /// <summary>Whether an image is a sequence whose height is 1, with no rows around it.</summary>
    public static bool IsRow(Flow x, long[]? pads) =>
        x.Line.Rank == 3 && x.Layout.Axes[2].Count == 0 && (pads is null || (pads.Length == 4 && pads[0] == 0 && pads[2] == 0));

    // Rows and columns that output_padding adds at the end are those of a window with zeros at its end.
    private static bool Lengthened(OnnxNode n, ref float[] values, ref int[] dims, int[] dilation)
    {
        int rank = dilation.Length;
        long[] more = n.Wholes("output_padding") is { } given && given.Length == rank ? given : new long[rank];
        if (more.All(m => m == 0)) return true;
        int[] wide = [.. dims];
        for (int i = 0; i < rank; i++)
        {
            if (dilation[i] < 1 || more[i] < 0 || more[i] > LineBook.MaxWindow || more[i] % dilation[i] != 0 || dims[i + 2] > LineBook.MaxWindow) return false;
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
}
