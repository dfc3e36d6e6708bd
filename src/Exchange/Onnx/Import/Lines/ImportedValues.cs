namespace Nn.Exchange.Onnx;

/// <summary>What each name of a graph stands for, as far as it has been read.</summary>
/// <param name="graph">The graph; what it stores is known.</param>
internal sealed class ImportedValues(OnnxGraph graph)
{
    private readonly Dictionary<string, ImportedValue> _values = Stored(graph);
    // How whole numbers compute depends on their type.
    private readonly Dictionary<string, OnnxType> _types = [];
    private readonly Dictionary<string, int> _uses = Count(graph);

    /// <summary>What a name stands for; null where nothing was made of it.</summary>
    public ImportedValue? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>The numbers of a name, where they are known.</summary>
    public OnnxKnown? Known(string name) => this[name] as OnnxKnown;

    /// <summary>What layers make of the input, where a name stands for that.</summary>
    public Flow? Flow(string name) => this[name] as Flow;

    /// <summary>How many nodes and outputs use a name.</summary>
    public int Uses(string name) => _uses.GetValueOrDefault(name);

    /// <summary>Type of the elements.</summary>
    public OnnxType Type(string name) => Known(name)?.Type ?? _types.GetValueOrDefault(name, OnnxType.Float);

    /// <summary>Says what a name stands for.</summary>
    public void Set(string name, ImportedValue value)
    {
        if (name.Length > 0) _values[name] = value;
    }

    /// <summary>Says of which type the elements of a name are.</summary>
    public void SetType(string name, OnnxType type)
    {
        if (name.Length > 0) _types[name] = type;
    }

    private static Dictionary<string, ImportedValue> Stored(OnnxGraph graph)
    {
        var values = new Dictionary<string, ImportedValue>();
        foreach (OnnxTensor t in graph.Initializers) values[t.Name] = OnnxKnown.Of(t);
        return values;
    }

    private static Dictionary<string, int> Count(OnnxGraph graph)
    {
        var uses = new Dictionary<string, int>();
        IEnumerable<string> used = graph.Nodes.SelectMany(n => n.Inputs.Distinct()).Concat(graph.Outputs.Select(o => o.Name));
        foreach (string name in used) uses[name] = uses.GetValueOrDefault(name) + 1;
        return uses;
    }
}
