using Nn.Dsl;

namespace Nn.Exchange.Onnx;

/// <summary>Scale and shift of each feature, and for batchnorm what was learned of the data.</summary>
internal sealed class NormLine(Line input, Item layer, float[] scale, float[] shift, params LayerTensor[] more) : Line(input.Shape, layer, input)
{
    /// <summary>Whether it neither scales nor shifts.</summary>
    public bool Unscaled => scale.All(v => v == 1) && Unshifted;

    /// <summary>Whether it does not shift.</summary>
    public bool Unshifted => shift.All(v => v == 0);

    /// <summary>Whether the features of a sample are taken together.</summary>
    public bool Rowwise => more.Length == 0;

    public override IReadOnlyList<LayerTensor> Stored => [new("scale", [scale.Length], scale), new("shift", [shift.Length], shift), .. more];

    /// <summary>The same with a scale, under the name that this has in the file.</summary>
    public NormLine Scaled(float[] by, string hint) => new(Inputs[0], Layer, by, shift, more) { Hint = hint };

    /// <summary>The same with a shift.</summary>
    public NormLine Shifted(float[] by) => new(Inputs[0], Layer, scale, by, more) { Hint = Hint };

    /// <summary>The same with its features in another order.</summary>
    public NormLine Reordered(Line before, int[] units) => new(
        before, Layer, Units(scale, units), Units(shift, units), [.. more.Select(t => t with { Values = Units(t.Values, units) })])
    { Hint = Hint };

    private static float[] Units(float[] values, int[] units) => [.. units.Select(u => values[u])];
}

/// <summary>The mean over the features.</summary>
internal sealed class MeanLine(Line input) : Line([.. input.Shape[..^1], 1], "mean", input);

/// <summary>A value less its mean over the features.</summary>
internal sealed class CenteredLine : Line
{
    /// <summary>Of a value.</summary>
    public CenteredLine(Line input)
        : base(input.Shape, "centered", input) =>
        Definition = Say.Function(["x"], Say.Binary(Say.Name("x"), "-", Say.Call("mean", Say.Name("x"))));
}

/// <summary>The variance around the mean over the features.</summary>
internal sealed class VarianceLine(Line input) : Line([.. input.Shape[..^1], 1], "var", input);

/// <summary>What a group norm is made of, over the places first: for each group of so many channels.</summary>
internal enum GroupPart
{
    /// <summary>The mean of a group.</summary>
    Mean,

    /// <summary>What is left without it.</summary>
    Centered,

    /// <summary>The mean of the squares of what is left, of each channel.</summary>
    Squares,

    /// <summary>The same of a group.</summary>
    Variance,
}

/// <summary>A part of a group norm, which is no layer by itself.</summary>
internal sealed class GroupLine(Nn.Graphs.Dim[] shape, Line of, int members, GroupPart part) : Line(shape, "group", of)
{
    /// <summary>Channels of a group.</summary>
    public int Members => members;

    /// <summary>What of the norm it is.</summary>
    public GroupPart Part => part;

    public override bool IsLayer => false;
}
