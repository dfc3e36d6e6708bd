using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Computes with extents of which some are multiples of the batch: what a file makes of shapes before it reshapes.</summary>
internal static class OnnxSizeArithmetic
{
    /// <summary>What an operator on single elements gives; null where the number of samples would have to be known.</summary>
    public static OnnxKnown? Of(OnnxNode n, OnnxKnown[] x)
    {
        Dim[]? dims = x[0].Dims;
        foreach (OnnxKnown v in x) dims = dims is null ? null : OnnxAxes.Together(dims, v.Dims);
        if (dims is null || OnnxSize.Product(dims) is not { IsKnown: true, Extent: <= 32 } || x.Any(v => !v.Whole && v.Type != OnnxType.Bool)) return null;
        Dim[][] operands = [.. x.Select(v => Each(v, dims))];
        var made = new Dim[operands[0].Length];
        for (int i = 0; i < made.Length; i++)
        {
            if (One(n.Type, [.. operands.Select(o => o[i])]) is not { } value) return null;
            made[i] = value;
        }

        OnnxType type = n.Type switch
        {
            "Equal" => OnnxType.Bool,
            "Where" => x[1].Type,
            _ => x[0].Type,
        };
        return new OnnxKnown(type, OnnxLayout.Plain(dims), OnnxElements.Of(made));
    }

    private static Dim[] Each(OnnxKnown x, Dim[] dims)
    {
        OnnxLayout layout = x.Layout.Repeat(dims)!;
        return Array.ConvertAll(layout.Places([.. Enumerable.Range(0, dims.Length)]), p => x.Elements.Size(layout.Offset + p));
    }

    private static Dim? One(string type, Dim[] v) => (type, v) switch
    {
        ("Identity", [var a]) => a,
        ("Neg", [var a]) => a * -1,
        ("Add", [var a, var b]) => a + b,
        ("Sub", [var a, var b]) => a - b,
        ("Mul", [var a, var b]) => OnnxSize.Product(a, b),
        ("Div", [var a, var b]) => b == 0 ? null : OnnxSize.Over(a, b) ?? (a.IsKnown && b.IsKnown ? a.Extent / b.Extent : (Dim?)null),
        ("Equal", [var a, var b]) => Same(a, b),
        ("Where", [{ IsKnown: true } c, var a, var b]) => c != 0 ? a : b,
        _ => null,
    };

    // There is a sample at least: what is less than that is no batch.
    private static Dim? Same(Dim a, Dim b)
    {
        if (a == b) return 1;
        if (a.IsKnown && b.IsKnown) return 0;
        return (a.IsKnown && a < 1) || (b.IsKnown && b < 1) ? 0 : null;
    }
}
