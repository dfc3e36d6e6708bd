using Nn.Graphs;
using Nn.Ops;

namespace Nn.Tests.Conformance;

/// <summary>The rows of the conformance table for loops.</summary>
internal static class ScanCases
{
    private delegate Node Loop(GraphBuilder g, Node[] x, bool reverse);

    private static readonly (string Name, CaseInput[] Inputs, Loop Build)[] s_loops =
    [
        ("running sum", [In(7, 3), In(3)], RunningSum), ("running sum, one step", [In(1, 3), In(3)], RunningSum),
        ("running sum of numbers", [In(31), new(Shape.Scalar)], RunningSum),
        ("last value", [In(6, 2, 3), In(2, 3)], LastValue), ("last value, one step", [In(1, 2, 3), In(2, 3)], LastValue),
        ("products", [In(5, 3, 4), In(3, 4), In(4, 4), In(4)], Products), ("products, one sample", [In(4, 1, 7), In(1, 7), In(7, 7), In(7)], Products),
        ("products of whole vectors", [In(3, 32, 64), In(32, 64), new(new Shape(64, 64), -0.2, 0.2), In(64)], Products),
        ("transposed weights and a state between", [In(4, 2, 3), In(2, 3), In(3, 3), In(2, 3)], Transposed),
        ("two states and two sequences", [In(5, 2, 3), In(2, 3), In(2, 3), In(3)], TwoStates),
        ("two states, one step", [In(1, 7, 3), In(7, 3), In(7, 3), In(3)], TwoStates),
        ("gates", [In(4, 3, 20), In(3, 5), In(3, 5), In(5, 20)], Gates),
        ("gates, whole vectors", [In(3, 16, 128), In(16, 32), In(16, 32), new(new Shape(32, 128), -0.2, 0.2)], Gates),
        ("states that exchange their places", [In(5, 4), In(4), In(4)], Exchange),
    ];

    /// <summary>
    /// All rows: each loop both ways, then its gradient with respect to everything, which is a loop, too, and the gradient of a number made of that.
    /// </summary>
    public static IEnumerable<OpCase> All()
    {
        foreach ((string name, CaseInput[] inputs, Loop build) in s_loops)
        {
            foreach (bool reverse in new[] { false, true })
            {
                string way = reverse ? ", backwards" : "";
                yield return new OpCase(ScanOp.Scan, name + way, inputs, (g, x) => build(g, x, reverse), 1e-5, inputs[0].Shape.Count < 500);
                yield return new OpCase(ScanOp.Scan, $"{name}{way}, gradient", inputs, (g, x) => Gradient(g, x, build(g, x, reverse)), 1e-4, false);
                yield return new OpCase(
                    ScanOp.Scan, $"{name}{way}, gradient of the gradient", inputs,
                    (g, x) => Gradient(g, x, Gradient(g, x, build(g, x, reverse), again: true)), 1e-4, false);
                yield return new OpCase(
                    ScanOp.Scan, $"{name}{way}, gradient of the gradient, nothing kept", inputs,
                    (g, x) => Gradient(g, x, Gradient(g, x, build(g, x, reverse))), 1e-4, false);
            }
        }

        yield return new OpCase(
            ScanOp.Scan, "nothing kept", [In(5, 3, 4), In(3, 4), In(4, 4), In(4)], (g, x) => Products(g, x, keep: false, reverse: false, last: true), 1e-5);
        yield return new OpCase(ScanOp.Scan, "whole numbers", [new(new Shape(6, 5), 0, 9, DType.I32), In(5)], (g, x) =>
        {
            var scan = new ScanBuilder(g, 6);
            Node sum = scan.StateFrom(x[1], kept: true);
            scan.Next(sum, scan.Body.Add(sum, scan.Body.Cast(scan.Sequence(x[0]), DType.F32)));
            return scan.Build().After(sum);
        }, 1e-5, false);
    }

    private static CaseInput In(params int[] dims) => new(new Shape(dims), -1, 1);

    // Everything in one row, weighted so that no two errors cancel.
    private static Node Gradient(GraphBuilder g, Node[] x, Node value, bool again = false)
    {
        Node weights = g.Sin(g.Mul(g.Cast(g.Reshape(g.Iota(new Shape((int)value.Shape.Count), 0), value.Shape), DType.F32), g.Constant(0.01)));
        return g.Concat(0, [.. Autodiff.Gradients(g, [(value, weights)], x, again: again).Select(d => g.Reshape(d, new Shape((int)d.Shape.Count)))]);
    }

    private static Node RunningSum(GraphBuilder g, Node[] x, bool reverse)
    {
        var scan = new ScanBuilder(g, x[0].Shape[0], reverse);
        Node sum = scan.StateFrom(x[1], kept: true);
        scan.Next(sum, scan.Body.Add(sum, scan.Sequence(x[0])));
        return scan.Build().After(sum);
    }

    private static Node LastValue(GraphBuilder g, Node[] x, bool reverse)
    {
        var scan = new ScanBuilder(g, x[0].Shape[0], reverse, keep: true);
        Node h = scan.StateFrom(x[1]);
        scan.Next(h, scan.Body.Tanh(scan.Body.Add(scan.Body.Mul(h, scan.Body.Constant(0.7)), scan.Sequence(x[0]))));
        return scan.Build().Last(h);
    }

    private static Node Products(GraphBuilder g, Node[] x, bool reverse) => Products(g, x, keep: true, reverse, last: false);

    private static Node Products(GraphBuilder g, Node[] x, bool keep, bool reverse, bool last)
    {
        var scan = new ScanBuilder(g, x[0].Shape[0], reverse, keep);
        GraphBuilder b = scan.Body;
        Node h = scan.StateFrom(x[1]);
        scan.Next(h, b.Tanh(b.Add(b.Add(b.MatMul(h, scan.Invariant(x[2])), scan.Invariant(x[3])), scan.Sequence(x[0]))));
        ScanValue value = scan.Build();
        return last ? value.Last(h) : value.After(h);
    }

    private static Node Transposed(GraphBuilder g, Node[] x, bool reverse)
    {
        var scan = new ScanBuilder(g, x[0].Shape[0], reverse, keep: true);
        GraphBuilder b = scan.Body;
        Node h = scan.StateFrom(x[1]), s = scan.Sequence(x[0]), w = scan.Invariant(x[2]);
        Node inner = b.MatMul(b.Mul(b.Sigmoid(s), h), w, transposeB: true);
        // An invariant that is no operand of a product or sum only.
        scan.Next(h, b.Add(b.Mul(scan.Invariant(x[3]), b.Sin(inner)), b.MatMul(s, w)));
        ScanValue value = scan.Build();
        return g.Concat(0, value.After(h), g.Reshape(value.Last(h), new Shape(1).Concat(h.Shape)));
    }

    private static Node TwoStates(GraphBuilder g, Node[] x, bool reverse)
    {
        var scan = new ScanBuilder(g, x[0].Shape[0], reverse, keep: true);
        GraphBuilder b = scan.Body;
        Node a = scan.StateFrom(x[1]), c = scan.StateFrom(x[2]), s = scan.Sequence(x[0]), scale = scan.Invariant(x[3]);
        Node mixed = b.Mul(b.Add(a, c), scale), seen = b.Sin(b.Add(mixed, s));
        scan.Next(a, seen);
        scan.Next(c, b.Sub(c, b.Mul(s, b.Constant(0.5))));
        scan.Output(mixed);
        ScanValue value = scan.Build();
        return g.Concat(0, value.Sequence(mixed), value.After(a), g.Reshape(value.Last(c), new Shape(1).Concat(c.Shape)));
    }

    private static Node Gates(GraphBuilder g, Node[] x, bool reverse)
    {
        var scan = new ScanBuilder(g, x[0].Shape[0], reverse, keep: true);
        GraphBuilder b = scan.Body;
        Node h = scan.StateFrom(x[1]), c = scan.StateFrom(x[2]);
        int units = h.Shape[1];
        Node gates = b.Add(b.MatMul(h, scan.Invariant(x[3])), scan.Sequence(x[0]));
        Node Gate(int i) => b.Slice(gates, 1, i * units, units);
        Node next = b.Add(b.Mul(b.Sigmoid(Gate(1)), c), b.Mul(b.Sigmoid(Gate(0)), b.Tanh(Gate(2))));
        scan.Next(c, next);
        scan.Next(h, b.Mul(b.Sigmoid(Gate(3)), b.Tanh(next)));
        return scan.Build().After(h);
    }

    private static Node Exchange(GraphBuilder g, Node[] x, bool reverse)
    {
        var scan = new ScanBuilder(g, x[0].Shape[0], reverse, keep: true);
        Node a = scan.StateFrom(x[1]), b = scan.StateFrom(x[2]);
        scan.Next(a, b);
        scan.Next(b, scan.Body.Add(a, scan.Sequence(x[0])));
        ScanValue value = scan.Build();
        return g.Concat(0, value.After(a), value.After(b));
    }
}
