using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>A tensor that a layer stores.</summary>
/// <param name="Role">Its name within the layer: <c>weight</c>.</param>
/// <param name="Dims">Extents.</param>
/// <param name="Values">Row-major.</param>
internal sealed record LayerTensor(string Role, int[] Dims, float[] Values);

/// <summary>A value of the script: a layer on its first input.</summary>
/// <param name="shape">The batch, and the axes of the language.</param>
/// <param name="layer">As it is written; of a part of a larger layer, which is never written, its head alone says what it is.</param>
/// <param name="inputs">What it is made from.</param>
internal class Line(Dim[] shape, Item layer, params Line[] inputs)
{
    /// <summary>A part that no script has, by its kind.</summary>
    protected Line(Dim[] shape, string kind, params Line[] inputs)
        : this(shape, Say.Layer(kind), inputs)
    {
    }

    /// <summary>The batch, and the axes of the language.</summary>
    public Dim[] Shape { get; } = shape;

    /// <summary>As it is written.</summary>
    public Item Layer { get; } = layer;

    /// <summary>What it is made from; the first is what stands before it.</summary>
    public Line[] Inputs { get; } = inputs;

    /// <summary>The name that it had in the file.</summary>
    public string Hint { get; init; } = "";

    /// <summary>A function or layer of the script's own, whose name is the layer's head with a number.</summary>
    public DefinitionStatement? Definition { get; init; }

    /// <summary>Whether it stands for itself, and takes inputs by name alone.</summary>
    public bool Joins { get; init; }

    /// <summary>What it stores.</summary>
    public virtual IReadOnlyList<LayerTensor> Stored { get; init; } = [];

    /// <summary>Whether it is a layer by itself; parts of larger ones are not.</summary>
    public virtual bool IsLayer => true;

    /// <summary>The word of the layer.</summary>
    public string Kind => Layer.Head.Name;

    /// <summary>Number of axes, with the batch.</summary>
    public int Rank => Shape.Length;

    /// <summary>The batch.</summary>
    public Dim Samples => Shape[0];

    /// <summary>The last extent; 1 where there are no axes but the batch.</summary>
    public int Features => Shape[^1];

    /// <summary>Elements of a sample.</summary>
    public long Sample { get; } = shape.Skip(1).Aggregate(1L, (n, d) => n * d);

    /// <summary>All elements.</summary>
    public OnnxSize Count => OnnxSize.Of(Shape);

    /// <summary>Whether this is a layer without further arguments.</summary>
    public bool Is(string kind) => Kind == kind && Layer.Arguments.Count == 0;
}

/// <summary>The input of the script.</summary>
/// <param name="shape">The batch, and the axes of the language.</param>
/// <param name="symbols">Whether it is numbers of symbols, which only an embedding reads.</param>
internal sealed class InputLine(Dim[] shape, bool symbols) : Line(shape, "input")
{
    /// <summary>Whether it is numbers of symbols.</summary>
    public bool Symbols => symbols;
}

/// <summary>A function of single elements.</summary>
internal sealed class PointwiseLine(Line input, OnnxFormula formula, Item layer) : Line(input.Shape, layer, input)
{
    /// <summary>The function.</summary>
    public OnnxFormula Formula => formula;

    /// <summary>A formula as an activation that has a name, or as a function of the script.</summary>
    public static PointwiseLine Of(Line x, OnnxFormula formula)
    {
        if (formula.Activation() is { } known) return new PointwiseLine(x, formula, known);
        bool gelu = formula.Agrees(v => v / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))));
        string name = gelu ? "gelu_tanh" : formula.Size <= 3 ? "number" : "pointwise";
        return new PointwiseLine(x, formula, Say.Layer(name)) { Definition = Say.Function(["x"], formula.Syntax) };
    }
}

/// <summary>The same elements in other extents.</summary>
internal sealed class ReshapeLine(Dim[] shape, Line input)
    : Line(shape, shape.Length == 2 ? Say.Layer("flatten") : Say.Layer("reshape", Say.Argument(Say.Extents(shape.Skip(1).Select(d => d.Extent)))), input);
