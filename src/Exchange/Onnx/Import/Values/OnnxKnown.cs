using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>A tensor whose elements are known before anything runs: a view of elements that are stored or were computed.</summary>
/// <param name="Type">Type of an element.</param>
/// <param name="Layout">Where its elements lie among them. Along the batch they are all the same, and lie no distance apart.</param>
/// <param name="Elements">All elements.</param>
internal sealed record OnnxKnown(OnnxType Type, OnnxLayout Layout, OnnxElements Elements) : ImportedValue
{
    /// <summary>Extents.</summary>
    public Dim[] Dims => Layout.Dims;

    /// <summary>Number of axes.</summary>
    public int Rank => Layout.Rank;

    /// <summary>Whether its elements are whole numbers.</summary>
    public bool Whole => IsWhole(Type);

    /// <summary>Whether a type holds whole numbers alone.</summary>
    public static bool IsWhole(OnnxType type) => Range(type) is not null;

    /// <summary>What a type of whole numbers holds; null for other types.</summary>
    public static (double Least, double Most)? Range(OnnxType type) => type switch
    {
        OnnxType.UInt8 => (0, byte.MaxValue),
        OnnxType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        OnnxType.UInt16 => (0, ushort.MaxValue),
        OnnxType.Int16 => (short.MinValue, short.MaxValue),
        OnnxType.UInt32 => (0, uint.MaxValue),
        OnnxType.Int32 => (int.MinValue, int.MaxValue),
        OnnxType.UInt64 => (0, ulong.MaxValue),
        OnnxType.Int64 => (long.MinValue, long.MaxValue),
        _ => null,
    };

    /// <summary>Number of elements, those of the batch once.</summary>
    public long Count => Layout.Once().Count.Factor;

    /// <summary>Whether the extents and all elements are numbers, none of them the batch.</summary>
    public bool IsNumbers => AreNumbers && Layout.Count.Batches == 0;

    /// <summary>Whether all elements are numbers, none of them the batch.</summary>
    public bool AreNumbers => Elements.AreNumbers || (Sizes(int.MaxValue) is { } sizes && Array.TrueForAll(sizes, s => s.IsKnown));

    /// <summary>The only element, or null where there are several.</summary>
    public double? Single => IsNumbers && Count == 1 ? Elements.Number(Layout.Offset) : null;

    /// <summary>The elements row by row, those of the batch once.</summary>
    public double[] Values => Each(Elements.Number);

    /// <summary>A stored tensor.</summary>
    public static OnnxKnown Of(OnnxTensor t) =>
        new(t.Type, OnnxLayout.Plain(t.Dims.Select(d => (int)d).ToArray()), OnnxElements.Of(t.Type, t.Bytes));

    /// <summary>Elements that were computed, row by row.</summary>
    public static OnnxKnown Of(OnnxType type, int[] dims, params double[] values) => new(type, OnnxLayout.Plain(dims), OnnxElements.Of(values));

    /// <summary>A list of extents.</summary>
    public static OnnxKnown List(params Dim[] sizes) => new(OnnxType.Int64, OnnxLayout.Plain(sizes.Length), OnnxElements.Of(sizes));

    /// <summary>The elements as places, kept within ±2³¹; null where they are no whole numbers, or too many.</summary>
    public int[]? Integers(int most = 32) => Sizes(most) is { } sizes && sizes.All(s => s.IsKnown) ? Array.ConvertAll(sizes, s => s.Extent) : null;

    /// <summary>The elements as extents; null where they are no whole numbers, or too many.</summary>
    public Dim[]? Sizes(int most = 32)
    {
        if (!Whole || Count > most || Count < 0) return null;
        return Each(Elements.Size);
    }

    /// <summary>The elements row by row as 32-bit numbers, those of the batch once.</summary>
    public float[] Floats()
    {
        OnnxLayout once = Layout.Once();
        if ((once with { Offset = 0 }).IsWhole(once.Count)) return Elements.Singles(once.Offset, (int)Count);
        return Each(Elements.Single);
    }

    private T[] Each<T>(Func<long, T> element)
    {
        OnnxLayout once = Layout.Once();
        (long[] starts, (long stride, Dim extent)) = once.Rows();
        var values = new T[once.Count.Factor];
        int at = 0;
        foreach (long start in starts)
        {
            for (int i = 0; i < extent; i++) values[at++] = element(once.Offset + start + i * stride);
        }

        return values;
    }

    /// <summary>The only element as a value without axes.</summary>
    public OnnxKnown Scalar() => this with { Layout = new OnnxLayout([], Layout.Offset) };

    /// <summary>The same elements with the axes in another order.</summary>
    public OnnxKnown Transposed(params int[] order) => this with { Layout = Layout.Transpose(order) };

    /// <summary>The value of which every sample of the batch has one; null where samples have their own.</summary>
    public OnnxKnown? OfOne() => Layout.Axes.All(a => a.All(r => r.Extent.IsKnown) || a.All(r => r.Stride == 0))
        ? this with { Layout = Layout with { Axes = [.. Layout.Axes.Select(a => a.All(r => r.Extent.IsKnown) ? a : [])] } }
        : null;
}
