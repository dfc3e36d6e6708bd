using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>How many elements a value has: a number, for each sample of a batch where that is not known.</summary>
/// <param name="Factor">The number.</param>
/// <param name="Batches">How many axes are multiples of the batch.</param>
internal readonly record struct OnnxSize(long Factor, int Batches)
{
    /// <summary>The elements that extents make.</summary>
    public static OnnxSize Of(IEnumerable<Dim> dims)
    {
        var size = new OnnxSize(1, 0);
        foreach (Dim d in dims)
        {
            size = d.IsKnown
                ? size with { Factor = size.Factor * d.Extent }
                // What is no multiple of the batch is equal to nothing.
                : new OnnxSize(size.Factor * (d.Times(Dim.Batch) ?? -1), size.Batches + 1);
        }

        return size;
    }

    /// <summary>The product; null where both are multiples of the batch, or it is too large.</summary>
    public static Dim? Product(Dim a, Dim b)
    {
        if (!a.IsKnown && !b.IsKnown) return null;
        long factor = (long)Factors(a) * Factors(b);
        if (Math.Abs(factor) > int.MaxValue) return null;
        return a.IsKnown && b.IsKnown ? (int)factor : (a.IsKnown ? b : a) * (a.IsKnown ? a : b);
    }

    /// <summary>The product of several; null where it is none.</summary>
    public static Dim? Product(IEnumerable<Dim> dims)
    {
        Dim? product = 1;
        foreach (Dim d in dims) product = product is { } p ? Product(p, d) : null;
        return product;
    }

    /// <summary>What is left where a part of an extent is taken; null where it does not go into it.</summary>
    public static Dim? Over(Dim of, Dim by)
    {
        if (by == 1) return of;
        if (of.Times(by) is { } times) return times;
        return !of.IsKnown && by is { IsKnown: true, Extent: > 0 } && of.Times(Dim.Batch) is { } factor && factor % by.Extent == 0
            ? Dim.Batch * (factor / by.Extent)
            : null;
    }

    private static int Factors(Dim d) => d.IsKnown ? d.Extent : d.Times(Dim.Batch) ?? int.MaxValue;
}
