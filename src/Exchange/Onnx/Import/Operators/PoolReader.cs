using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Pools, and the zeros around what windows go over.</summary>
internal static class PoolReader
{
    /// <summary>Reads <c>MaxPool</c> and <c>AveragePool</c>.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        PaddedValue? padded = n.Values[n.Node.Inputs[0]] as PaddedValue;
        Flow x = padded?.Value ?? n.Flow(0)!;
        int rank = x.Rank - 2;
        if (rank is not (1 or 2) || n.Node.Outputs.Count != 1)
            return new Refusal("positions of the largest, and windows over other than one or two axes are not read");
        if (!n.Node.Attributes.ContainsKey("kernel_shape")) return new Refusal("it has no kernel_shape");
        if (padded is not null && Window.PadsItself(n.Node)) return new Refusal("it is padded twice");
        int[] window = Window.Steps(n.Node, "kernel_shape", rank), stride = Window.Steps(n.Node, "strides", rank);
        int[] dilation = Window.Steps(n.Node, "dilations", rank), order = [0, .. Enumerable.Range(2, rank), 1];
        long[]? pads = padded?.Sides ?? n.Node.Wholes("pads");
        bool row = rank == 2 && ConvolutionReader.IsRow(x, pads) && window[0] == 1;
        if (row)
            (rank, window, stride, dilation, order, pads) = (1, window[1..], stride[1..], dilation[1..], [0, 2, 1], pads is null ? null : [pads[1], pads[3]]);
        Made<Line> arranged = n.Book.Arranged(row ? x with { Layout = x.Layout.Without(2) } : x, order);
        if (arranged.Value is not { } input) return arranged.Refused;
        int[] extents = [.. input.Shape[1..^1].Select(d => d.Extent)];
        // Zeros that were put around the value before count in a mean, as those do that are told to.
        int[] counted = Window.PadsOf(pads, rank);
        bool counts = n.Whole("count_include_pad", 0) == 1 || padded is not null;
        if (n.Whole("ceil_mode", 0) == 1 && n.Node.Word("auto_pad", "NOTSET") == "NOTSET")
        {
            if (window.Concat(stride).Any(v => v is < 1 or > LineBook.MaxWindow)) return new Refusal("its window or stride is none");
            pads = Beyond(extents, window, stride, Window.PadsOf(pads, rank));
        }

        if (counted.Where((p, i) => p >= window[i % rank]).Any() || pads?.Any(p => p > LineBook.MaxWindow) == true)
            return new Refusal("there is more padding than window");
        if (dilation.Any(d => d != 1) || Window.Over(n.Node, extents, window, stride, dilation, pads, causal: false) is not { } made)
            return new Refusal("this padding or dilation has no counterpart");
        Dim[] sizes = [input.Samples, .. made.Sizes, input.Features];
        var line = new Line(
            sizes,
            Say.Layer(
                n.Type == "MaxPool" ? "maxpool" : "avgpool", Say.Argument(Say.Extents(window)),
                Say.Option("stride", !stride.SequenceEqual(window), Say.Extents(stride)), made.Padding), input);
        n.Book.Add(line);
        if (n.Type == "AveragePool" && made.Pads.Any(p => p != 0))
        {
            if (n.Node.Word("auto_pad", "NOTSET") != "NOTSET") counted = made.Pads;
            line = Counted(n.Book, line, extents, window, stride, made, counts ? counted : new int[2 * rank]);
        }

        Flow result = Flow.Of(line, order);
        return n.Set(row ? result with { Layout = result.Layout.Insert(2) } : result);
    }

    // Here a mean is over the whole window, zeros around the value among them; there it may be over what lies within the value, or within the padding that
    // counts. A number for each place makes the one from the other.
    private static Line Counted(LineBook book, Line means, int[] extents, int[] window, int[] stride, Window made, int[] counted)
    {
        int rank = window.Length;
        // How many places of the window at a place of the result count.
        int Within(int axis, int place)
        {
            int start = place * stride[axis] - made.Pads[axis], end = Math.Min(start + window[axis], extents[axis] + counted[axis + rank]);
            return end - Math.Max(start, -counted[axis]);
        }

        int[] sizes = made.Sizes;
        float[] factors =
        [
            .. Enumerable.Range(0, sizes.Aggregate(1, (n, s) => n * s)).Select(i =>
            {
                double factor = 1;
                for (int a = rank - 1; a >= 0; a--) (factor, i) = (factor * window[a] / Within(a, i % sizes[a]), i / sizes[a]);
                return (float)factor;
            }),
        ];
        if (factors.All(f => f == 1)) return means;
        int[] extentsOfAll = [.. sizes, 1];
        return book.Add(new Line(means.Shape, Say.Layer("counted"), means)
        {
            Definition = Say.WithKept(extentsOfAll, Say.Binary(Say.Name("it"), "*", Say.Name("w"))),
            Stored = [new LayerTensor("w", extentsOfAll, factors)],
        });
    }

    /// <summary>Reads <c>Pad</c>: zeros around a value belong to the window that moves over it next.</summary>
    public static Refusal? Pad(ImportedNode n)
    {
        if (n.Flow(0) is not { } x) return Refusal.Unexplained;
        if (n.Has(3)) return new Refusal("its axes are not read");
        bool zeros = n.Node.Word("mode", "constant") == "constant" && (!n.Has(2) || n.Known(2)?.Single == 0) && n.Single("value", 0) == 0;
        long[]? sides = !n.Has(1) ? n.Node.Wholes("pads") : n.Known(1)?.Integers() is { } given ? Array.ConvertAll(given, v => (long)v) : null;
        if (!zeros || sides is null || sides.Length != 2 * x.Rank) return new Refusal("only zeros are put around a value");
        if (sides.All(s => s == 0)) return n.Set(x);
        if (x.Rank < 3 || sides[0] != 0 || sides[1] != 0 || sides[x.Rank] != 0 || sides[x.Rank + 1] != 0)
            return new Refusal("zeros are put around images and sequences, not around channels");
        return n.Set(new PaddedValue(x, [.. sides[2..x.Rank], .. sides[(x.Rank + 2)..]]));
    }

    // A last window that begins within the value goes as far beyond its end as it needs.
    private static long[] Beyond(int[] extents, int[] window, int[] stride, int[] sides)
    {
        int rank = window.Length;
        for (int a = 0; a < rank; a++)
        {
            int size = extents[a], count = (size + sides[a] + sides[a + rank] - window[a] + stride[a] - 1) / stride[a] + 1;
            if ((count - 1) * stride[a] >= size + sides[a]) count--;
            sides[a + rank] = Math.Max(sides[a + rank], (count - 1) * stride[a] + window[a] - size - sides[a]);
        }

        return Array.ConvertAll(sides, s => (long)s);
    }
}
