using Nn.Graphs;

namespace Nn.Ops;

/// <summary>Rows of a table by number.</summary>
public static class IndexingOps
{
    /// <summary>
    /// (table R×…, index) → index shape × …: row index[i]. A number outside 0..R−1 reads the nearest row.
    /// </summary>
    public static readonly Op Gather = new(
        "gather", OpClass.Kernel, 2,
        (x, _) => x[0].Shape.Rank > 0 && x[0].Shape[0] > 0 && x[1].Type == DType.I32
            ? (x[1].Shape.Concat(x[0].Shape.Range(1, x[0].Shape.Rank)), x[0].Type)
            : throw new ShapeException($"gather: table {x[0].Shape} and index {x[1].Type.Name()} {x[1].Shape} do not fit"),
        (n, x, y) =>
        {
            int rows = n.Inputs[0].Shape[0];
            long width = n.Inputs[0].Shape.Count / rows;
            for (int i = 0; i < x[1].Length; i++)
                Array.Copy(x[0], (long)Math.Clamp(x[1][i], 0, rows - 1) * width, y, i * width, width);
        },
        (b, n, g) => [n.Inputs[0].Type == DType.F32 ? b.ScatterAdd(n.Inputs[1], g, n.Inputs[0].Shape) : null, null],
        Flops: _ => 0)
    {
        Geometry = n => new GatherGeometry(n.Inputs[0].Shape[0], n.Inputs[0].Shape.Count / n.Inputs[0].Shape[0]),
    };

    /// <summary>(index, source) → table: each source row added to row index[i] of a table of zeros; other numbers are dropped.</summary>
    public static readonly Op ScatterAdd = new(
        "scatter_add", OpClass.Kernel, 2,
        (x, a) => x[0].Type == DType.I32 && x[1].Type == DType.F32
            && x[1].Shape == x[0].Shape.Concat(((ShapeAttributes)a!).Shape.Range(1, ((ShapeAttributes)a).Shape.Rank))
            ? (((ShapeAttributes)a).Shape, DType.F32)
            : throw new ShapeException($"scatter_add: index {x[0].Shape} and rows {x[1].Shape} do not fit"),
        (n, x, y) =>
        {
            int rows = n.Shape[0];
            long width = rows == 0 ? 0 : n.Shape.Count / rows;
            for (int i = 0; i < x[0].Length; i++)
            {
                if (x[0][i] < 0 || x[0][i] >= rows) continue;
                for (long j = 0; j < width; j++) y[(long)x[0][i] * width + j] += x[1][i * width + j];
            }
        },
        (b, n, g) =>
        {
            // Rows that were dropped have no gradient.
            Node index = n.Inputs[0];
            Node inside = b.Mul(b.LessEqual(b.Constant(0, DType.I32), index), b.Less(index, b.Constant(n.Shape[0], DType.I32)));
            Shape column = index.Shape.Concat(new Shape([.. Enumerable.Repeat(1, n.Inputs[1].Shape.Rank - index.Shape.Rank)]));
            return [null, b.Mul(b.Gather(g, index), b.Reshape(inside, column))];
        },
        Flops: n => n.Inputs[1].Shape.Count)
    {
        Geometry = n => new ScatterAddGeometry(n.Shape[0], n.Shape.Range(1, n.Shape.Rank).Count),
    };
}
