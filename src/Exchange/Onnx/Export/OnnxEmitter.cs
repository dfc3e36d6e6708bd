using System.Globalization;
using System.Runtime.InteropServices;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Turns one graph into ONNX nodes. A value of four axes exists channels last, channels first, or both: each operation takes the order it likes, and
/// a transposition is added only where an order is missing. What depends on stored tensors alone becomes a stored tensor.
/// </summary>
internal sealed class OnnxEmitter
{
    private static readonly long[] ToFirst = [0, 3, 1, 2], ToLast = [0, 2, 3, 1];

    private readonly PredictGraph _source;
    // Inside of a loop: the writer of the graph around it, and the values there that are the same in all iterations.
    private readonly OnnxEmitter? _outer;
    private readonly IReadOnlyDictionary<Slot, Node> _outside = new Dictionary<Slot, Node>();
    private readonly Dictionary<(Node Node, bool First), string> _names = [];
    private readonly Dictionary<(Node Node, bool First), string> _flags = [];
    private readonly HashSet<Node> _first = [];
    private readonly Dictionary<Node, double[]?> _constants = [];
    private readonly Dictionary<Node, List<Node>> _users = [];
    private readonly HashSet<string> _taken;
    private string? _batchExtent;

    private OnnxEmitter(PredictGraph source) => (_source, _taken) = (source, [.. source.Inputs.Select(i => i.Name), .. source.Outputs.Select(o => o.Name)]);

    private OnnxEmitter(OnnxEmitter outer, IReadOnlyDictionary<Slot, Node> outside)
        => (_source, _outer, _outside, _taken) = (outer._source, outer, outside, outer._taken);

    /// <summary>What has been written.</summary>
    public OnnxGraph Graph { get; } = new();

    /// <summary>The outputs of loops that have been written.</summary>
    public Dictionary<(Node Scan, ScanPart Part), string> Parts { get; } = [];

    /// <summary>Writes a graph whose batch is not known, for every size of it; null where an operation needs to know it.</summary>
    public static OnnxEmitter? TryEmit(PredictGraph source)
    {
        try
        {
            return Emit(source);
        }
        catch (FixedBatchException)
        {
            return null;
        }
    }

    /// <summary>Writes a graph for the batch that it was built with.</summary>
    /// <exception cref="FixedBatchException">That is not known, and an operation needs to know it.</exception>
    public static OnnxEmitter Emit(PredictGraph source)
    {
        var e = new OnnxEmitter(source);
        e.Write(source.Graph, source.Inputs.ToDictionary(i => i.Slot, i => i.Name));
        var given = new Dictionary<string, string>();
        foreach ((string name, Node value) in source.Outputs)
        {
            string last = e.Value(value);
            if (given.TryGetValue(last, out string? same)) e.Graph.Nodes.Add(new OnnxNode("Identity", "copy", [same], [name]));
            else e.Finish(last, given[last] = name);
        }

        return e;
    }

    /// <summary>
    /// Writes one iteration of a loop within this graph, whose values it uses by name. Inputs and outputs are left to the caller.
    /// </summary>
    /// <param name="body">One iteration.</param>
    /// <param name="given">The names of what changes from iteration to iteration.</param>
    /// <param name="outside">Nodes of this graph for the slots that hold the same in all iterations.</param>
    public OnnxEmitter EmitBody(Graph body, IReadOnlyDictionary<Slot, string> given, IReadOnlyDictionary<Slot, Node> outside)
    {
        var e = new OnnxEmitter(this, outside);
        e.Write(body, given);
        return e;
    }

    /// <summary>The format's name of a type.</summary>
    public static OnnxType TypeOf(DType type) => type switch { DType.F32 => OnnxType.Float, DType.I32 => OnnxType.Int32, _ => OnnxType.UInt8 };

    /// <summary>The nodes that use a value.</summary>
    public IReadOnlyList<Node> Users(Node n) => _users.TryGetValue(n, out List<Node>? users) ? users : [];

    /// <summary>Whether a value of four axes was made channels first.</summary>
    public bool IsFirst(Node n) => _first.Contains(n);

    /// <summary>Whether the extent of an axis is chosen at each run.</summary>
    public static bool Varies(Node n, int axis) => !n.Shape[axis].IsKnown;

    /// <summary>Whether a value depends on stored tensors alone.</summary>
    public bool IsConstant(Node n) => Constant(n) is not null;

    /// <summary>The elements of a value that depends on stored tensors alone, else null.</summary>
    public double[]? Constant(Node n)
    {
        if (_constants.TryGetValue(n, out double[]? known)) return known;
        return _constants[n] = Fold(n);
    }

    /// <summary>The name of a value in an order of axes.</summary>
    public string Value(Node n, bool first = false)
    {
        first &= n.Shape.Rank == 4;
        if (_names.TryGetValue((n, first), out string? name)) return name;
        if (n.Op == LeafOps.Read && _outside.TryGetValue(n.Slot, out Node? outside)) return _outer!.Value(outside, first);
        if (Constant(n) is not null) return _names[(n, first)] = Store(n, n.Shape, first ? [0, 3, 1, 2] : null, first ? ".first" : "");
        if (_flags.TryGetValue((n, first), out string? flag)) return _names[(n, first)] = Node("Cast", n, [flag], ("to", (long)OnnxType.Float));
        if (_flags.ContainsKey((n, !first))) Value(n, !first);
        return _names[(n, first)] = Node("Transpose", n, [_names[(n, !first)]], ("perm", first ? ToFirst : ToLast));
    }

    /// <summary>The name of a value as an operand of an elementwise operation whose result is made channels first or last.</summary>
    public string Operand(Node n, bool first)
    {
        if (!first || n.Shape.Rank == 4 || n.Shape.IsSingle) return Value(n, first);
        // A row of channels meets channels first as C×1×1.
        if (_names.TryGetValue((n, true), out string? name)) return name;
        var padded = new Shape([.. Enumerable.Repeat(1, 4 - n.Shape.Rank), .. n.Shape]);
        return _names[(n, true)] = Store(n, padded, [0, 3, 1, 2], ".first");
    }

    /// <summary>The name of a value as a flag for <c>Where</c>.</summary>
    public string Flag(Node n, bool first)
    {
        first &= n.Shape.Rank == 4;
        if (_flags.TryGetValue((n, first), out string? flag)) return flag;
        return _flags[(n, first)] = Node("Cast", n, [Operand(n, first)], ("to", (long)OnnxType.Bool));
    }

    /// <summary>Adds an operation and says that its output is a node's value.</summary>
    public void Set(Node n, bool first, string type, string[] inputs, params (string Name, object Value)[] attributes)
    {
        first &= n.Shape.Rank == 4;
        if (first) _first.Add(n);
        _names[(n, first)] = Node(type, n, inputs, attributes);
    }

    /// <summary>Adds an operation and says that its output is a node's value as a flag.</summary>
    public void SetFlag(Node n, bool first, string type, string[] inputs)
    {
        first &= n.Shape.Rank == 4;
        if (first) _first.Add(n);
        _flags[(n, first)] = Node(type, n, inputs);
    }

    /// <summary>Adds an operation; the name of its output.</summary>
    public string Node(string type, Node n, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string name = Unique($"{n.Label ?? "graph"}/{type.ToLowerInvariant()}");
        var node = new OnnxNode(type, name, inputs, [name]);
        foreach ((string key, object value) in attributes) node.Attributes[key] = value;
        Graph.Nodes.Add(node);
        return name;
    }

    /// <summary>Stores whole numbers.</summary>
    public string Whole(string hint, params long[] values) =>
        Add(new OnnxTensor(Unique(hint), OnnxType.Int64, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));

    /// <summary>Stores the number of an axis, as a tensor without axes.</summary>
    public string Axis(string hint, long axis) => Add(new OnnxTensor(Unique(hint), OnnxType.Int64, [], BitConverter.GetBytes(axis)));

    /// <summary>Stores a list of numbers.</summary>
    public string Numbers(string hint, params float[] values) =>
        Add(new OnnxTensor(Unique(hint), OnnxType.Float, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));

    /// <summary>Stores one number.</summary>
    public string Number(string hint, float value) => Add(new OnnxTensor(Unique(hint), OnnxType.Float, [], BitConverter.GetBytes(value)));

    /// <summary>
    /// Stores a constant value with axes in another order; <paramref name="shape"/> are the extents it is taken to have before.
    /// </summary>
    public string Store(Node n, Shape shape, int[]? order, string suffix)
    {
        double[] values = Constant(n)!;
        Shape dims = shape;
        if (order is not null && shape.Count > 0)
        {
            long[] strides = shape.Strides();
            dims = new Shape([.. order.Select(i => shape[i])]);
            long[] permuted = [.. order.Select(i => strides[i])];
            var moved = new double[values.Length];
            foreach ((int[] at, long linear) in Coordinates.Of(dims)) moved[linear] = values[Coordinates.Offset(at, permuted)];
            values = moved;
        }

        byte[] bytes = n.Type switch
        {
            DType.F32 => MemoryMarshal.AsBytes(Array.ConvertAll(values, v => (float)v).AsSpan()).ToArray(),
            DType.I32 => MemoryMarshal.AsBytes(Array.ConvertAll(values, v => (int)v).AsSpan()).ToArray(),
            _ => Array.ConvertAll(values, v => (byte)v),
        };
        string hint = n.Op == LeafOps.Read
            ? n.Slot.Name
            : n.Op == LeafOps.Constant
            ? values[0].ToString("R", CultureInfo.InvariantCulture)
            : $"{n.Label ?? "graph"}/{n.Op.Name}";
        return Add(new OnnxTensor(Unique(hint + suffix), TypeOf(n.Type), [.. dims.Select(d => (long)d)], bytes));
    }

    /// <summary>
    /// The extents of a node's value for a reshape: the one that is chosen at each run is −1.
    /// </summary>
    /// <exception cref="FixedBatchException">There are several of these.</exception>
    public string Extents(Node n)
    {
        int[] free = [.. Enumerable.Range(0, n.Shape.Rank).Where(i => Varies(n, i))];
        if (free.Length > 1) throw new FixedBatchException();
        return Whole($"{n.Label ?? "graph"}/shape", [.. n.Shape.Select((d, i) => free.Contains(i) ? -1L : d)]);
    }

    /// <summary>The name of the batch's size as a list of one number.</summary>
    /// <exception cref="FixedBatchException">An extent that depends on the batch is not its size.</exception>
    public string BatchExtent(Dim extent)
    {
        if (!extent.IsBatch) throw new FixedBatchException();
        if (_outer is not null) return _outer.BatchExtent(extent);
        (string name, Slot slot) = _source.Inputs[0];
        return _batchExtent ??= Node("Shape", _source.Graph.Nodes.First(n => n.Op == LeafOps.Read && n.Slot == slot), [name], ("start", 0L), ("end", 1L));
    }

    /// <summary>The declaration of a value of the graph: extents that depend on the batch are left open.</summary>
    public OnnxValue Declare(string name, Node n) => new(
        name, TypeOf(n.Type), [.. n.Shape.Select((d, axis) => !Varies(n, axis) ? new OnnxDim(d) : d.IsBatch ? new OnnxDim(null, "batch") : default)]);

    /// <summary>A name that no value has.</summary>
    public string Unique(string hint)
    {
        string name = hint;
        for (int i = 2; !_taken.Add(name); i++) name = $"{hint}_{i}";
        return name;
    }

    private void Write(Graph graph, IReadOnlyDictionary<Slot, string> given)
    {
        foreach (Node n in graph.Nodes)
        {
            foreach (Node input in n.Inputs.Distinct())
            {
                if (!_users.TryGetValue(input, out List<Node>? users)) _users[input] = users = [];
                users.Add(n);
            }
        }

        // From the output backwards, so that what a larger operation takes up is not written on its own.
        var needed = graph.Assignments.Select(a => a.Value).ToHashSet();
        var found = new Dictionary<Node, OnnxPattern>();
        foreach (Node n in graph.Nodes.Reverse())
        {
            if (needed.Contains(n) && GraphBuilder.IsExtent(n)) throw new FixedBatchException();
            if (!needed.Contains(n) || IsConstant(n) || (n.Op == LeafOps.Read && (given.ContainsKey(n.Slot) || _outside.ContainsKey(n.Slot)))) continue;
            found[n] = OnnxPatterns.Match(this, n);
            needed.UnionWith(found[n].Inputs);
        }

        foreach (Node n in graph.Nodes)
        {
            if (n.Op == LeafOps.Read && given.TryGetValue(n.Slot, out string? name)) _names[(n, false)] = name;
            else if (found.TryGetValue(n, out OnnxPattern? pattern)) pattern.Emit(this, n);
        }
    }

    // The output's name replaces the one that its value was given.
    private void Finish(string last, string output)
    {
        int at = Graph.Nodes.FindIndex(n => n.Outputs[0] == last);
        if (at < 0)
        {
            Graph.Nodes.Add(new OnnxNode("Identity", "copy", [last], [output]));
            return;
        }

        Graph.Nodes[at] = Graph.Nodes[at] with { Outputs = [output] };
        for (int i = at + 1; i < Graph.Nodes.Count; i++)
            Graph.Nodes[i] = Graph.Nodes[i] with { Inputs = [.. Graph.Nodes[i].Inputs.Select(x => x == last ? output : x)] };
    }

    private double[]? Fold(Node n)
    {
        if (n.Op == LeafOps.Read && _outside.TryGetValue(n.Slot, out Node? outside)) return _outer!.Constant(outside);
        if (n.Op == LeafOps.Read) return _source.Content.TryGetValue(n.Slot, out StoredTensor? t) ? Numbers(t) : null;
        if (n.Op == LeafOps.Uniform || n.Op == LeafOps.Normal || !n.Shape.IsKnown) return null;
        var inputs = new double[n.Inputs.Count][];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (Constant(n.Inputs[i]) is not { } known) return null;
            inputs[i] = known;
        }

        var values = new double[n.Shape.Count];
        n.Op.Evaluate(n, inputs, values);
        return values;
    }

    private static double[] Numbers(StoredTensor t) => t.Type switch
    {
        DType.F32 => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(t.Bytes).ToArray(), v => (double)v),
        DType.I32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(t.Bytes).ToArray(), v => (double)v),
        _ => Array.ConvertAll(t.Bytes, v => (double)v),
    };

    private string Add(OnnxTensor tensor)
    {
        if (_outer is not null) return _outer.Add(tensor);
        Graph.Initializers.Add(tensor);
        return tensor.Name;
    }
}

/// <summary>The graph being written would hold for one batch size only.</summary>
internal sealed class FixedBatchException : Exception;
