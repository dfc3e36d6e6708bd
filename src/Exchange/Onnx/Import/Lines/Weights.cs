using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Brings stored weights into the order in which layers keep them.</summary>
internal static class Weights
{
    /// <summary>Times a number.</summary>
    public static float[] Times(float[] values, double factor) => factor == 1 ? values : Array.ConvertAll(values, v => (float)(v * factor));

    /// <summary>The axes in another order.</summary>
    public static float[] Permuted(float[] values, int[] dims, params int[] order)
    {
        if (values.Length == 0) return values;
        (long[] starts, (long stride, Dim extent)) = OnnxLayout.Plain(dims).Transpose(order).Rows();
        var permuted = new float[values.Length];
        int at = 0;
        foreach (long start in starts)
        {
            for (int i = 0; i < extent; i++) permuted[at++] = values[start + i * stride];
        }

        return permuted;
    }

    /// <summary>The rows of a table of so many columns, each put where the order says; as they are where that is where they are.</summary>
    public static float[] Placed(float[] rows, int columns, int[] order)
    {
        if (order.Select((to, from) => to == from).All(same => same)) return rows;
        var placed = new float[rows.Length];
        for (int k = 0; k < order.Length; k++) Array.Copy(rows, k * columns, placed, order[k] * columns, columns);
        return placed;
    }

    /// <summary>Places that are each of so many once; null where they are not.</summary>
    public static int[]? Permutation(long[] places, long count)
    {
        if (places.Length != count) return null;
        var seen = new bool[count];
        foreach (long p in places)
        {
            if (p < 0 || p >= count || seen[p]) return null;
            seen[p] = true;
        }

        return Array.ConvertAll(places, p => (int)p);
    }
}
