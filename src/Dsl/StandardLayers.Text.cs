using Nn.Graphs;
using Nn.Training;

namespace Nn.Dsl;

// Layers of models that read symbols: [batch, time] i32 becomes [batch, time, features].
internal static partial class StandardLayers
{
    private static StandardLayer[] TextLayers =>
    [
        new("embed", [new("width", ArgumentKind.Whole, null), new("symbols", ArgumentKind.Whole, "classes"), new("init", ArgumentKind.Initializer, "normal(0, 1)")],
            "a learned vector for each symbol; symbols: how many there are, where the data do not say it", "embed 128", Embed, Symbols: true),
        new("positions", [new("length", ArgumentKind.Whole, "all"), new("init", ArgumentKind.Initializer, "zeros")],
            "adds a learned vector to each place of a sequence", "positions 64", Positions),
    ];

    private static Node Embed(LayerCall c)
    {
        if (c.Input.Type != DType.I32) throw BindError.WantsSymbols(c.Span, c.Input.Shape);
        int width = c.Whole("width");
        int symbols = c.Has("symbols") ? c.Whole("symbols")
            : c.FromData("classes") ?? throw BindError.MissingArgument(c.Span, "embed", "the number of symbols, which the data do not say", "embed 128, symbols: 256");
        Node table = c.Tensor("weight", new Shape(symbols, width), ParameterKind.Weight, c.Init(new Initializer(InitializerKind.Normal, 0, 1)), symbols, width);
        return c.Graph.Gather(table, c.Input);
    }

    private static Node Positions(LayerCall c)
    {
        Sequence(c, "positions");
        int time = c.Input.Shape[1], features = c.Input.Shape[2];
        if (c.Has("length") && c.Whole("length") != time)
            throw BindError.OutOfRange(c.SpanOf("length"), "positions", c.Whole("length"), $"{time}, the length of the sequence before it");
        Node table = c.Tensor("weight", new Shape(time, features), ParameterKind.Weight, c.Init(Initializer.Zeros), time, features);
        return c.Graph.Add(c.Input, table);
    }

    private static void Sequence(LayerCall c, string layer)
    {
        if (c.Input.Shape.Rank != 3) throw BindError.WantsSequence(c.Span, layer, c.Input.Shape);
    }
}
