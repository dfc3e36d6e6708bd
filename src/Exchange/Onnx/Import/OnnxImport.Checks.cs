namespace Nn.Exchange.Onnx;

// What is looked at before an operation is read: whether all that the file says about it has a meaning here.
public sealed partial class OnnxImport
{
    // These do the same with whole numbers as with others; the rest wraps around, or loses a fraction.
    private static readonly HashSet<string> OnWholes =
    [
        "Identity", "Cast", "Clip", "Min", "Max", "Relu", "Sign", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "Gather", "Concat", "Expand", "Shape", "Size", "Equal",
        "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Where", "ArgMax", "ReduceMax", "ReduceMin", "GlobalMaxPool", "MaxPool", "Dropout", "Pad", "Einsum", "Upsample", "Resize",
    ];

    private long Opset => _model.Opsets.TryGetValue("", out long opset) ? opset : long.MaxValue;

    private bool Fits(OnnxNode n)
    {
        OnnxType type = Typed(n);
        if (n.Outputs[0].Length > 0) _types[n.Outputs[0]] = type;
        if (OnnxSchema.Complaint(n) is { } complaint) return Rather(complaint);
        if (n.Type == "PRelu" && Opset < 7 && Known(n, 1) is { Values.Length: > 1 } && _flows.GetValueOrDefault(n.Inputs[0])?.Rank > 2)
            return Rather("before opset 7, its slopes belong to the second axis; export it with a newer opset");
        if (n.Type == "Cast" && !Keeps(n))
            return Rather($"it casts {TypeOf(n.Inputs[0])} to {(OnnxType)Whole(n, "to", 0)}, which changes numbers: there is no layer for it");
        string? whole = n.Inputs.FirstOrDefault(i => _flows.ContainsKey(i) && OnnxKnown.IsWhole(TypeOf(i)));
        return whole is null || OnWholes.Contains(n.Type) || _flows[whole].Line.Text == "tokens"
            || Rather("it computes with whole numbers, which wrap around or lose their fraction; cast them to 32-bit floating point first");
    }

    // Whether a value is the same in the new type. Floating point is computed in 32 bits, whatever its size.
    private bool Keeps(OnnxNode n)
    {
        var to = (OnnxType)Whole(n, "to", 0);
        OnnxType from = TypeOf(n.Inputs[0]);
        if (IsKnown(n.Inputs[0]) || to is OnnxType.Float or OnnxType.Double or OnnxType.Float16 or OnnxType.Bool || from == to) return true;
        if (OnnxKnown.Range(to) is not { } wide) return false;
        return from == OnnxType.Bool || (OnnxKnown.Range(from) is { } narrow && ((wide.Least <= narrow.Least && wide.Most >= narrow.Most) || (from == OnnxType.Int64 && to == OnnxType.Int32)));
    }

    private OnnxType TypeOf(string name) => Known(name)?.Type ?? _types.GetValueOrDefault(name, OnnxType.Float);

    private OnnxType Typed(OnnxNode n) => n.Type switch
    {
        "Cast" => (OnnxType)Whole(n, "to", 0),
        "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual" or "Equal" or "Not" or "And" or "Or" => OnnxType.Bool,
        "Where" when n.Inputs.Count > 1 => TypeOf(n.Inputs[1]),
        "Shape" or "Size" or "ArgMax" => OnnxType.Int64,
        _ when n.Inputs.FirstOrDefault(i => i.Length > 0) is { } first => TypeOf(first),
        _ => OnnxType.Float,
    };
}
