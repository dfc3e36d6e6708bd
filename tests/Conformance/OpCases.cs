using Nn.Graphs;
using Nn.Ops;

namespace Nn.Tests.Conformance;

/// <summary>The conformance table.</summary>
public static class OpCases
{
    private static readonly Shape[] Sizes = [new(1), new(7), new(31), new(257), new(0), new(3, 17), new(2, 3, 5), new(4, 1), new(1, 64)];

    public static IReadOnlyList<OpCase> All { get; } = [.. Elementwise(), .. Reductions(), .. CumulativeSums(), .. MatMuls(), .. Convolutions(), .. Pools(),
        .. Movements(), .. Indexing(), .. Leaves(), .. ScanCases.All()];

    private static CaseInput In(params int[] dims) => new(new Shape(dims));

    private static IEnumerable<OpCase> Elementwise()
    {
        (Op Op, double Low, double High, double Tolerance, bool Smooth)[] unary =
        [
            (ElementwiseOps.Neg, -2, 2, 0, true), (ElementwiseOps.Abs, 0.1, 2, 0, true), (ElementwiseOps.Sign, 0.1, 2, 0, true),
            (ElementwiseOps.Floor, 0.1, 0.9, 0, true),
            (ElementwiseOps.Exp, -20, 20, 1e-5, false), (ElementwiseOps.Exp, -2, 2, 1e-5, true), (ElementwiseOps.Expm1, -3, 3, 1e-5, true),
            (ElementwiseOps.Expm1, -1e-3, 1e-3, 1e-5, true), (ElementwiseOps.Log, 1e-3, 50, 1e-5, true), (ElementwiseOps.Sqrt, 0.1, 9, 1e-5, true),
            (ElementwiseOps.Tanh, -6, 6, 1e-5, true), (ElementwiseOps.Tanh, -1e-3, 1e-3, 1e-5, true), (ElementwiseOps.Erf, -4, 4, 1e-5, true),
            (ElementwiseOps.Sin, -30, 30, 1e-5, true), (ElementwiseOps.Cos, -30, 30, 1e-5, true),
            (ElementwiseOps.Sigmoid, -30, 30, 1e-5, true), (ElementwiseOps.Softplus, -40, 40, 1e-5, true), (ElementwiseOps.Detach, -2, 2, 0, false),
        ];
        foreach (var u in unary)
        {
            foreach (Shape s in Sizes)
                yield return new OpCase(
                    u.Op, $"{s} in {u.Low}..{u.High}", [new CaseInput(s, u.Low, u.High)], (g, x) => g.Add(u.Op, null, x[0]), u.Tolerance, u.Smooth);
        }

        Op[] binary =
            [ElementwiseOps.Add, ElementwiseOps.Sub, ElementwiseOps.Mul, ElementwiseOps.Div, ElementwiseOps.Pow, ElementwiseOps.Min, ElementwiseOps.Max];
        (Shape, Shape)[] pairs =
        [
            (new(7), new(7)), (new(3, 17), new(17)), (new(3, 17), new(3, 1)), (new(3, 1), new(1, 17)), (new(2, 3, 5), new(2, 1, 5)), (Shape.Scalar, new(31)),
            (new(0, 4), new(4)), (new(257), Shape.Scalar),
        ];
        foreach (Op op in binary)
        {
            foreach ((Shape a, Shape b) in pairs)
                yield return new OpCase(op, $"{a} with {b}", [new CaseInput(a, 0.5, 2), new CaseInput(b, 2.1, 3)], (g, x) => g.Add(op, null, x[0], x[1]));
        }

        foreach (Op op in new[] { ElementwiseOps.Less, ElementwiseOps.LessEqual, ElementwiseOps.Equal })
        {
            yield return new OpCase(op, "of floats", [In(31), In(31)], (g, x) => g.Add(op, null, x[0], x[1]), 0);
            yield return new OpCase(op, "of integers", [new CaseInput(new Shape(3, 9), 0, 4, DType.I32), new CaseInput(new Shape(9), 0, 4, DType.I32)],
                (g, x) => g.Add(op, null, x[0], x[1]), 0, false);
        }

        yield return new OpCase(
            ElementwiseOps.Select, "by comparison", [In(31), In(31), In(31)], (g, x) => g.Select(g.Less(x[0], g.Constant(0.3)), x[1], x[2]), 0);
        yield return new OpCase(
            ElementwiseOps.Cast, "integers to floats", [new CaseInput(new Shape(31), -9, 9, DType.I32)], (g, x) => g.Cast(x[0], DType.F32), 0, false);
        yield return new OpCase(ElementwiseOps.Cast, "floats to integers", [new CaseInput(new Shape(31), -9, 9)], (g, x) => g.Cast(x[0], DType.I32), 0, false);
        yield return new OpCase(
            ElementwiseOps.Cast, "bytes to floats", [new CaseInput(new Shape(3, 33), 0, 255, DType.U8)], (g, x) => g.Cast(x[0], DType.F32), 0, false);
    }

    private static IEnumerable<OpCase> Reductions()
    {
        (Shape Shape, Shape Axes)[] rows =
        [
            (new(7), new(0)), (new(257), new(0)), (new(3, 17), new(1)), (new(3, 17), new(0)), (new(3, 17), new(0, 1)), (new(2, 3, 5), new(1)),
            (new(2, 3, 5), new(0, 2)), (new(40, 3, 4, 6), new(0, 1, 2)),
            (new(5, 3, 4, 6), new(1, 2)), (new(100, 300), new(0)), (new(3, 1), new(1)), (new(70, 10), new(1)), (new(20000), new(0)), (new(0, 4), new(0)),
        ];
        foreach ((Shape s, Shape axes) in rows)
        {
            yield return new OpCase(ReductionOps.Sum, $"{s} over {axes}", [new CaseInput(s)], (g, x) => g.Sum(x[0], axes), 1e-5, s.Count < 1000);
            if (s.Count > 0)
                yield return new OpCase(ReductionOps.Max, $"{s} over {axes}", [new CaseInput(s)], (g, x) => g.ReduceMax(x[0], axes), 0, s.Count < 1000);
        }

        foreach (Shape s in new Shape[] { new(3, 17), new(70, 10), new(2, 3, 5), new(4, 100) })
            yield return new OpCase(ReductionOps.ArgMax, $"{s}", [new CaseInput(s)], (g, x) => g.ArgMax(x[0], -1), 0, false);
    }

    private static IEnumerable<OpCase> CumulativeSums()
    {
        (Shape Shape, int Axis)[] rows =
        [
            (new(7), 0), (new(257), 0), (new(3, 17), 1), (new(3, 17), 0), (new(2, 3, 5), 1), (new(4, 1), 1), (new(1, 64), 0), (new(5, 2, 700), 1),
            (new(300, 20), 1),
            (new(0, 4), 0), (new(4, 0), 1), (new(40, 3000), 1),
        ];
        foreach ((Shape s, int axis) in rows)
        {
            foreach (bool reverse in new[] { false, true })
            {
                // Each sum rounds once a term.
                double tolerance = Math.Max(1, s[axis]) * Math.Pow(2, -23);
                yield return new OpCase(
                    ReductionOps.CumulativeSum, $"{s} along {axis}{(reverse ? " from the end" : "")}", [new CaseInput(s, 0.5, 2)],
                    (g, x) => g.CumulativeSum(x[0], axis, reverse),
                    tolerance, s.Count < 1000);
            }
        }
    }

    private static IEnumerable<OpCase> MatMuls()
    {
        foreach ((int m, int n, int k) in new[] { (1, 1, 1), (4, 4, 2), (7, 31, 13), (31, 7, 257), (64, 128, 100), (3, 5, 0), (0, 5, 3), (1, 257, 31),
            (257, 1, 7) })
        {
            foreach ((bool ta, bool tb) in new[] { (false, false), (true, false), (false, true), (true, true) })
            {
                yield return new OpCase(
                    MatMulOp.MatMul, $"{m}x{k}x{n}{(ta ? " Aᵀ" : "")}{(tb ? " Bᵀ" : "")}", [ta ? In(k, m) : In(m, k), tb ? In(n, k) : In(k, n)],
                    (g, x) => g.MatMul(x[0], x[1], ta, tb), 2 * Math.Max(1, k) * Math.Pow(2, -24) * 8, m * n * k < 3000);
            }
        }

        yield return new OpCase(MatMulOp.MatMul, "batched", [In(3, 5, 7), In(3, 7, 4)], (g, x) => g.MatMul(x[0], x[1]), 1e-5);
        yield return new OpCase(
            MatMulOp.MatMul, "batched, right side transposed", [In(3, 5, 7), In(3, 4, 7)], (g, x) => g.MatMul(x[0], x[1], false, true), 1e-5);
        yield return new OpCase(MatMulOp.MatMul, "one matrix for all", [In(3, 5, 7), In(7, 4)], (g, x) => g.MatMul(x[0], x[1]), 1e-5);
        yield return new OpCase(
            MatMulOp.MatMul, "of great depth", [In(40, 3000), In(3000, 24)], (g, x) => g.MatMul(x[0], x[1]), 2 * 3000 * Math.Pow(2, -24) * 8, false);
        yield return new OpCase(MatMulOp.MatMul, "with an epilogue", [In(40, 33), In(33, 70), In(70)],
            (g, x) => g.Max(g.Add(g.MatMul(x[0], x[1]), x[2]), g.Constant(0)), 1e-4, false);
    }

    private static IEnumerable<OpCase> Convolutions()
    {
        (string Name, Shape Image, Shape Weights, ConvAttributes A)[] rows =
        [
            ("1 channel", new(2, 7, 6, 1), new(3, 3, 1, 4), new(1, 1, 1, 1, 1, 1)),
            ("valid", new(2, 6, 7, 3), new(3, 2, 3, 5), new(1, 1, 0, 0, 0, 0)),
            ("stride 2", new(1, 9, 8, 2), new(3, 3, 2, 17), new(2, 2, 1, 1, 1, 0)),
            ("dilation", new(1, 9, 9, 2), new(3, 3, 2, 3), new(1, 1, 2, 2, 2, 2, 2, 2)),
            ("groups", new(2, 5, 5, 4), new(3, 3, 2, 6), new(1, 1, 1, 1, 1, 1, 1, 1, 2)),
            ("depthwise", new(2, 6, 5, 7), new(3, 3, 1, 7), new(2, 1, 1, 1, 1, 1, 1, 1, 7)),
            ("1x1", new(2, 4, 4, 7), new(1, 1, 7, 9), new(1, 1, 0, 0, 0, 0)),
            ("one pixel", new(1, 1, 1, 1), new(1, 1, 1, 1), new(1, 1, 0, 0, 0, 0)),
            ("height 1", new(2, 1, 20, 3), new(1, 5, 3, 4), new(1, 1, 0, 0, 2, 2)),
            ("window as large as the image", new(2, 5, 5, 2), new(5, 5, 2, 3), new(1, 1, 0, 0, 0, 0)),
        ];
        foreach (var r in rows)
        {
            Shape output = new GraphBuilder().Conv(Zero(r.Image), Zero(r.Weights), r.A).Shape;
            yield return new OpCase(ConvolutionOps.Conv, r.Name, [new(r.Image), new(r.Weights)], (g, x) => g.Conv(x[0], x[1], r.A), 1e-4);
            yield return new OpCase(ConvolutionOps.InputGradient, r.Name, [new(output), new(r.Weights)],
                (g, x) => g.ConvInputGradient(x[0], x[1], r.A with { Result = r.Image }), 1e-4);
            yield return new OpCase(ConvolutionOps.WeightGradient, r.Name, [new(r.Image), new(output)],
                (g, x) => g.ConvWeightGradient(x[0], x[1], r.A with { Result = r.Weights }), 1e-4);
        }
    }

    private static Node Zero(Shape shape) => new(0, LeafOps.Read, [], null, shape, DType.F32);

    private static IEnumerable<OpCase> Pools()
    {
        (string Name, Shape Image, PoolAttributes A)[] rows =
        [
            ("2x2", new(2, 6, 6, 6), new(2, 2, 2, 2, 0, 0, 0, 0)), ("2x2, odd image", new(2, 7, 5, 3), new(2, 2, 2, 2, 0, 0, 0, 0)),
            ("3x3, stride 2, padded", new(1, 7, 8, 17), new(3, 3, 2, 2, 1, 1, 1, 1)), ("overlapping", new(1, 5, 5, 2), new(3, 3, 1, 1, 0, 0, 0, 0)),
            ("whole image", new(3, 4, 4, 8), new(4, 4, 4, 4, 0, 0, 0, 0)),
        ];
        foreach (var r in rows)
        {
            Shape pooled = new GraphBuilder().MaxPool(Zero(r.Image), r.A).Shape;
            yield return new OpCase(PoolingOps.MaxPool, r.Name, [new(r.Image)], (g, x) => g.MaxPool(x[0], r.A), 0);
            yield return new OpCase(PoolingOps.MaxPoolGradient, r.Name, [new(r.Image), new(pooled)], (g, x) => g.MaxPoolGradient(x[0], x[1], r.A), 1e-5);
            yield return new OpCase(PoolingOps.AveragePool, r.Name, [new(r.Image)], (g, x) => g.AveragePool(x[0], r.A));
            yield return new OpCase(
                PoolingOps.AveragePoolGradient, r.Name, [new(pooled)], (g, x) => g.AveragePoolGradient(x[0], r.A with { Result = r.Image }));
        }
    }

    private static IEnumerable<OpCase> Movements()
    {
        yield return new OpCase(MovementOps.Reshape, "3x4 to 2x6", [In(3, 4)], (g, x) => g.Mul(g.Reshape(x[0], new Shape(2, 6)), g.Constant(2)), 0);
        yield return new OpCase(MovementOps.Permute, "transpose", [In(17, 33)], (g, x) => g.Permute(x[0], new Shape(1, 0)), 0);
        yield return new OpCase(MovementOps.Permute, "of four axes", [In(2, 3, 4, 5)], (g, x) => g.Permute(x[0], new Shape(0, 2, 1, 3)), 0);
        yield return new OpCase(MovementOps.Permute, "last to first", [In(7, 3, 5)], (g, x) => g.Permute(x[0], new Shape(2, 0, 1)), 0);
        yield return new OpCase(MovementOps.Broadcast, "row", [In(1, 7)], (g, x) => g.BroadcastTo(x[0], new Shape(3, 7)), 0);
        yield return new OpCase(MovementOps.Broadcast, "column", [In(5, 1)], (g, x) => g.BroadcastTo(x[0], new Shape(5, 9)), 0);
        yield return new OpCase(MovementOps.Slice, "rows", [In(7, 5)], (g, x) => g.Slice(x[0], 0, 2, 3), 0);
        yield return new OpCase(MovementOps.Slice, "columns", [In(7, 5)], (g, x) => g.Slice(x[0], 1, 1, 3), 0);
        yield return new OpCase(
            MovementOps.Slice, "every second", [In(4, 9)], (g, x) => g.Slice(x[0], new SliceAttributes(new Shape(1, 0), new Shape(2, 3), new Shape(2, 3))), 0);
        yield return new OpCase(
            MovementOps.Place, "padding", [In(3, 4)], (g, x) => g.Place(x[0], new SliceAttributes(new Shape(1, 2), new Shape(1, 1), new Shape(5, 9))), 0);
        yield return new OpCase(MovementOps.Concat, "columns", [In(3, 4), In(3, 2)], (g, x) => g.Concat(1, x[0], x[1]), 0);
        yield return new OpCase(MovementOps.Concat, "rows", [In(3, 4), In(5, 4)], (g, x) => g.Concat(0, x[0], x[1]), 0);
        yield return new OpCase(MovementOps.Slice, "columns that a program reads where they lie", [In(7, 48)],
            (g, x) => g.Mul(g.Slice(x[0], 1, 3, 16), g.Tanh(g.Slice(x[0], 1, 20, 16))));
        yield return new OpCase(MovementOps.Slice, "one column in a program", [In(7, 5)], (g, x) => g.Tanh(g.Slice(x[0], 1, 2, 1)));
        yield return new OpCase(MovementOps.Slice, "columns beside the whole product", [In(5, 7), In(7, 6)], (g, x) =>
        {
            Node product = g.MatMul(x[0], x[1]);
            return g.Sub(product, g.Slice(product, 1, 2, 1));
        });
        yield return new OpCase(
            MovementOps.Concat, "columns that programs write in place", [In(7, 5), In(7, 3)], (g, x) => g.Concat(1, g.Tanh(x[0]), g.Sin(x[1])));
        yield return new OpCase(MovementOps.Concat, "columns that follow products", [In(5, 7), In(7, 6), In(5, 4)],
            (g, x) => g.Concat(1, g.Tanh(g.MatMul(x[0], x[1])), g.Sin(x[2])));
        yield return new OpCase(MovementOps.Pack, "two tensors", [In(3, 4), In(5)], (g, x) => g.Pack(new PackAttributes(new Shape(0, 12), 17), x[0], x[1]), 0);
    }

    private static IEnumerable<OpCase> Indexing()
    {
        var index = new CaseInput(new Shape(6), 0, 5, DType.I32);
        var wide = new CaseInput(new Shape(2, 3), -3, 9, DType.I32);
        yield return new OpCase(IndexingOps.Gather, "rows", [In(5, 7), index], (g, x) => g.Gather(x[0], x[1]), 0);
        yield return new OpCase(IndexingOps.Gather, "numbers beyond the table", [In(5, 3), wide], (g, x) => g.Gather(x[0], x[1]), 0, false);
        yield return new OpCase(IndexingOps.Gather, "bytes", [new CaseInput(new Shape(5, 13), 0, 255, DType.U8), index],
            (g, x) => g.Cast(g.Gather(x[0], x[1]), DType.F32), 0, false);
        yield return new OpCase(IndexingOps.ScatterAdd, "rows", [index, In(6, 7)], (g, x) => g.ScatterAdd(x[0], x[1], new Shape(5, 7)));
        yield return new OpCase(IndexingOps.ScatterAdd, "many numbers", [new CaseInput(new Shape(1500), -5, 1205, DType.I32), In(1500, 40)],
            (g, x) => g.ScatterAdd(x[0], x[1], new Shape(1200, 40)), 1e-5, false);
        yield return new OpCase(IndexingOps.Gather, "byte rows of whole words", [new CaseInput(new Shape(5, 12), 0, 255, DType.U8), index],
            (g, x) => g.Cast(g.Gather(x[0], x[1]), DType.F32), 0, false);
        yield return new OpCase(IndexingOps.ScatterAdd, "numbers beyond the table", [wide, In(2, 3, 4)], (g, x) => g.ScatterAdd(x[0], x[1], new Shape(5, 4)));
    }

    private static IEnumerable<OpCase> Leaves()
    {
        yield return new OpCase(LeafOps.Read, "and write", [In(31)], (g, x) => g.Mul(x[0], g.Constant(1)), 0);
        yield return new OpCase(LeafOps.Constant, "everywhere", [In(7)], (g, x) => g.Add(x[0], g.Constant(0.25)), 1e-6);
        yield return new OpCase(LeafOps.Iota, "columns", [In(3, 9)], (g, x) => g.Mul(x[0], g.Cast(g.Iota(new Shape(3, 9), 1), DType.F32)), 0);
        yield return new OpCase(LeafOps.Iota, "rows", [In(3, 9)], (g, x) => g.Mul(x[0], g.Cast(g.Iota(new Shape(3, 9), 0), DType.F32)), 0);
        var counter = new CaseInput(Shape.Scalar, 0, 1000, DType.I32);
        yield return new OpCase(LeafOps.Uniform, "100 numbers", [counter, counter], (g, x) => g.Uniform(x[0], x[1], 3, new Shape(4, 25)), 0, false);
        yield return new OpCase(LeafOps.Normal, "100 numbers", [counter, counter], (g, x) => g.Normal(x[0], x[1], 5, new Shape(100)), 1e-4, false);
    }
}
