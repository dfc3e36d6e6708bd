using Nn.Graphs;
using Nn.Training;
using static Nn.Dsl.LayerParts;

namespace Nn.Dsl;

/// <summary>
/// Recurrent layers over [batch, time, features]. The products with the inputs of all steps are one product before the loop; in the loop remain the product
/// with the state before and the gates. Equations and the order of gates are PyTorch's.
/// </summary>
internal static class RecurrentLayers
{
    private static OptionRow Units => new("units", OptionKind.Whole, null, Meanings.Units);
    private static OptionRow Last => OptionRow.Flag("last", "false", "gives the last state, not the sequence of all");
    private static OptionRow Bidirectional =>
        OptionRow.Flag("bidirectional", "false", "a second pass from the end to the beginning; its features stand beside those of the first");
    private static OptionRow RecurrentInit => new("init", OptionKind.Initializer, "±1/√units", Meanings.Init);

    /// <summary>The rows of the table.</summary>
    public static StandardLayer[] Rows =>
    [
        new("rnn", [Units, Last, Bidirectional, RecurrentInit],
            "a state for each step: tanh, or another activation, of it @ weight + state before @ recurrent + bias; the sequence of states, or the last",
            "rnn 64, last",
            c => Recurrent(c, 1, RnnCell), Activation: true, ActivatesItself: true),
        new("gru", [Units, Last, Bidirectional, RecurrentInit],
            "as rnn, with gates that reset and update the state (Cho et al. 2014)", "gru 64", c => Recurrent(c, 3, GruCell)),
        new("lstm", [Units, Last, Bidirectional, RecurrentInit],
            "as rnn, with a memory behind gates for input, forgetting and output (Hochreiter and Schmidhuber 1997)", "lstm 128",
            c => Recurrent(c, 4, LstmCell)),
    ];

    // Gives the state its next value, from the products of a step's input and of the state before with the weights of all gates.
    private delegate void Cell(RecurrentStep step);

    private sealed record RecurrentStep(LayerCall Call, string Suffix, ScanBuilder Scan, Node State, Node Input, Node Product, Node? Inside)
    {
        // At padding states stay as they are: the last one is that of the last place, and backwards the first one is that of zeros.
        public void Next(Node state, Node value) => Scan.Next(state, Inside is null ? value : Body.Select(Inside, value, state));

        public int Units => State.Shape[1];

        public GraphBuilder Body => Scan.Body;

        public Node InputOf(int gate) => Body.Slice(Input, 1, gate * Units, Units);

        public Node ProductOf(int gate) => Body.Slice(Product, 1, gate * Units, Units);

        public Node Gate(int gate) => Body.Add(InputOf(gate), ProductOf(gate));

        public Node Zeros => Call.Graph.BroadcastTo(Call.Graph.Constant(0), State.Shape);
    }

    private static Node Recurrent(LayerCall c, int gates, Cell cell)
    {
        Sequence(c);
        GraphBuilder g = c.Graph;
        bool last = c.Word("last") == "true", both = c.Word("bidirectional") == "true";
        Node x = g.Permute(c.Input, new Shape(1, 0, 2));
        Node y = Direction(c, x, gates, cell, reverse: false, last);
        if (both) y = g.Concat(-1, y, Direction(c, x, gates, cell, reverse: true, last));
        return last ? y : g.Permute(y, new Shape(1, 0, 2));
    }

    private static Node Direction(LayerCall c, Node x, int gates, Cell cell, bool reverse, bool last)
    {
        GraphBuilder g = c.Graph;
        (Dim time, Dim batch, int features, int units) = (x.Shape[0], x.Shape[1], x.Shape[2], c.Whole("units"));
        int width = checked(gates * units);
        string suffix = reverse ? "_reverse" : "";
        Node w = c.Tensor("weight" + suffix, new Shape(features, width), ParameterKind.Weight, c.Init(Narrow(units)), features, units);
        Node u = c.Tensor("recurrent" + suffix, new Shape(units, width), ParameterKind.Weight, c.Init(Narrow(units)), units, units);
        Node bias = c.Tensor("bias" + suffix, new Shape(width), ParameterKind.Bias, c.Has("init") ? Initializer.Zeros : Narrow(units), units, units);
        Node products = g.Add(g.MatMul(g.Reshape(x, new Shape(batch * time, features)), w), bias);

        var scan = new ScanBuilder(g, time, reverse, keep: c.Scope.Differentiated);
        Node state = scan.StateFrom(g.BroadcastTo(g.Constant(0), new Shape(batch, units)), kept: !last);
        Node input = scan.Sequence(g.Reshape(products, new Shape(time, batch, width)));
        Node? inside = MaskedReductions.Mask(c.Scope, x.Shape.With(2, 1)) is { } mask ? scan.Sequence(mask) : null;
        cell(new RecurrentStep(c, suffix, scan, state, input, scan.Body.MatMul(state, scan.Invariant(u)), inside));
        ScanValue value = scan.Build();
        return last ? value.Last(state) : value.After(state);
    }

    // h' = tanh(x + h·U)
    private static void RnnCell(RecurrentStep s)
    {
        Node sum = s.Body.Add(s.Input, s.Product);
        s.Next(s.State, s.Call.Activated(sum, new ScanScope(s.Call.Scope, s.Scan)) ?? s.Body.Tanh(sum));
    }

    // r = σ(x + h·U), z = σ(x + h·U), n = tanh(x + r·(h·U + b)), h' = (1 − z)·n + z·h
    private static void GruCell(RecurrentStep s)
    {
        GraphBuilder b = s.Body;
        Node inner = s.Call.Tensor("bias_inner" + s.Suffix, new Shape(s.Units), ParameterKind.Bias, s.Call.Has("init") ? Initializer.Zeros : Narrow(s.Units),
            s.Units, s.Units);
        Node r = b.Sigmoid(s.Gate(0)), z = b.Sigmoid(s.Gate(1));
        Node n = b.Tanh(b.Add(s.InputOf(2), b.Mul(r, b.Add(s.ProductOf(2), s.Scan.Invariant(inner)))));
        s.Next(s.State, b.Add(n, b.Mul(z, b.Sub(s.State, n))));
    }

    // i, f, o = σ(x + h·U), g = tanh(x + h·U), c' = f·c + i·g, h' = o·tanh(c')
    private static void LstmCell(RecurrentStep s)
    {
        GraphBuilder b = s.Body;
        Node memory = s.Scan.StateFrom(s.Zeros);
        Node next = b.Add(b.Mul(b.Sigmoid(s.Gate(1)), memory), b.Mul(b.Sigmoid(s.Gate(0)), b.Tanh(s.Gate(2))));
        s.Next(memory, next);
        s.Next(s.State, b.Mul(b.Sigmoid(s.Gate(3)), b.Tanh(next)));
    }
}
