namespace Nn.Exchange.Onnx;

/// <summary>
/// Reads a graph as lines of the language. A value of the file is a layout over the value of a line, with a formula on each element: what reshapes, transposes,
/// slices and splits makes no line until a layer needs the elements in the order of the language, channels last. So layers are known by what they compute,
/// however the file's tool moves the axes around them.
/// </summary>
/// <param name="model">The file.</param>
internal sealed class GraphReader(OnnxModel model)
{
    private readonly OnnxGraph _graph = model.Graph;
    private readonly ImportedValues _values = new(model.Graph);
    private readonly OnnxFold _fold = new(Budget(model.Graph));
    // Operators that are refused, how often, and the first reason that is known.
    private readonly SortedDictionary<string, (int Count, string? Why)> _refused = new(StringComparer.Ordinal);

    /// <summary>The lines that were made.</summary>
    public LineBook Book { get; } = new();

    /// <summary>Reads all operations; the line whose value is the output.</summary>
    public Made<Line> Read(ImportedInput input, string name)
    {
        _values.Set(name, input.Value);
        _values.SetType(name, _graph.Inputs.First(i => i.Name == name).Type);
        if (_graph.Initializers.FirstOrDefault(t => t.Type == OnnxType.Double && !Fits(t)) is { } wide)
            return new Refusal($"'{wide.Name}' has numbers of 64 bits that 32 bits cannot hold");
        foreach (OnnxNode node in _graph.Nodes)
        {
            OnnxNode n = OnnxSchema.Trimmed(node);
            if (One(n) is { } why) Refuse(n, why);
            if (Book.TooLarge is { } large) return new Refusal($"a value of {LineBook.Told(large.Shape[1..])} is too large");
        }

        if (_refused.Count > 0)
        {
            string reasons = string.Concat(_refused.Values.Where(r => r.Why is not null).Take(5).Select(r => $"; {r.Why}"));
            string operators = string.Join(", ", _refused.Select(r => r.Value.Count == 1 ? r.Key : $"{r.Key} ({r.Value.Count} times)"));
            return new Refusal($"it has operations that are no layers here: {operators}{reasons}");
        }

        return Output(_graph.Outputs[0].Name);
    }

    // Small files compute little, such as masks; large ones may turn all their weights.
    private static long Budget(OnnxGraph graph) => (1L << 26) + 8 * graph.Initializers.Sum(t => (long)t.Bytes.Length / sizeof(float));

    private static bool Fits(OnnxTensor t) =>
        OnnxKnown.Of(t).Values.All(v => !double.IsFinite(v) || v == 0 || ((float)v is var f && f != 0 && !float.IsInfinity(f)));

    private Refusal? One(OnnxNode node)
    {
        if (node.Domain.Length > 0 || node.Outputs.Count == 0) return Refusal.Unexplained;
        long opset = model.Opsets.TryGetValue("", out long version) ? version : long.MaxValue;
        var n = new ImportedNode(node, opset, _values, Book, _fold);
        if (OnnxSchema.Complaint(node) is { } complaint) return new Refusal(complaint);
        // To the type of another value.
        if (node.Type == "CastLike")
        {
            node = node with { Type = "Cast", Inputs = [node.Inputs[0]], Attributes = new(node.Attributes) { ["to"] = (long)_values.Type(node.Inputs[1]) } };
            n = n.With(node);
        }

        _values.SetType(node.Outputs[0], OnnxTypes.Of(n));
        return OnnxTypes.Complaint(n) ?? OnnxOperators.Read(n);
    }

    private void Refuse(OnnxNode n, Refusal why)
    {
        // What only follows from something refused is not told again.
        if (n.Inputs.Any(i => i.Length > 0 && _values[i] is null)) return;
        string name = n.Domain.Length > 0 ? $"{n.Domain}.{n.Type}" : n.Type;
        (int count, string? first) = _refused.GetValueOrDefault(name);
        _refused[name] = (count + 1, first ?? (why.Reason.Length == 0 ? null : $"{(n.Name.Length > 0 ? $"'{n.Name}'" : n.Type)}: {why.Reason}"));
    }

    private Made<Line> Output(string name)
    {
        if (_values.Flow(name) is not { } given)
            return new Refusal(_values.Known(name) is not null ? "its output does not depend on its input" : "nothing makes its output");
        Made<Flow> applied = Book.Applied(given);
        if (applied.Value is not { } x) return applied.Refused!;
        // The output has the axes in the order in which they lie.
        long before = long.MaxValue;
        long[] strides = [.. x.Layout.Axes.Select(a => before = a.Count > 0 ? a[0].Stride : before)];
        int[] order = [.. Enumerable.Range(0, x.Rank).OrderByDescending(i => strides[i])];
        OnnxLayout lying = x.Layout.Transpose(order);
        bool same = x.Line.Shape.Where(d => d != 1).SequenceEqual(lying.Dims.Where(d => d != 1));
        if (same && lying.IsWhole(x.Line.Count) && x.Line is not (ScoresLine or MixedLine or RecurrentLine)) return x.Line;
        Made<Line> turned = Book.Arranged(x, order), made = turned.Value is null ? Book.Arranged(x) : turned;
        if (made.Value is not null) return made;
        string reason = turned.Refused is { Reason.Length: > 0 } why ? $": {why.Reason}" : "";
        return new Refusal($"its output '{name}' has its elements in an order that no layer gives{reason}");
    }
}
