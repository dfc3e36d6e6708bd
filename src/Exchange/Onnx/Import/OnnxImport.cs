using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>An ONNX model as a script.</summary>
/// <param name="Script">A <c>model</c> statement, with the functions it needs, and what its user should add.</param>
/// <param name="Weights">Its stored tensors under the names that the script gives them.</param>
/// <param name="Order">For each axis of the script's input, samples first, the axis of the file's.</param>
/// <param name="Symbols">Whether the input is numbers of symbols.</param>
/// <param name="Training">A <c>train</c> block that fits how the model ends.</param>
/// <param name="Notes">What the user is to know: what the file has and the script has not, a sentence each.</param>
public sealed record OnnxImported(string Script, Safetensors Weights, IReadOnlyList<int> Order, bool Symbols, string Training, IReadOnlyList<string> Notes);

/// <summary>
/// Reads an ONNX graph back as layers of the language. A value of the file is a layout over the value of a line, with a formula on each element: what reshapes,
/// transposes, slices and splits makes no line until a layer needs the elements in the order of the language, channels last. So layers are known by what they
/// compute, however the file's tool moves the axes around them.
/// </summary>
public sealed partial class OnnxImport
{
    /// <summary>The name of the model in the script.</summary>
    public const string ModelName = "imported";

    // Products of these stay in 32 bits.
    private const int MaxWindow = 1 << 12;
    private const int MaxExtent = 1 << 24;

    // Formulas longer than this get a line of their own.
    private const int MaxFormula = 48;

    private static readonly string[] Windowed = ["Conv", "ConvTranspose", "MaxPool", "AveragePool", "BatchNormalization", "InstanceNormalization", "Pad"];

    private readonly OnnxModel _model;
    private readonly string _file;
    private readonly OnnxFold _fold;
    private readonly Dictionary<string, OnnxTensor> _tensors = [];
    private readonly Dictionary<string, OnnxKnown> _known = [];
    private readonly Dictionary<string, Flow> _flows = [];
    private readonly Dictionary<string, int> _uses = [];
    private readonly List<Line> _lines = [];
    // Lines by what they are made from, and how.
    private readonly Dictionary<(Line, string), Line> _made = [];
    private readonly HashSet<string> _labels = [];
    private readonly Dictionary<string, string> _definitions = [];
    private readonly StringBuilder _functions = new();
    private readonly SortedDictionary<string, (int Count, string? Why)> _refused = new(StringComparer.Ordinal);
    private readonly Safetensors _weights = new();
    private Line _input = new([], "input");
    private Line _last = new([], "input");
    // Types of the values, as far as whole numbers compute in another way.
    private readonly Dictionary<string, OnnxType> _types = [];
    private string? _why;

    private readonly bool _channelsFirst;
    // What stands for a batch that the file leaves open; null where it is a number.
    private readonly int? _openBatch;
    private int[] _order = [];

    private OnnxImport(OnnxModel model, string file, int? openBatch, bool channelsFirst)
    {
        (_model, _file, _openBatch, _channelsFirst) = (model, file, openBatch, channelsFirst);
        // Small files compute little, such as masks; large ones may turn all their weights.
        _fold = new OnnxFold((1L << 26) + 8 * model.Graph.Initializers.Sum(t => t.Bytes.LongLength / sizeof(float)));
    }

    // A value of the file: some elements of a line's value, in an order, and a formula on each.
    private sealed record Flow(Line Line, OnnxLayout Layout, OnnxFormula Formula)
    {
        public int[] Dims => Layout.Dims;

        public int Rank => Layout.Axes.Count;
    }

    private string Run()
    {
        OnnxGraph graph = _model.Graph;
        foreach (OnnxTensor t in graph.Initializers) _tensors[t.Name] = t;
        OnnxValue[] inputs = [.. graph.Inputs.Where(i => !_tensors.ContainsKey(i.Name))];
        if (inputs.Length != 1 || graph.Outputs.Count != 1)
            throw Bad($"it has {Plural.Of(inputs.Length, "input")} and {Plural.Of(graph.Outputs.Count, "output")} ({string.Join(", ", [.. inputs.Select(i => i.Name), .. graph.Outputs.Select(o => o.Name)])}); one of each is read: export the model with one input, and one output");
        Flow given = Input(inputs[0]);
        _flows[inputs[0].Name] = given;
        foreach (string name in graph.Nodes.SelectMany(n => n.Inputs.Distinct()).Append(graph.Outputs[0].Name)) _uses[name] = _uses.GetValueOrDefault(name) + 1;
        foreach (OnnxTensor t in graph.Initializers.Where(t => t.Type == OnnxType.Double))
        {
            if (OnnxKnown.Of(t).Values.Any(v => double.IsFinite(v) && v != 0 && (float)v is var f && (f == 0 || float.IsInfinity(f))))
                throw Bad($"'{t.Name}' has numbers of 64 bits that 32 bits cannot hold");
        }

        foreach (OnnxNode node in graph.Nodes)
        {
            _why = null;
            OnnxNode n = OnnxSchema.Trimmed(node);
            if (n.Domain.Length > 0 || n.Outputs.Count == 0 || !Fits(n) || !Read(n)) Refuse(n);
        }

        if (_refused.Count > 0)
        {
            string reasons = string.Concat(_refused.Values.Where(r => r.Why is not null).Take(5).Select(r => $"; {r.Why}"));
            throw Bad($"it has operations that are no layers here: {string.Join(", ", _refused.Select(r => r.Value.Count == 1 ? r.Key : $"{r.Key} ({r.Value.Count} times)"))}{reasons}");
        }

        string output = graph.Outputs[0].Name;
        if (!_flows.ContainsKey(output))
            throw Bad(_known.ContainsKey(output) || _tensors.ContainsKey(output) ? "its output does not depend on its input" : "nothing makes its output");
        if (Output(Applied(output)) is not { } last) throw Bad($"its output '{output}' has its elements in an order that no layer gives{Reason()}");
        _last = last;
        string body = Write(last);
        return $"  input {string.Join('x', _input.Shape[1..])}\n{body}";
    }

    private Flow Input(OnnxValue input)
    {
        if (input.Dims is not { Count: >= 2 and <= 4 } dims) throw Bad($"its input '{input.Name}' is no batch of vectors, sequences or images");
        // Elsewhere time may come first.
        int batch = dims[0].Size is not null && dims.Count > 2 && dims[1].Size is null ? 1 : 0;
        if (dims.Where((d, i) => i != batch && d.Size is not (> 0 and <= MaxExtent)).Any())
            throw Bad($"its input '{input.Name}' is of {string.Join('x', dims.Select(d => d.Size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? d.Name ?? "?"))}: sizes but that of the batch must be known; export it for a fixed size, with dynamic_axes for the batch alone");
        int samples = (int)Math.Clamp(dims[batch].Size ?? _openBatch ?? 1, 1, MaxExtent);
        int[] sample = [.. dims.Where((_, i) => i != batch).Select(d => (int)d.Size!)];
        if (sample.Aggregate((double)samples, (n, d) => n * d) > 1L << 40) throw Bad($"its input '{input.Name}' is too large");
        if (!OnnxReader.ElementSizes.ContainsKey(input.Type) || input.Type == OnnxType.BFloat16)
            throw Bad($"its input '{input.Name}' has elements of a type that is not read");
        bool tokens = input.Type is OnnxType.Int64 or OnnxType.Int32;
        _types[input.Name] = input.Type;
        // Sequences have their channels first where a window goes over them.
        bool first = batch == 0 && !tokens && (sample.Length == 3 ? _channelsFirst
            : sample.Length == 2
                && _model.Producer != "nn"
                && _model.Graph.Nodes.Any(n => Windowed.Contains(n.Type) && n.Inputs.Count > 0 && n.Inputs[0] == input.Name));
        _input = new Line([samples, .. first ? [.. sample[1..], sample[0]] : sample], tokens ? "tokens" : "input");
        int rank = dims.Count;
        int[] order = first
            ? [0, rank - 1, .. Enumerable.Range(1, rank - 2)]
            : batch == 1
            ? [1, 0, .. Enumerable.Range(2, rank - 2)]
            : [.. Enumerable.Range(0, rank)];
        _order = first ? [0, .. Enumerable.Range(2, rank - 2), 1] : batch == 1 ? [1, 0, .. Enumerable.Range(2, rank - 2)] : order;
        // Bytes are 0 to 1 in the language.
        OnnxFormula formula = input.Type == OnnxType.UInt8
            ? OnnxFormula.Of(new OnnxNode("Mul", "", [], []), [OnnxFormula.X, OnnxFormula.Number(Data.FieldForm.White)])!
            : OnnxFormula.X;
        return new Flow(_input, OnnxLayout.Plain(_input.Shape).Transpose(order), formula);
    }

    // The output has the axes in the order in which they lie.
    private Line? Output(Flow x)
    {
        long before = long.MaxValue;
        long[] strides = [.. x.Layout.Axes.Select(a => before = a.Count > 0 ? a[0].Stride : before)];
        int[] order = [.. Enumerable.Range(0, x.Rank).OrderByDescending(i => strides[i])];
        OnnxLayout lying = x.Layout.Transpose(order);
        bool same = x.Line.Shape.Where(d => d != 1).SequenceEqual(lying.Dims.Where(d => d != 1));
        if (same && lying.IsWhole(x.Line.Count) && x.Line is not (ScoresLine or MixedLine or RecurrentLine)) return x.Line;
        return Arranged(x, order) ?? Arranged(x);
    }

    private void Refuse(OnnxNode n)
    {
        // What only follows from something refused is not told again.
        if (n.Inputs.Any(i => i.Length > 0 && !_flows.ContainsKey(i) && !IsKnown(i) && !_padded.ContainsKey(i) && !_stacks.ContainsKey(i))) return;
        string name = n.Domain.Length > 0 ? $"{n.Domain}.{n.Type}" : n.Type;
        (int count, string? why) = _refused.GetValueOrDefault(name);
        _refused[name] = (count + 1, why ?? (_why is null ? null : $"{(n.Name.Length > 0 ? $"'{n.Name}'" : n.Type)}: {_why}"));
    }

    // Says why an operation is refused, and what would do.
    private bool No(string why)
    {
        _why ??= why;
        return false;
    }

    // What says more than a reason from within.
    private bool Rather(string why)
    {
        _why = why;
        return false;
    }

    private string Reason() => _why is null ? "" : $": {_why}";

    private bool Read(OnnxNode n)
    {
        if (n.Type == "Constant") return Constant(n);
        string[] given = [.. n.Inputs.Where(i => i.Length > 0)];
        if (given.Length > 0 && given.All(IsKnown) && n.Type is not ("Scan" or "Split")) return n.Outputs.Count == 1
            && Made(n, _fold.Run(n, [.. n.Inputs.Select(i => i.Length == 0 ? null : Known(i))]));
        if (n.Inputs.Any(_padded.ContainsKey) && n.Type is not ("Conv" or "AveragePool"))
            return No($"zeros around a value can only belong to the Conv or AveragePool after them, not to {n.Type}");
        if (n.Inputs.Any(_stacks.ContainsKey)) return Unstacked(n);
        if (n.Type == "Split" && given.Length > 0 && given.All(IsKnown)) return Split(n, Known(given[0])!);
        return given.Length > 0 && given.All(i => _flows.ContainsKey(i) || _padded.ContainsKey(i) || IsKnown(i)) && Layer(n);
    }

    private bool Layer(OnnxNode n)
    {
        switch (n.Type)
        {
            case "Conv" or "ConvTranspose": return Convolution(n, n.Type == "ConvTranspose");
            case "MaxPool" or "AveragePool": return Pool(n);
            case "RNN" or "GRU" or "LSTM": return Recurrent(n);
            case "Scan": return Loop(n);
            case "Concat": return Concatenated(n);
            case "MatMul" when n.Inputs.Count == 2 && n.Inputs.All(_flows.ContainsKey): return Attend(n, Flowing(n.Inputs[0]), Flowing(n.Inputs[1]));
            case "Gather" when n.Inputs.Count == 2 && IsKnown(n.Inputs[0]): return Embedding(n);
            case "Pad": return Pad(n);
            case "Dropout": return Dropped(n);
            case "Einsum": return Einsum(n);
            case "Resize" or "Upsample": return Upsample(n);
        }

        if (OnnxFormula.Of(n, [.. n.Inputs.Select((name, i) => name.Length == 0 ? null : OnnxFormula.Operand(i))]) is not null || n.Type == "Clip")
            return Pointwise(n);
        if (!_flows.TryGetValue(n.Inputs[0], out Flow? x) || n.Inputs.Skip(1).Any(_flows.ContainsKey)) return false;
        switch (n.Type)
        {
            case "Shape": return Made(n, OnnxFold.Sizes(n, x.Dims));
            case "Size": return Made(n, new OnnxKnown(OnnxType.Int64, [], [x.Layout.Count]));
            case "Gemm" or "MatMul": return Dense(n);
            case "Softmax" or "LogSoftmax": return Softmax(n);
            case "BatchNormalization": return BatchNorm(n);
            case "InstanceNormalization": return InstanceNorm(n);
            case "LayerNormalization": return LayerNorm(n);
            case "GlobalAveragePool" or "GlobalMaxPool":
                return Reduced(
                n, [.. Enumerable.Range(2, Math.Max(0, x.Rank - 2))], n.Type == "GlobalMaxPool" ? "max" : "mean", keep: true);
            case "ReduceMean" or "ReduceSum" or "ReduceMax" or "ReduceMin" or "ReduceL2": return Reduction(n, x);
            case "ArgMax": return Best(n);
            default: return Moved(n, x);
        }
    }

    private bool Constant(OnnxNode n)
    {
        foreach ((string name, object? value) in n.Attributes)
        {
            switch (name, value)
            {
                case ("value", OnnxTensor t):
                    _tensors[n.Outputs[0]] = t;
                    return true;
                case ("value_float", float f): return Made(n, new OnnxKnown(OnnxType.Float, [], [f]));
                case ("value_int", long i): return Made(n, new OnnxKnown(OnnxType.Int64, [], [i]));
                case ("value_floats", float[] all): return Made(n, new OnnxKnown(OnnxType.Float, [all.Length], Array.ConvertAll(all, v => (double)v)));
                case ("value_ints", long[] all): return Made(n, new OnnxKnown(OnnxType.Int64, [all.Length], Array.ConvertAll(all, v => (double)v)));
            }
        }

        return false;
    }

    private bool Made(OnnxNode n, OnnxKnown? known)
    {
        if (known is null) return No("it is not computed here from what is known, or has too many elements");
        _known[n.Outputs[0]] = known;
        return true;
    }

    private bool IsKnown(string name) => _known.ContainsKey(name) || _tensors.ContainsKey(name);

    private OnnxKnown? Known(string name)
    {
        if (_known.TryGetValue(name, out OnnxKnown? known)) return known;
        return _tensors.TryGetValue(name, out OnnxTensor? t) ? _known[name] = OnnxKnown.Of(t) : null;
    }

    // An operand that may be left out.
    private OnnxKnown? Known(OnnxNode n, int at) => at < n.Inputs.Count && n.Inputs[at].Length > 0 ? Known(n.Inputs[at]) : null;

    private static bool Has(OnnxNode n, int at) => at < n.Inputs.Count && n.Inputs[at].Length > 0;

    // As many numbers as a layer has channels, from an operand; null where it is something else.
    private float[]? Row(OnnxNode n, int at, long count) => Known(n, at) is { Whole: false } t && t.Values.Length == count ? t.Floats() : null;

    private Flow Flowing(string name) => _flows[name];

    // With its formula as a line.
    private Flow Applied(string name)
    {
        Flow x = _flows[name];
        return x.Formula == OnnxFormula.X && x.Line is not MixedLine ? x : _flows[name] = Applied(x);
    }

    private Flow Applied(Flow x)
    {
        if (x.Line is MixedLine mixed) x = x with { Line = Attention(mixed, null) };
        if (x.Formula == OnnxFormula.X) return x;
        if (!_made.TryGetValue((x.Line, x.Formula.Text), out Line? line)) _made[(x.Line, x.Formula.Text)] = line = Add(Pointwise(x.Line, x.Formula));
        return new Flow(line, x.Layout, OnnxFormula.X);
    }

    private T Add<T>(T line)
        where T : Line
    {
        if (line.Shape.Aggregate(1.0, (n, d) => n * d) > 1L << 40) throw Bad($"a value of {Extents(line.Shape[1..])} is too large");
        _lines.Add(line);
        return line;
    }

    private bool Set(OnnxNode n, Flow value)
    {
        _flows[n.Outputs[0]] = value;
        return true;
    }

    // The value of a line whose axes lie in an order.
    private static Flow Placed(Line line, IReadOnlyList<int> order)
    {
        var back = new int[order.Count];
        for (int i = 0; i < back.Length; i++) back[order[i]] = i;
        return new Flow(line, OnnxLayout.Plain(line.Shape).Transpose(back), OnnxFormula.X);
    }

    private void Store(string label, Tensor t) =>
        _weights.Tensors[$"{ModelName}.{label}.{t.Role}"] = new StoredTensor(new Shape(t.Dims), DType.F32, MemoryMarshal.AsBytes(t.Values.AsSpan()).ToArray());

    private static float[] Permuted(float[] values, int[] dims, int[] order) =>
        values.Length == 0 ? values : Taken(values, OnnxLayout.Plain(dims).Transpose(order));

    private static float[] Taken(float[] values, OnnxLayout layout) =>
        Array.ConvertAll(layout.Places([.. Enumerable.Range(0, layout.Axes.Count)]), p => values[p + layout.Offset]);

    private static long Whole(OnnxNode n, string name, long otherwise) => OnnxFold.Whole(n, name, otherwise);

    private static float Single(OnnxNode n, string name, float otherwise) => n.Attributes.GetValueOrDefault(name) as float? ?? otherwise;

    private static string Text(double v) => OnnxFormula.Written(v);

    private NnException Bad(string why) => new(ExitCode.BadFile, $"{_file} cannot be imported: {why}");

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Word();
}
