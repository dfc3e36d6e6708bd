using Nn.Graphs;
using Nn.Training;
using static Nn.Dsl.LayerParts;

namespace Nn.Dsl;

/// <summary>Layers of models that read symbols: [batch, time] i32 becomes [batch, time, features].</summary>
internal static class TextLayers
{
    private static OptionRow Causal => OptionRow.Flag("causal", "false", "no place sees a later one");

    private static OptionRow Dropping => new("dropout", OptionKind.Number, "0", "share that is dropped while training");

    private static OptionRow Heads(string? otherwise) => new("heads", OptionKind.Whole, otherwise, "parts of the features, each with an attention of its own");

    /// <summary>The rows of the table.</summary>
    public static StandardLayer[] Rows =>
    [
        new("embed",
            [
                new("width", OptionKind.Whole, null, "features of the vector of each symbol"),
                new("symbols", OptionKind.Whole, "all", "number of different symbols; the data say it"),
                new("init", OptionKind.Initializer, "normal(0, 1)", Meanings.Init),
            ],
            "a learned vector for each symbol; symbols: how many there are, where the data do not say it", "embed 128", Embed, Symbols: true),
        new("positions",
            [
                new("length", OptionKind.Whole, "all", "longest sequence"),
                new("kind", OptionKind.Word, Learned, "learned: a vector for each place; sine: fixed waves, for sequences of any length", Learned, Sine),
                new("init", OptionKind.Initializer, "zeros", Meanings.Init),
            ],
            "adds a vector to each place of a sequence: a learned one, or with sine what sines and cosines of many wavelengths are there (Vaswani et al. 2017)",
            "positions 64", Positions),
        new("attention", [Heads("1"), Causal, Memory, Dropping, Init],
            "each place of a sequence takes a mean of all places (causal: those up to it; memory: those of another sequence), "
                + "weighted by softmax(q·kᵀ/√d) in each head",
            "attention 4, causal", c => Attention(Sequence(c), c.Input, MemoryOf(c))),
        new("transformer",
            [Heads(null), Causal, Memory, Dropping, new("hidden", OptionKind.Whole, "4", "width of the layer between, in multiples of the features"), Init],
            "it + attention of its norm (with a memory, that + attention of its norm to the memory), then that + two dense layers with gelu of its norm; "
                + "hidden: how many times as wide these are within",
            "transformer 4, causal, dropout: 0.1", Transformer),
    ];

    private const string Learned = "learned", Sine = "sine";

    private static OptionRow Memory => new("memory", OptionKind.Value, "", "a sequence that is looked at in place of the layer's own, such as an encoder's");

    private static Node Embed(LayerCall c)
    {
        if (c.Input.Type != DType.I32) throw BindError.WantsSymbols(c.Span, c.Input.Shape);
        int width = c.Whole("width");
        int? told = c.Scope.FormOf(c.Input)?.Symbols ?? c.Symbols;
        int symbols = c.Has("symbols") ? c.Whole("symbols")
            : told ?? c.Classes ?? throw c.NotInData("the number of symbols, which the data do not say", "embed 128, symbols: 256");
        // A symbol without a row of its own would take that of the last one.
        if (symbols < told) throw BindError.OutOfRange(c.SpanOf("symbols"), "embed: symbols", symbols, $"at least {told}, as many as the data have");
        Node table = c.Tensor("weight", new Shape(symbols, width), ParameterKind.Weight, c.Init(new Initializer(InitializerKind.Normal, 0, 1)), symbols, width);
        return c.Graph.Gather(table, c.Input);
    }

    private static Node Positions(LayerCall c)
    {
        Sequence(c);
        if (c.Word("kind") == Sine) return c.Graph.Add(c.Input, Waves(c));
        if (c.Input.Shape[1].IsLength) throw BindError.WantsFixedLength(c.Span, c.Name, c.Input.Shape);
        int time = c.Input.Shape[1], features = c.Input.Shape[2];
        if (c.Has("length") && c.Whole("length") != time)
            throw BindError.OutOfRange(c.SpanOf("length"), "positions", c.Whole("length"), $"{time}, the length of the sequence before it");
        Node table = c.Tensor("weight", new Shape(time, features), ParameterKind.Weight, c.Init(Initializer.Zeros), time, features);
        return c.Graph.Add(c.Input, table);
    }

    // Vaswani et al. 2017: the sine of place ÷ 10000^(2i ÷ features) at feature 2i, its cosine at 2i + 1.
    private static Node Waves(LayerCall c)
    {
        if (c.Has("length") || c.Has("init")) throw BindError.UnexpectedArgument(c.Span, "positions sine", "a length or first values", "nothing is learned");
        GraphBuilder g = c.Graph;
        (Dim time, int features) = (c.Input.Shape[1], c.Input.Shape[2]);
        Node place = g.Cast(g.Iota(new Shape(time, (Dim)1), 0), DType.F32), feature = g.Cast(g.Iota(new Shape(features), 0), DType.F32);
        Node pair = g.Floor(g.Mul(feature, g.Constant(0.5))), odd = g.Sub(feature, g.Mul(pair, g.Constant(2)));
        Node angle = g.Mul(place, g.Exp(g.Mul(pair, g.Constant(-2 * Math.Log(10000) / features))));
        return g.Select(odd, g.Cos(angle), g.Sin(angle));
    }

    private static Node? MemoryOf(LayerCall c)
    {
        if (c.Value("memory") is not { } memory) return null;
        if (memory.Shape.Rank != 3) throw BindError.WantsSequence(c.SpanOf("memory"), $"{c.Name}: memory", memory.Shape);
        return memory;
    }

    // Vaswani et al. 2017. The queries, keys and values of all heads come from one product; of a memory, keys and values do.
    private static Node Attention(LayerCall c, Node x, Node? memory = null, string prefix = "")
    {
        GraphBuilder g = c.Graph;
        (Dim batch, Dim time, int features, int heads) = (x.Shape[0], x.Shape[1], x.Shape[2], c.Whole("heads"));
        if (features % heads != 0) throw BindError.OutOfRange(c.SpanOf("heads"), $"{c.Name}: heads", heads, $"a divisor of the {features} features before it");
        int size = features / heads;
        Dim places = memory?.Shape[1] ?? time;
        bool causal = c.Word("causal") == "true" && memory is null;
        if (causal != (c.Word("causal") == "true") && c.Name == "attention")
            throw BindError.UnexpectedArgument(c.Span, "attention to a memory", "causal", "no place of another sequence is later; leave it out");
        Node[] Heads(Node joint, Dim of, int parts)
        {
            Node split = g.Permute(g.Reshape(joint, new Shape(batch, of, parts, heads, size)), new Shape(2, 0, 3, 1, 4));
            return [.. Enumerable.Range(0, parts).Select(i => g.Reshape(g.Slice(split, 0, i, 1), new Shape(batch, heads, of, size)))];
        }

        Node[] parts = memory is null ? Heads(Affine(c, x, prefix + "qkv", 3 * features), time, 3)
            : [.. Heads(Affine(c, x, prefix + "q", features), time, 1), .. Heads(Affine(c, memory, prefix + "kv", 2 * features), places, 2)];
        Node scores = g.Mul(g.MatMul(parts[0], parts[1], transposeB: true), g.Constant(1 / Math.Sqrt(size)));
        if (causal)
        {
            // Finite, so that no difference of infinities comes up; its exponential is 0.
            Node past = g.LessEqual(g.Iota(scores.Shape, 3), g.Iota(scores.Shape, 2));
            scores = g.Select(past, scores, g.Constant(-1e30));
        }

        // What is asked for from padding does not matter: only the places that are looked at are left out.
        if (MaskedReductions.Mask(c.Scope, new Shape(batch, 1, 1, places)) is { } inside) scores = g.Select(inside, scores, g.Constant(-1e30));
        Node e = g.Exp(g.Sub(scores, g.Detach(g.ReduceMax(scores, new Shape(-1)))));
        Node shares = g.Div(e, g.Sum(e, new Shape(-1)));
        c.Tell(memory is null || c.Name == "attention" ? "shares" : "memory_shares", shares);
        Node weights = Dropped(c, shares, "dropout");
        Node mixed = g.Reshape(g.Permute(g.MatMul(weights, parts[2]), new Shape(0, 2, 1, 3)), x.Shape);
        return Affine(c, mixed, prefix + "out", features);
    }

    // With the norms before each part (Xiong et al. 2020).
    private static Node Transformer(LayerCall c)
    {
        const double Eps = 1e-5;
        GraphBuilder g = c.Graph;
        Node x = Sequence(c).Input;
        int features = x.Shape[2];
        x = g.Add(x, Dropped(c, Attention(c, OfMeanZero(c, x, Eps, "norm_1_"), null, "attention_"), "dropout"));
        if (MemoryOf(c) is { } memory) x = g.Add(x, Dropped(c, Attention(c, OfMeanZero(c, x, Eps, "norm_memory_"), memory, "memory_"), "dropout"));
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
}
