using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

// Layers of models that read symbols: [batch, time] i32 becomes [batch, time, features].
internal static partial class StandardLayers
{
    private static OptionRow Causal => OptionRow.Flag("causal", "false", "no place sees a later one");

    private static OptionRow Dropping => new("dropout", OptionKind.Number, "0", "share that is dropped while training");

    private static OptionRow Heads(string? otherwise) => new("heads", OptionKind.Whole, otherwise, "parts of the features, each with an attention of its own");

    private static StandardLayer[] TextLayers =>
    [
        new("embed",
            [
                new("width", OptionKind.Whole, null, "features of the vector of each symbol"),
                new("symbols", OptionKind.Whole, "all", "number of different symbols; the data say it"),
                new("init", OptionKind.Initializer, "normal(0, 1)", Meanings.Init),
            ],
            "a learned vector for each symbol; symbols: how many there are, where the data do not say it", "embed 128", Embed, Symbols: true),
        new("positions", [new("length", OptionKind.Whole, "all", "longest sequence"), new("init", OptionKind.Initializer, "zeros", Meanings.Init)],
            "adds a learned vector to each place of a sequence", "positions 64", Positions),
        new("attention", [Heads("1"), Causal, Dropping, Init],
            "each place of a sequence takes a mean of all places (causal: those up to it), weighted by softmax(q·kᵀ/√d) in each head", "attention 4, causal",
            c => Attention(Sequence(c), c.Input)),
        new("transformer", [Heads(null), Causal, Dropping, new("hidden", OptionKind.Whole, "4", "width of the layer between, in multiples of the features"), Init],
            "it + attention of its norm, then that + two dense layers with gelu of its norm; hidden: how many times as wide these are within",
            "transformer 4, causal, dropout: 0.1", Transformer),
    ];

    private static Node Embed(LayerCall c)
    {
        if (c.Input.Type != DType.I32) throw BindError.WantsSymbols(c.Span, c.Input.Shape);
        int width = c.Whole("width");
        int symbols = c.Has("symbols") ? c.Whole("symbols")
            : c.Symbols ?? c.Classes ?? throw c.NotInData("the number of symbols, which the data do not say", "embed 128, symbols: 256");
        // A symbol without a row of its own would take that of the last one.
        if (symbols < c.Symbols) throw BindError.OutOfRange(c.SpanOf("symbols"), "embed: symbols", symbols, $"at least {c.Symbols}, as many as the data have");
        Node table = c.Tensor("weight", new Shape(symbols, width), ParameterKind.Weight, c.Init(new Initializer(InitializerKind.Normal, 0, 1)), symbols, width);
        return c.Graph.Gather(table, c.Input);
    }

    private static Node Positions(LayerCall c)
    {
        Sequence(c);
        if (c.Input.Shape[1].IsLength) throw BindError.WantsFixedLength(c.Span, c.Name, c.Input.Shape);
        int time = c.Input.Shape[1], features = c.Input.Shape[2];
        if (c.Has("length") && c.Whole("length") != time)
            throw BindError.OutOfRange(c.SpanOf("length"), "positions", c.Whole("length"), $"{time}, the length of the sequence before it");
        Node table = c.Tensor("weight", new Shape(time, features), ParameterKind.Weight, c.Init(Initializer.Zeros), time, features);
        return c.Graph.Add(c.Input, table);
    }

    // Vaswani et al. 2017. The queries, keys and values of all heads come from one product.
    private static Node Attention(LayerCall c, Node x, string prefix = "")
    {
        GraphBuilder g = c.Graph;
        (Dim batch, Dim time, int features, int heads) = (x.Shape[0], x.Shape[1], x.Shape[2], c.Whole("heads"));
        if (features % heads != 0) throw BindError.OutOfRange(c.SpanOf("heads"), $"{c.Name}: heads", heads, $"a divisor of the {features} features before it");
        int size = features / heads;
        Node joint = Affine(c, x, prefix + "qkv", 3 * features);
        Node split = g.Permute(g.Reshape(joint, new Shape(batch, time, 3, heads, size)), new Shape(2, 0, 3, 1, 4));
        Node Part(int i) => g.Reshape(g.Slice(split, 0, i, 1), new Shape(batch, heads, time, size));
        Node scores = g.Mul(g.MatMul(Part(0), Part(1), transposeB: true), g.Constant(1 / Math.Sqrt(size)));
        if (c.Word("causal") == "true")
        {
            // Finite, so that no difference of infinities comes up; its exponential is 0.
            Node past = g.LessEqual(g.Iota(scores.Shape, 3), g.Iota(scores.Shape, 2));
            scores = g.Select(past, scores, g.Constant(-1e30));
        }

        // What is asked for from padding does not matter: only the places that are looked at are left out.
        if (MaskedReductions.Mask(c.Scope, new Shape(batch, 1, 1, time)) is { } inside) scores = g.Select(inside, scores, g.Constant(-1e30));
        Node e = g.Exp(g.Sub(scores, g.Detach(g.ReduceMax(scores, new Shape(-1)))));
        Node shares = g.Div(e, g.Sum(e, new Shape(-1)));
        c.Tell("shares", shares);
        Node weights = Dropped(c, shares, "dropout");
        Node mixed = g.Reshape(g.Permute(g.MatMul(weights, Part(2)), new Shape(0, 2, 1, 3)), x.Shape);
        return Affine(c, mixed, prefix + "out", features);
    }

    // With the norms before each half (Xiong et al. 2020).
    private static Node Transformer(LayerCall c)
    {
        const double Eps = 1e-5;
        GraphBuilder g = c.Graph;
        Node x = Sequence(c).Input;
        int features = x.Shape[2];
        x = g.Add(x, Dropped(c, Attention(c, OfMeanZero(c, x, Eps, "norm_1_"), "attention_"), "dropout"));
        Node hidden = c.Apply("gelu", Affine(c, OfMeanZero(c, x, Eps, "norm_2_"), "dense_1", checked(c.Whole("hidden") * features)));
        return g.Add(x, Dropped(c, Affine(c, hidden, "dense_2", features), "dropout"));
    }

    private static Node Affine(LayerCall c, Node x, string name, int units)
    {
        int inputs = x.Shape[-1];
        Node w = c.Tensor($"{name}_weight", new Shape(inputs, units), ParameterKind.Weight, c.Init(Narrow(inputs)), inputs, units);
        Node b = c.Tensor($"{name}_bias", new Shape(units), ParameterKind.Bias, c.Has("init") ? Initializer.Zeros : Narrow(inputs), inputs, units);
        return c.Graph.Add(c.Graph.MatMul(x, w), b);
    }

    private static LayerCall Sequence(LayerCall c) =>
        c.Input.Shape.Rank == 3 ? c : throw BindError.WantsSequence(c.Span, c.Name, c.Input.Shape);
}
