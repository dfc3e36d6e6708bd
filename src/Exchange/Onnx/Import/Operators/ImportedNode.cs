namespace Nn.Exchange.Onnx;

/// <summary>An operation as it is read: what it is given, and what is made of it.</summary>
/// <param name="node">The operation.</param>
/// <param name="opset">Version of the operators.</param>
/// <param name="values">What names stand for.</param>
/// <param name="book">The lines that were made.</param>
/// <param name="fold">Computes what is known.</param>
internal sealed class ImportedNode(OnnxNode node, long opset, ImportedValues values, LineBook book, OnnxFold fold)
{
    /// <summary>The operation.</summary>
    public OnnxNode Node => node;

    /// <summary>The operator.</summary>
    public string Type => node.Type;

    /// <summary>Version of the operators.</summary>
    public long Opset => opset;

    /// <summary>What names stand for.</summary>
    public ImportedValues Values => values;

    /// <summary>The lines that were made.</summary>
    public LineBook Book => book;

    /// <summary>Computes what is known.</summary>
    public OnnxFold Fold => fold;

    /// <summary>The same with another operation, that computes a part of it.</summary>
    public ImportedNode With(OnnxNode other) => new(other, opset, values, book, fold);

    /// <summary>A whole number among the attributes.</summary>
    public long Whole(string name, long otherwise) => node.Whole(name, otherwise);

    /// <summary>A number among the attributes.</summary>
    public float Single(string name, float otherwise) => node.Single(name, otherwise);

    /// <summary>Whether an operand is given, as it may be left out.</summary>
    public bool Has(int operand) => node.Has(operand);

    /// <summary>The operand where it is known; null where it is left out, or computed by layers.</summary>
    public OnnxKnown? Known(int operand) => Has(operand) ? values.Known(node.Inputs[operand]) : null;

    /// <summary>All operands, where they are known.</summary>
    public OnnxKnown?[] AllKnown => [.. Enumerable.Range(0, node.Inputs.Count).Select(Known)];

    /// <summary>The operand where layers compute it; null where it is known, or left out.</summary>
    public Flow? Flow(int operand) => Has(operand) ? values.Flow(node.Inputs[operand]) : null;

    /// <summary>Whether a result is used by anything.</summary>
    public bool Gives(int output) => output < node.Outputs.Count && node.Outputs[output].Length > 0;

    /// <summary>The operand, with its formula as a line.</summary>
    public Made<Flow> Applied(int operand)
    {
        Flow x = Flow(operand)!;
        Made<Flow> applied = book.Applied(x);
        if (applied.Value is { } made && made != x) values.Set(node.Inputs[operand], made);
        return applied;
    }

    /// <summary>As many numbers as a layer has channels, from an operand; null where it is something else.</summary>
    public float[]? Row(int operand, long count) => Known(operand) is { Whole: false, IsNumbers: true } t && t.Count == count ? t.Floats() : null;

    /// <summary>Says what the first result stands for.</summary>
    public Refusal? Set(ImportedValue value)
    {
        values.Set(node.Outputs[0], value);
        return null;
    }

    /// <summary>Says what the first result stands for, where that is known.</summary>
    public Refusal? SetKnown(OnnxKnown? value) => value is not null
        ? Set(value)
        : new Refusal("it is not computed here from what is known, or has too many elements");
}
