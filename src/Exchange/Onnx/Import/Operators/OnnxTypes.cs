namespace Nn.Exchange.Onnx;

/// <summary>Types of the values: whole numbers that are computed with wrap around or lose their fraction, which no layer does.</summary>
internal static class OnnxTypes
{
    // These do the same with whole numbers as with others; the rest wraps around, or loses a fraction.
    private static readonly HashSet<string> OnWholes =
    [
        "Identity", "Cast", "Clip", "Min", "Max", "Relu", "Sign", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "Gather",
        "Concat", "Expand", "Shape", "Size", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Where", "ArgMax", "ReduceMax", "ReduceMin",
        "GlobalMaxPool", "MaxPool", "Dropout", "Pad", "Einsum", "Upsample", "Resize",
    ];

    /// <summary>The type of what an operation makes.</summary>
    public static OnnxType Of(ImportedNode n) => n.Type switch
    {
        "Cast" => (OnnxType)n.Whole("to", 0),
        "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual" or "Equal" or "Not" or "And" or "Or" or "Xor" => OnnxType.Bool,
        "Where" when n.Node.Inputs.Count > 1 => n.Values.Type(n.Node.Inputs[1]),
        "Shape" or "Size" or "ArgMax" => OnnxType.Int64,
        _ when n.Node.Inputs.FirstOrDefault(i => i.Length > 0) is { } first => n.Values.Type(first),
        _ => OnnxType.Float,
    };

    /// <summary>Why an operation cannot be computed with the types that it has; null where it can.</summary>
    public static Refusal? Complaint(ImportedNode n)
    {
        OnnxNode node = n.Node;
        if (n.Type == "PRelu" && n.Opset < 7 && n.Known(1) is { Count: > 1 } && n.Flow(0)?.Rank > 2)
            return new Refusal("before opset 7, its slopes belong to the second axis; export it with a newer opset");
        if (n.Type == "Cast" && !Keeps(n))
        {
            return new Refusal($"it casts {n.Values.Type(node.Inputs[0])} to {(OnnxType)n.Whole("to", 0)}, which changes numbers: "
                + "there is no layer for it");
        }

        bool computes = Enumerable.Range(0, node.Inputs.Count).Any(i => n.Flow(i) is { IsSymbols: false } && OnnxKnown.IsWhole(n.Values.Type(node.Inputs[i])));
        return computes && !OnWholes.Contains(n.Type)
            ? new Refusal("it computes with whole numbers, which wrap around or lose their fraction; cast them to 32-bit floating point first")
            : null;
    }

    // Whether a value is the same in the new type. Floating point is computed in 32 bits, whatever its size.
    private static bool Keeps(ImportedNode n)
    {
        OnnxType from = n.Values.Type(n.Node.Inputs[0]), to = (OnnxType)n.Whole("to", 0);
        if (n.Known(0) is not null || to is OnnxType.Float or OnnxType.Double or OnnxType.Float16 or OnnxType.Bool || from == to) return true;
        if (OnnxKnown.Range(to) is not { } wide) return false;
        return from == OnnxType.Bool || (OnnxKnown.Range(from) is { } narrow
            && ((wide.Least <= narrow.Least && wide.Most >= narrow.Most) || (from == OnnxType.Int64 && to == OnnxType.Int32)));
    }
}
