using Nn.Graphs;
using Nn.Ops;

namespace Nn.Files.Onnx;

// Single operations that are layers. Images are channels, height, width in the file and sequences channels, length.
public sealed partial class OnnxImport
{
    private bool Dense(OnnxNode n, Flow x)
    {
        // A product goes over the positions of a sequence one by one.
        if (x.Dims.Length > (n.Type == "MatMul" && !x.First ? 2 : 1) || n.Inputs.Count < 2 || Number(n.Inputs[1]) is not { Dims.Count: 2 } w) return false;
        if (n.Type == "Gemm" && (Single(n, "alpha", 1) != 1 || Single(n, "beta", 1) != 1 || Whole(n, "transA", 0) != 0)) return false;
        bool transposed = n.Type == "Gemm" && Whole(n, "transB", 0) == 1;
        int inputs = (int)w.Dims[transposed ? 1 : 0], units = (int)w.Dims[transposed ? 0 : 1];
        if (inputs != x.Dims[^1]) return false;
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
        int[] channelsFirst = x.Pixels ?? [inputs];
        int[] channelsLast = [.. Enumerable.Range(1, channelsFirst.Length - 1), 0];
        Store(label, "weight", [inputs, units], transposed
            ? Moved(values, [units, .. channelsFirst], [.. channelsLast.Select(a => a + 1), 0])
            : Moved(values, [.. channelsFirst, units], [.. channelsLast, channelsFirst.Length]));
        if (bias is not null) Store(label, "bias", [units], bias);
        return Add(end, x, $"dense {units}{(bias is null ? ", bias: false" : "")}", [.. x.Dims[..^1], units], label: label);
    }

    // Kernels are [outputs, inputs ÷ groups, window…] of the convolution, and of that which a transposed one leads back from.
    private bool Convolution(OnnxNode n, Flow x, bool transposed)
    {
        if (!x.First || x.Dims.Length < 2 || n.Inputs.Count < 2 || Number(n.Inputs[1]) is not { } w || w.Dims.Count != x.Dims.Length + 1) return false;
        int rank = x.Dims.Length - 1, groups = (int)Math.Clamp(Whole(n, "group", 1), 0, MaxExtent);
        int[] dims = [.. w.Dims.Select(d => (int)d)], stride = Steps(n, "strides", rank), dilation = Steps(n, "dilations", rank);
        float[] values = Floats(w);
        if (groups < 1 || values.Length == 0) return false;
        if (transposed && !Widened(n, ref values, dims, dilation)) return false;
        int[] window = dims[2..];
        long channels = transposed ? (long)dims[1] * groups : dims[0], inputs = transposed ? dims[0] : (long)dims[1] * groups;
        if (channels > MaxExtent || inputs != x.Dims[0] || (transposed ? Enlarging(n, x, window, stride, dilation) : Padding(n, x, window, stride, dilation)) is not { } padding) return false;
        bool biased = n.Inputs.Count > 2 && n.Inputs[2].Length > 0;
        float[]? bias = biased ? Bias(n.Inputs[2], (int)channels) : null;
        if (biased && bias is null) return false;
        string name = transposed ? "conv_transpose" : "conv", label = Label(n.Inputs[1], name);
        int[] kernel = rank == 1 ? [1, .. window] : window;
        Store(label, "weight", [.. kernel, dims[1], dims[0]], Moved(values, dims, [.. Enumerable.Range(2, rank), 1, 0]));
        if (bias is not null) Store(label, "bias", [(int)channels], bias);
        string text = $"{name} {channels}, {Extents(window)}{Of("stride", stride)}{padding.Text}{Of("dilation", dilation)}{(groups == 1 ? "" : $", groups: {groups}")}{(biased ? "" : ", bias: false")}";
        return Add(n, x, text, [(int)channels, .. padding.Sizes], label: label);
    }

    // Rows and columns that output_padding adds at the end are those of a window with zeros at its end.
    private static bool Widened(OnnxNode n, ref float[] values, int[] dims, int[] dilation)
    {
        int rank = dilation.Length;
        long[] more = n.Attributes.GetValueOrDefault("output_padding") is long[] given && given.Length == rank ? given : new long[rank];
        if (more.All(m => m == 0)) return true;
        for (int i = 0; i < rank; i++)
        {
            if (dilation[i] < 1 || more[i] < 0 || more[i] > MaxWindow || more[i] % dilation[i] != 0 || dims[i + 2] > MaxWindow) return false;
        }

        var from = new Shape([.. dims]);
        if (from.Count != values.Length) return false;
        for (int i = 0; i < rank; i++) dims[i + 2] += (int)(more[i] / dilation[i]);
        double count = dims.Aggregate(1.0, (a, b) => a * b);
        if (count > 1 << 28) return false;
        var wide = new float[(int)count];
        long[] strides = new Shape(dims).Strides();
        foreach ((int[] at, long linear) in Coordinates.Of(from)) wide[Coordinates.Offset(at, strides)] = values[linear];
        values = wide;
        return true;
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
        if (!x.First || x.Dims.Length < 2 || n.Outputs.Count != 1 || Whole(n, "ceil_mode", 0) != 0) return false;
        int rank = x.Dims.Length - 1;
        int[] window = Steps(n, "kernel_shape", rank), stride = Steps(n, "strides", rank), dilation = Steps(n, "dilations", rank);
        if (dilation.Any(d => d != 1) || Padding(n, x, window, stride, dilation) is not { } padding) return false;
        if (n.Type == "AveragePool" && padding.Text.Length > 0 && Whole(n, "count_include_pad", 0) != 1 && !_padded.ContainsKey(n.Inputs[0])) return false;
        string steps = stride.SequenceEqual(window) ? "" : $", stride: {Extents(stride)}";
        return Add(n, x, $"{(n.Type == "MaxPool" ? "maxpool" : "avgpool")} {Extents(window)}{steps}{padding.Text}", [x.Dims[0], .. padding.Sizes]);
    }

    // One value of each channel is left.
    private bool GlobalPool(OnnxNode n, Flow x, string layer) =>
        x.First && x.Dims.Length > 1 && Add(n, x, $"{layer} global", [x.Dims[0], .. Enumerable.Repeat(1, x.Dims.Length - 1)], first: true);

    private bool InstanceNorm(OnnxNode n, Flow x)
    {
        int channels = x.Dims[0];
        if (!x.First || x.Dims.Length < 2 || n.Inputs.Count < 3 || Bias(n.Inputs[1], channels) is not { } scale || Bias(n.Inputs[2], channels) is not { } shift) return false;
        return Norm(n, x, n.Inputs[1], $"groupnorm {channels}, ", Single(n, "epsilon", 1e-5f), scale, shift);
    }

    private bool LayerNorm(OnnxNode n, Flow x)
    {
        int features = x.Dims[^1];
        if (x.First || x.Pixels is not null || n.Inputs.Count < 2 || n.Outputs.Count != 1 || !FeatureAxis(n, x) || Bias(n.Inputs[1], features) is not { } scale) return false;
        float[]? shift = n.Inputs.Count > 2 ? Bias(n.Inputs[2], features) : new float[features];
        return shift is not null && Norm(n, x, n.Inputs[1], "layernorm ", Single(n, "epsilon", 1e-5f), scale, shift);
    }

    private bool Norm(OnnxNode end, Flow x, string tensor, string layer, float eps, float[] scale, float[] shift)
    {
        string label = Label(tensor, layer.Split(' ')[0]);
        Store(label, "scale", [scale.Length], scale);
        Store(label, "shift", [shift.Length], shift);
        return Add(end, x, $"{layer}eps: {Text(eps)}", label: label);
    }

    // Whole factors only: there, nearest is the same with all the ways to count pixels that are let through here.
    private bool Upsample(OnnxNode n, Flow x)
    {
        string mode = n.Attributes.GetValueOrDefault("mode") as string ?? "nearest";
        string way = n.Type == "Upsample" ? "asymmetric" : n.Attributes.GetValueOrDefault("coordinate_transformation_mode") as string ?? "half_pixel";
        string nearest = n.Type == "Upsample" ? "floor" : n.Attributes.GetValueOrDefault("nearest_mode") as string ?? "round_prefer_floor";
        bool repeats = mode == "nearest" && ((way == "asymmetric" && nearest == "floor") || (way == "half_pixel" && nearest.StartsWith("round_prefer", StringComparison.Ordinal)));
        bool interpolates = mode == "linear" && way is "half_pixel" or "pytorch_half_pixel" && Whole(n, "antialias", 0) == 0 && Whole(n, "exclude_outside", 0) == 0;
        if (!x.First || x.Dims.Length < 2 || !(repeats || interpolates)) return false;
        int scales = n.Type == "Upsample" ? 1 : 2;
        double[]? factors = n.Inputs.Count > scales && Number(n.Inputs[scales]) is { } stored && Floats(stored) is { Length: > 0 } given ? Array.ConvertAll(given, f => (double)f)
            : n.Inputs.Count > 3 && Integers(n.Inputs[3]) is { } sizes && sizes.Length == x.Dims.Length + 1 ? [1, .. x.Dims.Zip(sizes.Skip(1), (d, s) => (s ?? 0) / (double)d)]
            : null;
        if (factors is not [1, 1, ..] || factors.Length != x.Dims.Length + 1 || factors.Any(f => f is not (>= 1 and <= MaxWindow) || f != Math.Floor(f))) return false;
        int[] factor = [.. factors.Skip(2).Select(f => (int)f)], dims = [x.Dims[0], .. factor.Zip(x.Dims.Skip(1), (f, d) => (int)Math.Min((long)f * d, int.MaxValue))];
        return dims.All(d => d <= MaxExtent) && Add(n, x, $"upsample {Extents(factor)}{(repeats ? "" : ", bilinear")}", dims);
    }

    // How a window is written that goes over an image or a sequence, and what is left of its extents.
    private (string Text, int[] Sizes)? Padding(OnnxNode n, Flow x, int[] window, int[] stride, int[] dilation)
    {
        int rank = window.Length;
        long[]? own = n.Attributes.GetValueOrDefault("pads") as long[], before = _padded.GetValueOrDefault(n.Inputs[0]);
        if (before is not null && own?.Any(p => p != 0) == true) return null;
        int[] pads = Pads(before ?? own, rank);
        string auto = n.Attributes.GetValueOrDefault("auto_pad") as string ?? "NOTSET";
        if (window.Concat(stride).Concat(dilation).Any(v => v is < 1 or > MaxWindow) || pads.Any(p => p < 0)) return null;
        int Reach(int axis) => dilation[axis] * (window[axis] - 1) + 1;
        int Size(int axis, int padding) => (x.Dims[axis + 1] + padding - Reach(axis)) / stride[axis] + 1;
        int Kept(int axis) => (x.Dims[axis + 1] + stride[axis] - 1) / stride[axis];
        (int, int) Same(int axis)
        {
            int total = Math.Max(0, (Kept(axis) - 1) * stride[axis] + Reach(axis) - x.Dims[axis + 1]);
            return (total / 2, total - total / 2);
        }

        int[] axes = [.. Enumerable.Range(0, rank)];
        if (auto is not ("NOTSET" or "VALID" or "SAME_UPPER")) return null;
        if (axes.Any(a => x.Dims[a + 1] + pads[a] + pads[a + rank] < Reach(a))) return null;
        if (auto == "VALID" || (pads.All(p => p == 0) && auto == "NOTSET")) return ("", [.. axes.Select(a => Size(a, 0))]);
        if (auto == "SAME_UPPER" || axes.All(a => Same(a) == (pads[a], pads[a + rank]))) return (", same", [.. axes.Select(Kept)]);
        if (axes.Any(a => pads[a] != pads[a + rank])) return null;
        return ($", padding: {Extents(pads[..rank])}", [.. axes.Select(a => Size(a, 2 * pads[a]))]);
    }

    // The same of a transposed convolution.
    private static (string Text, int[] Sizes)? Enlarging(OnnxNode n, Flow x, int[] window, int[] stride, int[] dilation)
    {
        int rank = window.Length;
        int[] pads = Pads(n.Attributes.GetValueOrDefault("pads") as long[], rank), axes = [.. Enumerable.Range(0, rank)];
        if (n.Attributes.GetValueOrDefault("auto_pad") is string and not "NOTSET" || n.Attributes.ContainsKey("output_shape")) return null;
        if (window.Concat(stride).Concat(dilation).Any(v => v is < 1 or > MaxWindow) || pads.Any(p => p < 0)) return null;
        int Reach(int axis) => dilation[axis] * (window[axis] - 1) + 1;
        long[] sizes = [.. axes.Select(a => (x.Dims[a + 1] - 1L) * stride[a] + Reach(a) - pads[a] - pads[a + rank])];
        if (sizes.Any(s => s is < 1 or > MaxExtent)) return null;
        int[] kept = Array.ConvertAll(sizes, s => (int)s);
        if (pads.All(p => p == 0)) return ("", kept);
        if (axes.All(a => pads[a] == Math.Max(0, Reach(a) - stride[a]) / 2 && kept[a] == x.Dims[a + 1] * (long)stride[a])) return (", same", kept);
        return axes.All(a => pads[a] == pads[a + rank]) ? ($", padding: {Extents(pads[..rank])}", kept) : null;
    }

    private static int[] Pads(long[]? given, int rank) => given?.Length == 2 * rank ? [.. given.Select(p => (int)Math.Clamp(p, -1, MaxWindow))] : new int[2 * rank];

    private static string Extents(int[] sizes) => string.Join('x', sizes);

    private static string Of(string name, int[] sizes) => sizes.All(s => s == 1) ? "" : $", {name}: {Extents(sizes)}";

    private static int[] Steps(OnnxNode n, string name, int rank) =>
        n.Attributes.GetValueOrDefault(name) is long[] v && v.Length == rank ? [.. v.Select(i => (int)Math.Clamp(i, 0, int.MaxValue))] : [.. Enumerable.Repeat(1, rank)];
}
