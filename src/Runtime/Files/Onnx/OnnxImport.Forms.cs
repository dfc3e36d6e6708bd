using System.Runtime.InteropServices;

namespace Nn.Files.Onnx;

// Several operations that other tools write for one layer, and sizes that a file computes from sizes.
public sealed partial class OnnxImport
{
    // Sizes have one number for each axis, seldom more.
    private const int MaxSizes = 16;

    // Whole numbers that follow from shapes; null is the size of the batch.
    private readonly Dictionary<string, long?[]> _sizes = [];

    private bool Sizes(OnnxNode n)
    {
        if (n.Type == "Shape" && n.Inputs.Count == 1 && n.Attributes.Count == 0 && _flows.TryGetValue(n.Inputs[0], out Flow? x)) return Made([null, .. x.Dims]);
        if (n.Inputs.Count == 0 || !n.Inputs.Any(_sizes.ContainsKey) || Integers(n.Inputs[0]) is not { } v) return false;
        switch (n.Type)
        {
            case "Unsqueeze" or "Squeeze" or "Cast" or "Identity": return Made(v);
            case "Concat" when n.Inputs.All(i => Integers(i) is not null): return Made([.. n.Inputs.SelectMany(i => Integers(i)!)]);
            case "Gather" when n.Inputs.Count == 2 && Integers(n.Inputs[1]) is [{ } at] && at >= -v.Length && at < v.Length: return Made([v[at < 0 ? at + v.Length : at]]);
            case "Slice" when n.Inputs.Count is 3 or 4 && Integers(n.Inputs[1]) is [{ } from] && Integers(n.Inputs[2]) is [{ } to]:
                int start = Index(from), end = Index(to);
                return start < end && Made(v[start..end]);
            default: return false;
        }

        int Index(long i) => (int)Math.Clamp(i < 0 ? i + v.Length : i, 0, v.Length);

        bool Made(long?[] made)
        {
            if (made.Length > MaxSizes) return false;
            _sizes[n.Outputs[0]] = made;
            return true;
        }
    }

    private long?[]? Integers(string name) =>
        _sizes.TryGetValue(name, out long?[]? known) ? known
        : Number(name) is { Type: OnnxType.Int64 } t && t.Bytes.Length <= MaxSizes * sizeof(long) ? [.. MemoryMarshal.Cast<byte, long>(t.Bytes).ToArray().Select(i => (long?)i)]
        : null;

    // x ÷ √2, erf, + 1, · x, ÷ 2.
    private bool Gelu(OnnxNode n, Flow x)
    {
        if (n.Type != "Div" || n.Inputs.Count != 2 || !Near(n.Inputs[1], Math.Sqrt(2)) || Only(n, "Erf") is not { } erf) return false;
        if (Only(erf, "Add") is not { } sum || !Near(Other(sum, erf), 1) || Only(sum, "Mul") is not { } product || Other(product, sum) != n.Inputs[0]) return false;
        if (Only(product, "Mul") is not { } half || !Near(Other(half, product), 0.5)) return false;
        Absorb(erf, sum, product, half);
        return Add(half, x, "gelu");
    }

    // x − mean, ÷ √(mean of its square + eps), and what follows as scale and shift.
    private bool DecomposedLayerNorm(OnnxNode n, Flow x)
    {
        if (n.Type != "ReduceMean" || x.First || x.Pixels is not null || !OverLast(n, x) || Only(n, "Sub") is not { } centered) return false;
        if (centered.Inputs[0] != n.Inputs[0] || centered.Outputs.Count != 1 || _users.GetValueOrDefault(centered.Outputs[0]) is not { Count: 2 } users) return false;
        if (users.FirstOrDefault(u => u.Type == "Pow") is not { Inputs.Count: 2, Outputs.Count: 1 } square || square.Inputs[0] != centered.Outputs[0] || !Near(square.Inputs[1], 2)) return false;
        if (Only(square, "ReduceMean") is not { } variance || !OverLast(variance, x)) return false;
        if (Only(variance, "Add") is not { } sum || Number(Other(sum, variance)) is not { } stored || Floats(stored) is not [var eps] || Only(sum, "Sqrt") is not { } root) return false;
        if (Only(root, "Div") is not { } normal || normal.Inputs[0] != centered.Outputs[0] || normal.Inputs[1] != root.Outputs[0]) return false;
        Absorb(centered, square, variance, sum, root, normal);
        (OnnxNode end, string tensor, float[] scale, float[] shift) = ScaleAndShift(normal, x);
        return Norm(end, x, tensor, "layernorm ", eps, scale, shift);
    }

    // Groups of channels as the channels of an instance norm, and what follows as scale and shift.
    private bool DecomposedGroupNorm(OnnxNode n, Flow x)
    {
        if (n.Type != "Reshape" || !x.First || x.Dims.Length < 2 || n.Inputs.Count != 2 || Integers(n.Inputs[1]) is not [null or 0, { } groups, -1]) return false;
        if (groups < 1 || x.Dims[0] % groups != 0 || Only(n, "InstanceNormalization") is not { Inputs.Count: 3 } norm || norm.Inputs[0] != n.Outputs[0]) return false;
        if (!All(norm.Inputs[1], 1) || !All(norm.Inputs[2], 0) || Only(norm, "Reshape") is not { Inputs.Count: 2 } back) return false;
        bool same = _graph.Nodes.Any(s => s.Type == "Shape" && s.Outputs is [var made] && made == back.Inputs[1] && s.Inputs is [var of] && of == n.Inputs[0])
            || (Integers(back.Inputs[1]) is { } sizes && sizes.Skip(1).SequenceEqual(x.Dims.Select(d => (long?)d)));
        if (!same) return false;
        Absorb(norm, back);
        (OnnxNode end, string tensor, float[] scale, float[] shift) = ScaleAndShift(back, x);
        return Norm(end, x, tensor, $"groupnorm {groups}, ", Single(norm, "epsilon", 1e-5f), scale, shift);

        bool All(string name, float value) => Bias(name, (int)Math.Min(groups, MaxExtent)) is { } values && values.All(v => v == value);
    }

    private (OnnxNode End, string Tensor, float[] Scale, float[] Shift) ScaleAndShift(OnnxNode normal, Flow x)
    {
        int features = x.Dims[x.First ? 0 : ^1];
        (OnnxNode end, string tensor) = (normal, normal.Outputs[0]);
        float[] scale = [.. Enumerable.Repeat(1f, features)], shift = new float[features];
        if (Only(end, "Mul") is { } product && Number(Other(product, end)) is { } s && PerFeature(s, x))
        {
            (tensor, scale, end) = (Other(product, end), Floats(s), product);
            Absorb(product);
        }

        if (Only(end, "Add") is { } sum && Number(Other(sum, end)) is { } b && PerFeature(b, x))
        {
            (shift, end) = (Floats(b), sum);
            Absorb(sum);
        }

        return (end, tensor, scale, shift);
    }

    // One number for each feature, along the features' axis.
    private static bool PerFeature(OnnxTensor c, Flow x)
    {
        int features = x.Dims[x.First ? 0 : ^1], at = x.First ? x.Dims.Length - 1 : 0;
        return Floats(c).Length == features && at < c.Dims.Count && c.Dims[c.Dims.Count - 1 - at] == features;
    }

    // The only user of what a node makes, where it is of this type; outputs of the model stay apart.
    private OnnxNode? Only(OnnxNode n, string type) =>
        n.Outputs is [var made] && made != _graph.Outputs[0].Name && _users.GetValueOrDefault(made) is [{ Outputs.Count: 1 } user] && user.Type == type
        && (type is not ("Add" or "Sub" or "Mul" or "Div") || user.Inputs.Count == 2)
            ? user
            : null;

    private static string Other(OnnxNode user, OnnxNode n) => user.Inputs[user.Inputs[0] == n.Outputs[0] ? 1 : 0];

    private bool Near(string name, double value) => Number(name) is { } t && Floats(t) is [var stored] && Math.Abs(stored - value) < 1e-6;

    private static bool OverLast(OnnxNode reduce, Flow x) =>
        reduce.Attributes.GetValueOrDefault("axes") is long[] and [var axis] && (axis == -1 || axis == x.Dims.Length) && Whole(reduce, "keepdims", 1) == 1;

    private void Absorb(params OnnxNode[] nodes) => _absorbed.UnionWith(nodes);
}
