using Nn.Dsl;

namespace Nn.Exchange.Onnx;

/// <summary>The weights of one direction: inputs × gates, units × gates, gates, and for gru the inner bias of the new state.</summary>
internal sealed record Direction(float[] Weight, float[] Recurrent, float[] Bias, float[]? Inner);

/// <summary>All states of a recurrent layer, or the last.</summary>
internal sealed class RecurrentLine(Line input, string kind, int units, string activation, bool last, bool reversed, params Direction[] directions)
    : Line(
        last ? [input.Samples, directions.Length * units] : [input.Samples, input.Shape[1], directions.Length * units],
        Written(kind, units, activation, last, directions.Length == 2), input)
{
    /// <summary>Whether only the last states are there.</summary>
    public bool Last => last;

    /// <summary>From the end to the beginning alone, which no layer does.</summary>
    public bool Reversed => reversed;

    /// <summary>Units of a direction.</summary>
    public int Units => units;

    /// <summary>One or both.</summary>
    public int Directions => directions.Length;

    public override bool IsLayer => !reversed;

    public override IReadOnlyList<LayerTensor> Stored => [.. directions.SelectMany((d, i) => Tensors(d, i == 1 ? "_reverse" : ""))];

    /// <summary>The layer that gives the last states alone.</summary>
    public RecurrentLine LastOnly() => new(Inputs[0], kind, units, activation, last: true, reversed, directions) { Hint = Hint };

    /// <summary>Both directions as one layer; null where they are not of one kind.</summary>
    public RecurrentLine? With(RecurrentLine other) =>
        !reversed
            && other.Reversed
            && directions.Length == 1
            && other.Directions == 1
            && other.Inputs[0] == Inputs[0]
            && other.Cell == Cell
            && other.Last == last
            ? new(Inputs[0], kind, units, activation, last, reversed: false, directions[0], other.Only) { Hint = Hint }
            : null;

    private (string, int, string) Cell => (kind, units, activation);

    private Direction Only => directions[0];

    private static Item Written(string kind, int units, string activation, bool last, bool both) => Say.Layer(
        kind, Say.Argument(Say.Whole(units)), Say.Option("last", last), Say.Option("bidirectional", both), Say.Option(activation, activation != "tanh"));

    private IEnumerable<LayerTensor> Tensors(Direction d, string suffix)
    {
        int width = d.Bias.Length;
        yield return new LayerTensor("weight" + suffix, [d.Weight.Length / width, width], d.Weight);
        yield return new LayerTensor("recurrent" + suffix, [units, width], d.Recurrent);
        yield return new LayerTensor("bias" + suffix, [width], d.Bias);
        if (d.Inner is not null) yield return new LayerTensor("bias_inner" + suffix, [units], d.Inner);
    }
}
