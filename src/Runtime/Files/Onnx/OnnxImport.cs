using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Nn.Graphs;
using Nn.Ops;

namespace Nn.Files.Onnx;

/// <summary>An ONNX model as a script.</summary>
/// <param name="Script">A <c>model</c> statement, with the functions it needs, and what its user should add.</param>
/// <param name="Weights">Its stored tensors under the names that the script gives them.</param>
public sealed record OnnxImported(string Script, Safetensors Weights);

/// <summary>
/// Reads an ONNX graph back as layers of the language: products, convolutions, pools, norms, activations and their branches. Images and sequences become channels last.
/// </summary>
public sealed partial class OnnxImport
{
    /// <summary>The name of the model in the script.</summary>
    public const string ModelName = "imported";

    // Products of these stay in 32 bits.
    private const int MaxWindow = 1 << 12;
    private const int MaxExtent = 1 << 24;

    private static readonly string[] Windowed = ["Conv", "ConvTranspose", "MaxPool", "AveragePool", "BatchNormalization", "InstanceNormalization", "Pad"];

    private readonly OnnxGraph _graph;
    private readonly string _file;
    private readonly Dictionary<string, OnnxTensor> _constants = [];
    private readonly Dictionary<string, List<OnnxNode>> _users = [];
    private readonly Dictionary<string, Flow> _flows = [];
    private readonly List<Line> _lines = [];
    private readonly HashSet<string> _labels = [];
    private readonly Dictionary<string, long[]> _padded = [];
    private readonly HashSet<OnnxNode> _absorbed = [];
    private readonly SortedDictionary<string, int> _refused = new(StringComparer.Ordinal);
    private readonly StringBuilder _functions = new();
    private bool _bytes;
    private readonly Safetensors _weights = new();

    private OnnxImport(OnnxGraph graph, string file) => (_graph, _file) = (graph, file);

    // A line of the model; its label is written where a layer stores tensors, or where a later line goes back to it.
    private sealed class Line(string text, string? label)
    {
        public string Text { get; set; } = text;

        public string? Label { get; set; } = label;
    }

    // A value: the line that makes it (−1 is the input), whether its axes are channels first there, and the extents without the batch as the file has them.
    private sealed record Flow(int Line, bool First, int[] Dims, int[]? Pixels = null);

    /// <summary>Converts a model.</summary>
    /// <exception cref="NnException">It has operations that are no layers here; all of them are named.</exception>
    public static OnnxImported Convert(OnnxModel model, string file)
    {
        var import = new OnnxImport(model.Graph, file);
        string body = import.Run(model.Producer == "nn");
        string producer = model.Producer.Length == 0 ? "" : $" ({model.Producer} {model.ProducerVersion})";
        string classes = model.Metadata.TryGetValue("classes", out string? names) ? $"# classes: {names.ReplaceLineEndings(" ")}\n" : "";
        return new OnnxImported($$"""
            # From {{Path.GetFileName(file)}}{{producer}}.
            {{classes}}{{import._functions}}model {{ModelName}} {
            {{body}}}

            # To run or train it, say on what and how:
            #   data d { csv "table.csv"; target y; split 80/20; normalize none }
            #   train { loss cross_entropy; optimizer adam; metrics accuracy }

            """.ReplaceLineEndings("\n"), import._weights);
    }

    private string Run(bool channelsLast)
    {
        foreach (OnnxTensor t in _graph.Initializers) _constants[t.Name] = t;
        foreach (OnnxNode n in _graph.Nodes.Where(n => n.Type == "Constant" && n.Outputs.Count == 1))
        {
            if (n.Attributes.GetValueOrDefault("value") is OnnxTensor t) _constants[n.Outputs[0]] = t;
        }

        foreach (OnnxNode n in _graph.Nodes)
        {
            foreach (string input in n.Inputs.Distinct()) (_users.TryGetValue(input, out List<OnnxNode>? u) ? u : _users[input] = []).Add(n);
        }

        OnnxValue[] inputs = [.. _graph.Inputs.Where(i => !_constants.ContainsKey(i.Name))];
        if (inputs.Length != 1 || _graph.Outputs.Count != 1) throw Bad($"it has {inputs.Length} inputs and {_graph.Outputs.Count} outputs; one of each is read");
        if (inputs[0].Dims is not { Count: >= 2 and <= 4 } dims || dims.Skip(1).Any(d => d.Size is not (> 0 and <= MaxExtent)))
            throw Bad("its input is no batch of vectors, sequences or images of known size");
        int[] sample = [.. dims.Skip(1).Select(d => (int)d.Size!)];
        // Images of other tools have their channels first; sequences where a window goes over them.
        bool first = !channelsLast && (sample.Length == 3 || (sample.Length == 2 && _users.GetValueOrDefault(inputs[0].Name)?.Any(u => Windowed.Contains(u.Type)) == true));
        _flows[inputs[0].Name] = new Flow(-1, first, sample);
        _bytes = inputs[0].Type == OnnxType.UInt8;
        foreach (OnnxNode n in _graph.Nodes.Where(n => n.Type != "Constant"))
        {
            if (_absorbed.Contains(n)) continue;
            if (n.Domain.Length > 0 || n.Outputs.Count == 0 || !Layer(n)) Refuse(n);
        }

        if (_refused.Count > 0)
            throw Bad($"it has operations that are no layers here: {string.Join(", ", _refused.Select(r => r.Value == 1 ? r.Key : $"{r.Key} ({r.Value} times)"))}");
        if (!_flows.TryGetValue(_graph.Outputs[0].Name, out Flow? last)) throw Bad("nothing makes its output");
        From(last);
        var text = new StringBuilder($"  input {string.Join('x', first ? [.. sample[1..], sample[0]] : sample)}\n");
        foreach (Line l in _lines) text.Append(l.Label is null ? $"  {l.Text}\n" : $"  {l.Label} = {l.Text}\n");
        return text.ToString();
    }

    private void Refuse(OnnxNode n)
    {
        // What only follows from something refused is not told again.
        if (n.Inputs.Any(i => i.Length > 0 && !_flows.ContainsKey(i) && !_constants.ContainsKey(i))) return;
        string name = n.Domain.Length > 0 ? $"{n.Domain}.{n.Type}" : n.Type;
        _refused[name] = _refused.GetValueOrDefault(name) + 1;
    }

    private bool Layer(OnnxNode n)
    {
        if (n.Type == "Transpose" && n.Inputs.Count == 1 && Number(n.Inputs[0]) is { Dims.Count: 2, Type: OnnxType.Float } matrix)
        {
            float[] moved = Moved(Floats(matrix), [(int)matrix.Dims[0], (int)matrix.Dims[1]], [1, 0]);
            _constants[n.Outputs[0]] = new OnnxTensor(matrix.Name, OnnxType.Float, [matrix.Dims[1], matrix.Dims[0]], MemoryMarshal.AsBytes(moved.AsSpan()).ToArray());
            return n.Attributes.GetValueOrDefault("perm") is null or long[] and [1, 0];
        }

        if (Sizes(n) || Zeros(n)) return true;
        if (n.Inputs.Count == 0 || !_flows.TryGetValue(n.Inputs[0], out Flow? x))
            return n.Type is "Add" or "Mul" && n.Inputs.Count == 2 && _flows.TryGetValue(n.Inputs[1], out x) && Number(n.Inputs[0]) is { } c && Constant(n, x, c);
        if (Gelu(n, x) || DecomposedLayerNorm(n, x) || DecomposedGroupNorm(n, x) || Recurrent(n, x)) return true;
        switch (n.Type)
        {
            case "Gemm" or "MatMul": return Dense(n, x);
            case "Conv" or "ConvTranspose": return Convolution(n, x, n.Type == "ConvTranspose");
            case "BatchNormalization": return BatchNorm(n, x);
            case "MaxPool" or "AveragePool": return Pool(n, x);
            case "GlobalAveragePool": return GlobalPool(n, x, "avgpool");
            case "GlobalMaxPool": return GlobalPool(n, x, "maxpool");
            case "InstanceNormalization": return InstanceNorm(n, x);
            case "LayerNormalization": return LayerNorm(n, x);
            case "Resize" or "Upsample": return Upsample(n, x);
            case "Flatten" when Whole(n, "axis", 1) == 1: return Flatten(n, x);
            case "Reshape" when FlattensTo(n, x): return Flatten(n, x);
            case "Transpose": return Transposed(n, x);
            case "Pad": return Pad(n, x);
            case "Identity" or "Dropout" or "Cast": return Same(n, x);
            case "Add" or "Concat" when n.Inputs.All(_flows.ContainsKey): return Join(n);
            case "Add" or "Sub" or "Mul" or "Div" when n.Inputs.Count == 2 && Number(n.Inputs[1]) is { } c: return Constant(n, x, c);
            case "Relu" or "Sigmoid" or "Tanh" or "Softplus" or "Softsign" or "Selu": return Add(n, x, n.Type.ToLowerInvariant());
            case "LeakyRelu": return Add(n, x, $"leaky_relu slope: {Text(Single(n, "alpha", 0.01f))}");
            case "Elu": return Add(n, x, $"elu alpha: {Text(Single(n, "alpha", 1))}");
            case "HardSigmoid" when Math.Abs(Single(n, "alpha", 0.2f) - 1f / 6) < 1e-6 && Single(n, "beta", 0.5f) == 0.5f: return Add(n, x, "hard_sigmoid");
            case "Softmax" or "LogSoftmax" when FeatureAxis(n, x): return Add(n, x, n.Type == "Softmax" ? "softmax" : "log_softmax");
            default: return false;
        }
    }

    private bool Flatten(OnnxNode n, Flow x)
    {
        // A vector, or one pixel: nothing to do.
        if (x.Dims.Length == 1 || x.Dims.Skip(x.First ? 1 : 0).Take(x.Dims.Length - 1).All(d => d == 1))
        {
            _flows[n.Outputs[0]] = x with { Dims = [x.Dims.Aggregate(1, (a, b) => a * b)], First = false };
            return true;
        }

        bool reordered = x.First && x.Dims[0] > 1;
        long count = x.Dims.Aggregate(1L, (a, b) => a * b);
        if (count > int.MaxValue || !Add(n, x, "flatten", [(int)count], first: false)) return false;
        if (reordered) _flows[n.Outputs[0]] = _flows[n.Outputs[0]] with { Pixels = x.Dims };
        // The order of the pixels is another here: only what is read by a dense layer, or number by number on the way to one, can follow it.
        return !reordered || (_users.GetValueOrDefault(n.Outputs[0]) is { Count: > 0 } users && users.All(u => u.Type is "Gemm" or "MatMul" or "Dropout" or "Identity" or "Relu" or "Tanh" or "Sigmoid"));
    }

    private bool FlattensTo(OnnxNode n, Flow x)
    {
        long count = x.Dims.Aggregate(1L, (a, b) => a * b);
        return n.Inputs.Count > 1 && Integers(n.Inputs[1]) is [var batch, { } rest] && (rest == count || (rest == -1 && batch is null or 0 or 1));
    }

    private bool Transposed(OnnxNode n, Flow x)
    {
        if (n.Attributes.GetValueOrDefault("perm") is not long[] perm || perm.Length != x.Dims.Length + 1 || x.Pixels is not null) return false;
        if (perm is [0, 2, 1]) _flows[n.Outputs[0]] = x with { First = !x.First, Dims = [x.Dims[1], x.Dims[0]] };
        else if (perm is [0, 3, 1, 2] && !x.First) _flows[n.Outputs[0]] = x with { First = true, Dims = [x.Dims[2], x.Dims[0], x.Dims[1]] };
        else if (perm is [0, 2, 3, 1] && x.First) _flows[n.Outputs[0]] = x with { First = false, Dims = [x.Dims[1], x.Dims[2], x.Dims[0]] };
        else return false;
        return true;
    }

    // Zeros around an image belong to the window that moves over them next.
    private bool Pad(OnnxNode n, Flow x)
    {
        bool zeros = (n.Attributes.GetValueOrDefault("mode") as string ?? "constant") == "constant" && (n.Inputs.Count < 3 || n.Inputs[2].Length == 0 || (Number(n.Inputs[2]) is { } v && Floats(v) is [0]));
        if (!zeros || !x.First || n.Inputs.Count < 2 || Number(n.Inputs[1]) is not { Type: OnnxType.Int64 } pads) return false;
        long[] sides = MemoryMarshal.Cast<byte, long>(pads.Bytes).ToArray();
        int axes = x.Dims.Length + 1;
        if (_users.GetValueOrDefault(n.Outputs[0]) is not [{ Type: "Conv" or "AveragePool" }] || sides.Length != 2 * axes || sides[0] != 0 || sides[1] != 0 || sides[axes] != 0 || sides[axes + 1] != 0) return false;
        _padded[n.Outputs[0]] = [.. sides[2..axes], .. sides[(axes + 2)..]];
        _flows[n.Outputs[0]] = x;
        return true;
    }

    private bool Same(OnnxNode n, Flow x)
    {
        if (n.Type == "Cast" && (OnnxType)Whole(n, "to", 0) != OnnxType.Float) return false;
        // Bytes are 0 to 1 in the language: their division by 255 is taken up.
        if (n.Type == "Cast" && _bytes)
        {
            if (x.Line >= 0 || _users.GetValueOrDefault(n.Outputs[0]) is not [{ Type: "Mul", Inputs.Count: 2 } scale]) return false;
            if (Number(scale.Inputs[1]) is not { } factor || Floats(factor) is not [var f] || Math.Abs(f * 255 - 1) > 1e-6) return false;
            _absorbed.Add(scale);
            _flows[scale.Outputs[0]] = x;
        }

        _flows[n.Outputs[0]] = x;
        return true;
    }

    private bool Join(OnnxNode n)
    {
        Flow[] parts = [.. n.Inputs.Select(i => _flows[i])];
        Flow x = parts[0];
        if (parts.Length < 2 || parts.Any(p => p.Pixels is not null || p.First != x.First || p.Dims.Length != x.Dims.Length)) return false;
        int channel = x.First ? 0 : x.Dims.Length - 1;
        if (n.Type == "Add" && parts.Any(p => !p.Dims.SequenceEqual(x.Dims))) return false;
        long axis = Whole(n, "axis", 1);
        if (n.Type == "Concat" && (axis < 0 ? axis + x.Dims.Length + 1 : axis) != channel + 1) return false;
        if (parts.Any(p => p.Line < 0)) Start();
        string names = string.Join(", ", n.Inputs.Select(i => Name(_flows[i].Line)));
        int[] dims = [.. x.Dims];
        if (n.Type == "Concat") dims[channel] = parts.Sum(p => p.Dims[channel]);
        _lines.Add(new Line($"{(n.Type == "Add" ? "add" : "concat")} {names}", null));
        _flows[n.Outputs[0]] = new Flow(_lines.Count - 1, x.First, dims);
        return true;
    }

    // Arithmetic with a stored number, or with one for each feature.
    private bool Constant(OnnxNode n, Flow x, OnnxTensor c)
    {
        string sign = n.Type switch { "Add" => "+", "Sub" => "-", "Mul" => "*", _ => "/" };
        float[] values = Floats(c);
        if (x.Pixels is not null) return false;
        if (values.Length == 1)
        {
            string function = Unique("number_1");
            _functions.Append($"fn {function}(x) = x {sign} ({Text(values[0])})\n");
            return Add(n, x, function);
        }

        if (!PerFeature(c, x)) return false;
        string label = Label(n.Outputs[0], "scale");
        string layer = $"each_{label}";
        _functions.Append($"layer {layer} {{\n  w = param [{values.Length}]\n  it {sign} w\n}}\n");
        Store(label, "w", [values.Length], values);
        return Add(n, x, layer, label: label);
    }

    private bool Add(OnnxNode n, Flow x, string text, int[]? dims = null, bool? first = null, string? label = null)
    {
        From(x);
        _lines.Add(new Line(text, label));
        _flows[n.Outputs[0]] = new Flow(_lines.Count - 1, first ?? x.First, dims ?? x.Dims, dims is null ? x.Pixels : null);
        return true;
    }

    // A layer takes the line before it; what comes from elsewhere is fetched by name.
    private void From(Flow x)
    {
        if (x.Line == _lines.Count - 1) return;
        if (x.Line < 0) Start();
        _lines.Add(new Line($"from {Name(x.Line)}", null));
    }

    // The input has no line of its own: an identity gives it a name.
    private void Start()
    {
        if (_lines.Count > 0 && _lines[0].Text == "identity") return;
        _lines.Insert(0, new Line("identity", null));
        foreach (string key in _flows.Keys.ToArray()) _flows[key] = _flows[key] with { Line = _flows[key].Line + 1 };
    }

    private string Name(int line) => _lines[Math.Max(0, line)].Label ??= Unique($"value_{Math.Max(0, line)}");

    private string Label(string tensor, string kind)
    {
        string name = Word().Replace(tensor.ToLowerInvariant(), "_").Trim('_');
        foreach (string role in new[] { "_weight", "_kernel", "_scale", "_gamma" })
        {
            if (name.EndsWith(role, StringComparison.Ordinal)) name = name[..^role.Length];
        }

        // A digit at the end keeps labels apart from the words of the language.
        if (name.Length is 0 or > 40 || !char.IsAsciiLetter(name[0])) name = $"{kind}_{name}".TrimEnd('_');
        return Unique(char.IsAsciiDigit(name[^1]) && name.Length > 2 ? name : name + "_1");
    }

    private string Unique(string name)
    {
        string unique = name;
        for (int i = 2; !_labels.Add(unique); i++) unique = $"{name}_{i}";
        return unique;
    }

    private OnnxTensor? Number(string name) => _constants.GetValueOrDefault(name);

    private float[]? Bias(string name, int count) => Number(name) is { } t && Floats(t) is var values && values.Length == count ? values : null;

    private static float[] Floats(OnnxTensor t) => t.Type switch
    {
        OnnxType.Float => MemoryMarshal.Cast<byte, float>(t.Bytes).ToArray(),
        OnnxType.Double => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(t.Bytes).ToArray(), v => (float)v),
        OnnxType.Float16 => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(t.Bytes).ToArray(), v => (float)v),
        _ => [],
    };

    private void Store(string label, string role, int[] dims, float[] values) =>
        _weights.Tensors[$"{ModelName}.{label}.{role}"] = new StoredTensor(new Shape(dims), DType.F32, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private static float[] Moved(float[] values, int[] dims, int[] order)
    {
        var shape = new Shape(dims);
        if (values.Length != shape.Count || values.Length == 0) return values;
        long[] strides = shape.Strides(), moved = [.. order.Select(i => strides[i])];
        var result = new float[values.Length];
        foreach ((int[] at, long linear) in Coordinates.Of(new Shape([.. order.Select(i => dims[i])]))) result[linear] = values[Coordinates.Offset(at, moved)];
        return result;
    }

    private static bool FeatureAxis(OnnxNode n, Flow x)
    {
        long axis = Whole(n, "axis", -1);
        return (axis < 0 ? axis + x.Dims.Length + 1 : axis) == (x.First ? 1 : x.Dims.Length);
    }

    private static long Whole(OnnxNode n, string name, long otherwise) => n.Attributes.GetValueOrDefault(name) as long? ?? otherwise;

    private static float Single(OnnxNode n, string name, float otherwise) => n.Attributes.GetValueOrDefault(name) as float? ?? otherwise;

    private static string Text(float v) => v.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();

    private NnException Bad(string why) => new(ExitCode.BadFile, $"{_file} cannot be imported: {why}");

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Word();
}
