using Nn.Graphs;

namespace Nn.Ops;

/// <summary>Products of matrices.</summary>
public static class MatMulOp
{
    /// <summary>
    /// [.., M, K]·[.., K, N] → [.., M, N], either side stored transposed; leading axes must agree, or one side has none of them.
    /// </summary>
    public static readonly Op MatMul = new(
        "matmul", OpClass.Kernel, 2, Infer, Evaluate, Gradient, Flops: n => 2 * n.Shape.Count * Sizes(n).K)
    {
        TakesEpilogue = true,
        Geometry = Geometry,
    };

    /// <summary>Rows, columns and terms of a product.</summary>
    public static (int M, int N, int K) Sizes(Node node)
    {
        var t = node.Attribute<MatMulAttributes>();
        Shape a = node.Inputs[0].Shape;
        return (node.Shape[-2], node.Shape[-1], t.TransposeA ? a[-2] : a[-1]);
    }

    private static MatMulGeometry Geometry(Node node)
    {
        (int m, int n, int k) = Sizes(node);
        var t = node.Attribute<MatMulAttributes>();
        int batch = (int)node.Shape.Range(0, node.Shape.Rank - 2).Count;
        long strideA = node.Inputs[0].Shape.Rank == 2 ? 0 : (long)m * k, strideB = node.Inputs[1].Shape.Rank == 2 ? 0 : (long)k * n;
        // Products that share B and whose rows of A follow each other are one.
        if (strideB == 0 && !t.TransposeA && (strideA != 0 || batch == 1)) (m, batch, strideA) = (checked(batch * m), 1, 0);
        return new MatMulGeometry(batch, m, n, k, t.TransposeA, t.TransposeB, strideA, strideB);
    }

    private static (Shape Shape, DType Type) Infer(Node[] x, object? attributes)
    {
        var t = (MatMulAttributes)attributes!;
        Shape a = x[0].Shape, b = x[1].Shape;
        if (a.Rank < 2 || b.Rank < 2 || x[0].Type != DType.F32 || x[1].Type != DType.F32) throw Misfit(a, b, t);
        Dim m = t.TransposeA ? a[-1] : a[-2], k = t.TransposeA ? a[-2] : a[-1];
        Dim kb = t.TransposeB ? b[-1] : b[-2], n = t.TransposeB ? b[-2] : b[-1];
        Shape leadA = a.Range(0, a.Rank - 2), leadB = b.Range(0, b.Rank - 2);
        if (k != kb || (leadA != leadB && leadA.Rank != 0 && leadB.Rank != 0)) throw Misfit(a, b, t);
        return ((leadA.Rank == 0 ? leadB : leadA).Concat(new Shape(m, n)), DType.F32);
    }

    private static ShapeException Misfit(Shape a, Shape b, MatMulAttributes t) => new(
        $"matmul: {a}{(t.TransposeA ? " (transposed)" : "")} and {b}{(t.TransposeB ? " (transposed)" : "")} do not fit: the inner sizes must agree");

    private static void Evaluate(Node node, double[][] inputs, double[] output)
    {
        var t = node.Attribute<MatMulAttributes>();
        (int m, int n, int k) = Sizes(node);
        int batch = m * n == 0 ? 0 : output.Length / (m * n);
        for (int s = 0; s < batch; s++)
        {
            int a0 = node.Inputs[0].Shape.Rank == 2 ? 0 : s * m * k, b0 = node.Inputs[1].Shape.Rank == 2 ? 0 : s * k * n;
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double sum = 0;
                    for (int l = 0; l < k; l++)
                    {
                        sum += inputs[0][a0 + (t.TransposeA ? l * m + i : i * k + l)]
                            * inputs[1][b0 + (t.TransposeB ? j * k + l : l * n + j)];
                    }

                    output[(s * m + i) * n + j] = sum;
                }
            }
        }
    }

    private static IReadOnlyList<Node?> Gradient(GraphBuilder builder, Node node, Node g)
    {
        var t = node.Attribute<MatMulAttributes>();
        Node a = node.Inputs[0], b = node.Inputs[1];
        // A matrix used for every member of a batch sees one tall matrix: its gradient is one product, not a sum of many.
        if (a.Shape.Rank > 2 && b.Shape.Rank == 2 && !t.TransposeA)
        {
            Node rows = Rows(builder, a), gradientRows = Rows(builder, g);
            return
            [
                builder.MatMul(g, b, false, !t.TransposeB),
                t.TransposeB ? builder.MatMul(gradientRows, rows, true, false) : builder.MatMul(rows, gradientRows, true, false),
            ];
        }

        Node da = t.TransposeA ? builder.MatMul(b, g, t.TransposeB, true) : builder.MatMul(g, b, false, !t.TransposeB);
        Node db = t.TransposeB ? builder.MatMul(g, a, true, t.TransposeA) : builder.MatMul(a, g, !t.TransposeA, false);
        return [SumLeading(builder, da, a), SumLeading(builder, db, b)];
    }

    private static Node Rows(GraphBuilder builder, Node x) => builder.Reshape(x, new Shape(x.Shape.Range(0, x.Shape.Rank - 1).Elements, x.Shape[-1]));

    // A matrix used for every member of a batch collects the gradients of all of them.
    private static Node SumLeading(GraphBuilder builder, Node gradient, Node operand)
    {
        int extra = gradient.Shape.Rank - operand.Shape.Rank;
        return extra == 0 ? gradient : builder.Reshape(builder.Sum(gradient, new Shape([.. Enumerable.Range(0, extra)])), operand.Shape);
    }
}
