using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>A product with stored weights, inputs × units.</summary>
internal sealed class DenseLine(Dim[] shape, Line input, float[] weight, float[]? bias)
    : Line(shape, Say.Layer("dense", Say.Argument(Say.Whole(shape[^1].Extent)), Say.Option("bias", bias is null, Say.Name("false"))), input)
{
    /// <summary>Inputs × units.</summary>
    public float[] Weight => weight;

    /// <summary>A number for each unit, or null.</summary>
    public float[]? Bias => bias;

    public override IReadOnlyList<LayerTensor> Stored =>
    [
        new LayerTensor("weight", [weight.Length / Features, Features], weight),
        .. bias is null ? Array.Empty<LayerTensor>() : [new LayerTensor("bias", [Features], bias)],
    ];

    /// <summary>The same with a bias, under the name that this has in the file.</summary>
    public DenseLine Biased(float[] values, string hint) => new(Shape, Inputs[0], weight, values) { Hint = hint };

    /// <summary>The same with its units in another order.</summary>
    public DenseLine Reordered(int[] units)
    {
        int inputs = weight.Length / Features;
        float[] columns = [.. Enumerable.Range(0, inputs).SelectMany(i => units.Select(u => weight[i * Features + u]))];
        return new DenseLine(Shape, Inputs[0], columns, bias is null ? null : [.. units.Select(u => bias[u])]) { Hint = Hint };
    }
}

/// <summary>A convolution; the layer says nothing of the bias, which is there or not.</summary>
internal sealed class ConvLine(Dim[] shape, Item layer, Line input, LayerTensor weight, float[]? bias)
    : Line(shape, layer with { Arguments = [.. layer.Arguments, .. bias is null ? [Say.Argument("bias", Say.Name("false"))] : Array.Empty<Argument>()] }, input)
{
    /// <summary>A number for each channel, or null.</summary>
    public float[]? Bias => bias;

    public override IReadOnlyList<LayerTensor> Stored =>
        [weight, .. bias is null ? Array.Empty<LayerTensor>() : [new LayerTensor("bias", [Features], bias)]];

    /// <summary>The same with a bias.</summary>
    public ConvLine Biased(float[] values) => new(Shape, layer, Inputs[0], weight, values) { Hint = Hint };
}
