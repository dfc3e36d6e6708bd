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
/// Reads an ONNX graph back as layers of the language: products, convolutions, pools, norms, activations and their branches. Images become channels last.
/// </summary>
public sealed partial class OnnxImport
{
    /// <summary>The name of the model in the script.</summary>
    public const string ModelName = "imported";

    // Products of these stay in 32 bits.
    private const int MaxWindow = 1 << 12;
    private const int MaxExtent = 1 << 24;

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
        if (inputs[0].Dims is not { Count: 2 or 4 } dims || dims.Skip(1).Any(d => d.Size is not (> 0 and <= MaxExtent)))
            throw Bad("its input is no batch of vectors or images of known size");
        int[] sample = [.. dims.Skip(1).Select(d => (int)d.Size!)];
        bool first = sample.Length == 3 && !channelsLast;
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
        var text = new StringBuilder($"  input {string.Join('x', first ? [sample[1], sample[2], sample[0]] : sample)}\n");
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

        if (n.Inputs.Count == 0 || !_flows.TryGetValue(n.Inputs[0], out Flow? x))
            return n.Type is "Add" or "Mul" && n.Inputs.Count == 2 && _flows.TryGetValue(n.Inputs[1], out x) && Number(n.Inputs[0]) is { } c && Constant(n, x, c);
        switch (n.Type)
        {
            case "Gemm" or "MatMul": return Dense(n, x);
            case "Conv": return Convolution(n, x);
            case "BatchNormalization": return BatchNorm(n, x);
            case "MaxPool" or "AveragePool": return Pool(n, x);
            case "GlobalAveragePool" when x.First && x.Dims.Length == 3: return Add(n, x, "avgpool global", [x.Dims[0], 1, 1], first: true);
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

    private bool Dense(OnnxNode n, Flow x)
    {
        if (x.Dims.Length != 1 || n.Inputs.Count < 2 || Number(n.Inputs[1]) is not { Dims.Count: 2 } w) return false;
        if (n.Type == "Gemm" && (Single(n, "alpha", 1) != 1 || Single(n, "beta", 1) != 1 || Whole(n, "transA", 0) != 0)) return false;
        bool transposed = n.Type == "Gemm" && Whole(n, "transB", 0) == 1;
        int inputs = (int)w.Dims[transposed ? 1 : 0], units = (int)w.Dims[transposed ? 0 : 1];
        if (inputs != x.Dims[0]) return false;
        OnnxNode end = n;
        float[]? bias = n.Type == "Gemm" && n.Inputs.Count > 2 && n.Inputs[2].Length > 0 ? Bias(n.Inputs[2], units) : null;
        if (n.Type == "Gemm" && n.Inputs.Count > 2 && n.Inputs[2].Length > 0 && bias is null) return false;
        // A product and the sum after it are one layer.
        if (n.Type == "MatMul" && _users.GetValueOrDefault(n.Outputs[0]) is [{ Type: "Add" } sum] && Bias(sum.Inputs[sum.Inputs[0] == n.Outputs[0] ? 1 : 0], units) is { } added)
        {
            (end, bias) = (sum, added);
            _absorbed.Add(sum);
        }

        string label = Label(n.Inputs[1], "dense");
        float[] values = Floats(w);
        // Rows of the inputs in the order in which images are flattened here.
        int[] order = x.Pixels is { } p ? [p[0], p[1], p[2]] : [inputs, 1, 1];
        Store(label, "weight", [inputs, units], transposed
            ? Moved(values, [units, .. order], [2, 3, 1, 0])
            : Moved(values, [.. order, units], [1, 2, 0, 3]));
        if (bias is not null) Store(label, "bias", [units], bias);
        return Add(end, x, $"dense {units}{(bias is null ? ", bias: false" : "")}", [units], label: label);
    }

    private bool Convolution(OnnxNode n, Flow x)
    {
        if (!x.First || x.Dims.Length != 3 || n.Inputs.Count < 2 || Number(n.Inputs[1]) is not { Dims.Count: 4 } w) return false;
        int[] window = [(int)w.Dims[2], (int)w.Dims[3]], stride = Pair(n, "strides"), dilation = Pair(n, "dilations");
        int groups = (int)Whole(n, "group", 1), channels = (int)w.Dims[0];
        if (groups < 1 || w.Dims[1] * groups != x.Dims[0] || Padding(n, x, window, stride, dilation) is not { } padding) return false;
        float[]? bias = n.Inputs.Count > 2 && n.Inputs[2].Length > 0 ? Bias(n.Inputs[2], channels) : null;
        if (n.Inputs.Count > 2 && n.Inputs[2].Length > 0 && bias is null) return false;
        string label = Label(n.Inputs[1], "conv");
        Store(label, "weight", [window[0], window[1], (int)w.Dims[1], channels], Moved(Floats(w), [.. w.Dims.Select(d => (int)d)], [2, 3, 1, 0]));
        if (bias is not null) Store(label, "bias", [channels], bias);
        string text = $"conv {channels}, {window[0]}x{window[1]}{Of("stride", stride)}{padding.Text}{Of("dilation", dilation)}{(groups == 1 ? "" : $", groups: {groups}")}{(bias is null ? ", bias: false" : "")}";
        return Add(n, x, text, [channels, padding.Rows, padding.Columns], label: label);
    }

    private bool BatchNorm(OnnxNode n, Flow x)
    {
        int channels = x.Dims[x.First || x.Dims.Length == 1 ? 0 : ^1];
        if (n.Inputs.Count < 5 || Whole(n, "training_mode", 0) != 0) return false;
        float[]?[] values = [.. n.Inputs.Skip(1).Take(4).Select(i => Bias(i, channels))];
        if (values.Any(v => v is null)) return false;
        string label = Label(n.Inputs[1], "batchnorm");
        foreach ((string role, float[]? v) in new[] { "scale", "shift", "running_mean", "running_variance" }.Zip(values)) Store(label, role, [channels], v!);
        return Add(n, x, $"batchnorm eps: {Text(Single(n, "epsilon", 1e-5f))}", label: label);
    }

    private bool Pool(OnnxNode n, Flow x)
    {
        if (!x.First || x.Dims.Length != 3 || n.Outputs.Count != 1 || Whole(n, "ceil_mode", 0) != 0) return false;
        int[] window = Pair(n, "kernel_shape"), stride = Pair(n, "strides"), dilation = Pair(n, "dilations");
        if (dilation is not [1, 1] || Padding(n, x, window, stride, dilation) is not { } padding) return false;
        if (n.Type == "AveragePool" && padding.Text.Length > 0 && Whole(n, "count_include_pad", 0) != 1 && !_padded.ContainsKey(n.Inputs[0])) return false;
        string steps = stride.SequenceEqual(window) ? "" : $", stride: {stride[0]}x{stride[1]}";
        return Add(n, x, $"{(n.Type == "MaxPool" ? "maxpool" : "avgpool")} {window[0]}x{window[1]}{steps}{padding.Text}", [x.Dims[0], padding.Rows, padding.Columns]);
    }

    private bool Flatten(OnnxNode n, Flow x)
    {
        // A vector, or one pixel: nothing to do.
        if (x.Dims.Length == 1 || x.Dims.Skip(x.First ? 1 : 0).Take(2).All(d => d == 1))
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
        if (n.Inputs.Count < 2 || Number(n.Inputs[1]) is not { Type: OnnxType.Int64 } shape) return false;
        long[] dims = MemoryMarshal.Cast<byte, long>(shape.Bytes).ToArray();
        long count = x.Dims.Aggregate(1L, (a, b) => a * b);
        return dims.Length == 2 && (dims[1] == count || (dims[1] == -1 && dims[0] is 0 or 1));
    }

    private bool Transposed(OnnxNode n, Flow x)
    {
        if (x.Dims.Length != 3 || n.Attributes.GetValueOrDefault("perm") is not long[] { Length: 4 } perm) return false;
        if (perm is [0, 3, 1, 2] && !x.First) _flows[n.Outputs[0]] = x with { First = true, Dims = [x.Dims[2], x.Dims[0], x.Dims[1]] };
        else if (perm is [0, 2, 3, 1] && x.First) _flows[n.Outputs[0]] = x with { First = false, Dims = [x.Dims[1], x.Dims[2], x.Dims[0]] };
        else return false;
        return true;
    }

    // Zeros around an image belong to the window that moves over them next.
    private bool Pad(OnnxNode n, Flow x)
    {
        bool zeros = (n.Attributes.GetValueOrDefault("mode") as string ?? "constant") == "constant" && (n.Inputs.Count < 3 || n.Inputs[2].Length == 0 || (Number(n.Inputs[2]) is { } v && Floats(v) is [0]));
        if (!zeros || !x.First || n.Inputs.Count < 2 || Number(n.Inputs[1]) is not { Type: OnnxType.Int64 } pads) return false;
        if (_users.GetValueOrDefault(n.Outputs[0]) is not [{ Type: "Conv" or "AveragePool" }] || MemoryMarshal.Cast<byte, long>(pads.Bytes).ToArray() is not [0, 0, var top, var left, 0, 0, var bottom, var right]) return false;
        _padded[n.Outputs[0]] = [top, left, bottom, right];
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

        int features = x.Dims[x.First ? 0 : ^1];
        long[] wide = [.. c.Dims.Reverse()];
        int at = x.First ? 2 : 0;
        if (values.Length != features || at >= wide.Length || wide[at] != features) return false;
        string label = Label(n.Outputs[0], "scale");
        string layer = $"each_{label}";
        _functions.Append($"layer {layer} {{\n  w = param [{features}]\n  it {sign} w\n}}\n");
        Store(label, "w", [features], values);
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

    private (string Text, int Rows, int Columns)? Padding(OnnxNode n, Flow x, int[] window, int[] stride, int[] dilation)
    {
        long[]? own = n.Attributes.GetValueOrDefault("pads") as long[], before = _padded.GetValueOrDefault(n.Inputs[0]);
        if (before is not null && own?.Any(p => p != 0) == true) return null;
        int[] pads = (before ?? own) is { Length: 4 } given ? [.. given.Select(p => (int)Math.Clamp(p, -1, MaxWindow))] : [0, 0, 0, 0];
        string auto = n.Attributes.GetValueOrDefault("auto_pad") as string ?? "NOTSET";
        if (window.Concat(stride).Concat(dilation).Any(v => v is < 1 or > MaxWindow) || pads.Any(p => p < 0)) return null;
        int Size(int axis, int padding) => (x.Dims[axis + 1] + padding - dilation[axis] * (window[axis] - 1) - 1) / stride[axis] + 1;
        (int Before, int After) Kept(int axis)
        {
            int outputs = (x.Dims[axis + 1] + stride[axis] - 1) / stride[axis], total = Math.Max(0, (outputs - 1) * stride[axis] + dilation[axis] * (window[axis] - 1) + 1 - x.Dims[axis + 1]);
            return (total / 2, total - total / 2);
        }

        bool same = auto == "SAME_UPPER" || (auto == "NOTSET" && Kept(0) == (pads[0], pads[2]) && Kept(1) == (pads[1], pads[3]));
        if (auto is not ("NOTSET" or "VALID" or "SAME_UPPER")) return null;
        if (Size(0, pads[0] + pads[2]) < 1 || Size(1, pads[1] + pads[3]) < 1) return null;
        if (auto == "VALID" || (pads.All(p => p == 0) && auto == "NOTSET")) return ("", Size(0, 0), Size(1, 0));
        if (same) return (", same", (x.Dims[1] + stride[0] - 1) / stride[0], (x.Dims[2] + stride[1] - 1) / stride[1]);
        if (pads[0] != pads[2] || pads[1] != pads[3]) return null;
        return ($", padding: {pads[0]}x{pads[1]}", Size(0, 2 * pads[0]), Size(1, 2 * pads[1]));
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

    private static string Of(string name, int[] pair) => pair is [1, 1] ? "" : $", {name}: {pair[0]}x{pair[1]}";

    private static int[] Pair(OnnxNode n, string name) =>
        n.Attributes.GetValueOrDefault(name) is long[] { Length: 2 } v ? [.. v.Select(i => (int)Math.Clamp(i, 0, int.MaxValue))] : [1, 1];

    private static long Whole(OnnxNode n, string name, long otherwise) => n.Attributes.GetValueOrDefault(name) as long? ?? otherwise;

    private static float Single(OnnxNode n, string name, float otherwise) => n.Attributes.GetValueOrDefault(name) as float? ?? otherwise;

    private static string Text(float v) => v.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();

    private NnException Bad(string why) => new(ExitCode.BadFile, $"{_file} cannot be imported: {why}");

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Word();
}
