using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>A layer forward and the same kind of layer in reverse, their states side by side.</summary>
internal static class BothDirections
{
    /// <summary>Both as one layer; null where they are none.</summary>
    public static Flow? Of(LineBook book, Flow[] parts, int axis)
    {
        if (parts is not [{ Line: RecurrentLine a } x, { Line: RecurrentLine b } y] || a.With(b) is not { } both) return null;
        int units = a.Units;
        if (x.Layout.Axes[axis] is not ([] or [{ Stride: 1 }]) || x.Dims[axis] != units || y.Dims[axis] != units) return null;
        long end = (a.Shape[1] - 1L) * units;
        bool last = x.Layout.Offset == end && y.Layout.Offset == 0 && end > 0;
        if (!(last ? (y.Layout with { Offset = end }).SameAs(x.Layout) : x.Layout.Offset == 0 && x.Layout.SameAs(y.Layout))) return null;
        OnnxRun[][] axes = [.. x.Layout.Axes.Select((runs, i) => i != axis ? [.. runs.Select(r => r with { Stride = 2 * r.Stride })] : runs.ToArray())];
        OnnxRun side = last ? new OnnxRun(units - 2 * end, 2) : new OnnxRun(units, 2);
        axes[axis] = [.. OnnxLayout.Joined([side, .. axes[axis]])];
        return new Flow(book.Add(both), new OnnxLayout(axes, last ? 2 * end : 0), OnnxFormula.X);
    }
}
