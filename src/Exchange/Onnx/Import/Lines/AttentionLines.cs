using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>What queries, keys or values of all heads are: products of one value, their features in the order of heads.</summary>
internal sealed record Projection(Line From, int Heads, int Size, float[] Weight, float[] Bias)
{
    /// <summary>The same times a number.</summary>
    public Projection Times(double factor) => this with { Weight = Weights.Times(Weight, factor), Bias = Weights.Times(Bias, factor) };
}

/// <summary>Of extents batch × heads × places × places; softmax has been taken where they are weights.</summary>
internal sealed class ScoresLine(Dim[] shape, Projection queries, Projection keys, bool causal, bool weights) : Line(shape, "scores", queries.From)
{
    /// <summary>What asks.</summary>
    public Projection Queries => queries;

    /// <summary>What is asked.</summary>
    public Projection Keys => keys;

    /// <summary>Whether a place sees none that come later.</summary>
    public bool Causal => causal;

    /// <summary>Whether softmax has been taken.</summary>
    public bool Weights => weights;

    /// <summary>The share of the weights that is left out in training.</summary>
    public double Dropout { get; private init; }

    public override bool IsLayer => false;

    /// <summary>The same where no place sees those that come later.</summary>
    public ScoresLine Masked() => new(Shape, queries, keys, causal: true, weights);

    /// <summary>The same with some weights left out in training.</summary>
    public ScoresLine Dropped(double rate) => new(Shape, queries, keys, causal, weights) { Dropout = rate };

    /// <summary>The weights that softmax makes of the scores times a number.</summary>
    public ScoresLine Softmax(double factor) => new(Shape, queries.Times(factor), keys, causal, weights: true);
}

/// <summary>The values that the heads took, side by side, before a projection.</summary>
internal sealed class MixedLine(Dim[] shape, ScoresLine weights, Projection values) : Line(shape, "mixed", weights)
{
    /// <summary>How much each place takes of the others.</summary>
    public ScoresLine Weights => weights;

    /// <summary>What it takes.</summary>
    public Projection Values => values;

    public override bool IsLayer => false;
}

/// <summary>Attention of a value to itself.</summary>
internal sealed class AttentionLine(Line input, Item layer, float[] qkv, float[] qkvBias, float[] output, float[]? outputBias) : Line(input.Shape, layer, input)
{
    /// <summary>The bias of the projection after the heads, or null.</summary>
    public float[]? OutBias => outputBias;

    public override IReadOnlyList<LayerTensor> Stored =>
    [
        new("qkv_weight", [Features, 3 * Features], qkv), new("qkv_bias", [3 * Features], qkvBias), new("out_weight", [Features, Features], output),
        new("out_bias", [Features], outputBias ?? new float[Features]),
    ];

    /// <summary>The same with a bias after the heads.</summary>
    public AttentionLine Biased(float[] values) => new(Inputs[0], Layer, qkv, qkvBias, output, values) { Hint = Hint };

    /// <summary>The layer of heads with a projection after them; without it, they stay side by side.</summary>
    public static Made<AttentionLine> Of(MixedLine mixed, float[]? output, float[]? bias = null)
    {
        (Projection q, Projection k, Projection v) = (mixed.Weights.Queries, mixed.Weights.Keys, mixed.Values);
        int width = mixed.Features, inputs = q.From.Features;
        if (width != inputs || q.Size != v.Size || q.Heads * q.Size != width)
        {
            return new Refusal($"its attention of {q.Heads} heads has {q.Size} features a head for queries and {v.Size} for values, "
                + $"and the value before has {inputs}; here heads share the {inputs} features: embed_dim without kdim and vdim would do");
        }

        // Here, scores are divided by √size.
        q = q.Times(Math.Sqrt(q.Size));
        float[] joint =
        [
            .. Enumerable.Range(0, inputs).SelectMany(row => new[] { q, k, v }.SelectMany(part => part.Weight.AsSpan(row * width, width).ToArray())),
        ];
        if (output is null)
        {
            output = new float[width * width];
            for (int i = 0; i < width; i++) output[i * width + i] = 1;
        }

        Item layer = Say.Layer(
            "attention", Say.Argument(Say.Whole(q.Heads)), Say.Option("causal", mixed.Weights.Causal),
            Say.Option("dropout", mixed.Weights.Dropout > 0, Say.Number(mixed.Weights.Dropout)));
        return new AttentionLine(q.From, layer, joint, [.. q.Bias, .. k.Bias, .. v.Bias], output, bias);
    }
}
