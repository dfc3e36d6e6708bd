using System.Buffers.Binary;
using Nn.Exchange.Onnx;

namespace Nn.Tests.Unit.Onnx;

/// <summary>A tensor of the evaluator, in double precision; whole numbers and flags too.</summary>
internal sealed record Tensor(int[] Dims, double[] Data)
{
    public int Rank => Dims.Length;

    public double this[params int[] at]
    {
        get
        {
            int offset = 0;
            for (int i = 0; i < Rank; i++) offset = offset * Dims[i] + at[i];
            return Data[offset];
        }
    }

    /// <summary>A tensor from a formula over coordinates.</summary>
    public static Tensor Make(int[] dims, Func<int[], double> value)
    {
        var data = new double[dims.Aggregate(1, (a, b) => a * b)];
        var at = new int[dims.Length];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = value(at);
            for (int axis = dims.Length - 1; axis >= 0 && ++at[axis] == dims[axis]; axis--) at[axis] = 0;
        }

        return new Tensor(dims, data);
    }
}

/// <summary>
/// Runs ONNX graphs operator by operator, as the published operator descriptions have it (opset 17, and the older forms in use), with no regard for speed. It
/// shares nothing with the code that writes the graphs but the reader of files.
/// </summary>
internal sealed class OnnxEvaluator
{
    private readonly Dictionary<string, Tensor> _values = [];

    /// <summary>The graph's outputs.</summary>
    public static Tensor[] Run(OnnxModel model, params Tensor[] inputs)
    {
        var e = new OnnxEvaluator();
        foreach (OnnxTensor t in model.Graph.Initializers) e._values[t.Name] = Read(t);
        OnnxValue[] given = [.. model.Graph.Inputs.Where(i => !e._values.ContainsKey(i.Name))];
        Assert.Equal(given.Length, inputs.Length);
        for (int i = 0; i < given.Length; i++)
        {
            Assert.True(given[i].Dims!.Zip(inputs[i].Dims).All(d => d.First.Size is not { } size || size == d.Second), $"{given[i].Name} has other extents");
            e._values[given[i].Name] = inputs[i];
        }

        return e.Run(model.Graph);
    }

    private Tensor[] Run(OnnxGraph graph)
    {
        foreach (OnnxNode n in graph.Nodes)
        {
            Assert.Equal("", n.Domain);
            Tensor?[] x = [.. n.Inputs.Select(name => name.Length == 0 ? null : _values[name])];
            Tensor[] made = n.Type == "Scan" ? Scan(n, [.. x.Select(t => t!)]) : [Apply(n, x)];
            // A value is made once.
            foreach ((string name, Tensor value) in n.Outputs.Zip(made)) Assert.True(_values.TryAdd(name, value), $"{name} is made twice");
        }

        return [.. graph.Outputs.Select(o => _values[o.Name])];
    }

    // States, then sequences along axis 0; the body sees the values around it, and those it makes are gone after each iteration.
    private Tensor[] Scan(OnnxNode n, Tensor[] x)
    {
        var body = (OnnxGraph)n.Attributes["body"]!;
        int sequences = (int)(long)n.Attributes["num_scan_inputs"]!, states = x.Length - sequences, collected = n.Outputs.Count - states,
            steps = x[states].Dims[0];
        Assert.Equal((x.Length, n.Outputs.Count), (body.Inputs.Count, body.Outputs.Count));
        bool[] Reversed(string name, int count) => n.Attributes.TryGetValue(name, out object? v) ? Array.ConvertAll((long[])v!, d => d == 1) : new bool[count];
        bool[] from = Reversed("scan_input_directions", sequences), to = Reversed("scan_output_directions", collected);
        Assert.Equal((sequences, collected), (from.Length, to.Length));
        Tensor[] state = x[..states];
        var slices = new Tensor[collected, steps];
        for (int i = 0; i < steps; i++)
        {
            var inner = new OnnxEvaluator();
            foreach ((string name, Tensor value) in _values) inner._values[name] = value;
            for (int k = 0; k < x.Length; k++)
            {
                Tensor value = k < states ? state[k] : Part(x[k], from[k - states] ? steps - 1 - i : i);
                Assert.True(inner._values.TryAdd(body.Inputs[k].Name, value), $"{body.Inputs[k].Name} is made twice");
                Assert.True(body.Inputs[k].Dims!.Zip(value.Dims).All(d => d.First.Size is not { } size || size == d.Second),
                    $"{body.Inputs[k].Name} has other extents");
            }

            Tensor[] made = inner.Run(body);
            Assert.All(body.Outputs, o => Assert.Contains(body.Nodes, made => made.Outputs.Contains(o.Name)));
            state = made[..states];
            for (int k = 0; k < collected; k++) slices[k, to[k] ? steps - 1 - i : i] = made[states + k];
        }

        return
        [
            .. state,
            .. Enumerable.Range(0, collected)
                .Select(k => new Tensor([steps, .. slices[k, 0].Dims], [.. Enumerable.Range(0, steps).SelectMany(t => slices[k, t].Data)])),
        ];
    }

    private static Tensor Part(Tensor x, int at) => new(x.Dims[1..], x.Data[(x.Data.Length / x.Dims[0] * at)..(x.Data.Length / x.Dims[0] * (at + 1))]);

    private Tensor Apply(OnnxNode n, Tensor?[] given)
    {
        Tensor[] x = [.. given.Select(t => t!)];
        long Int(string name, long otherwise) => n.Attributes.TryGetValue(name, out object? v) ? (long)v! : otherwise;
        float Float(string name, float otherwise) => n.Attributes.TryGetValue(name, out object? v) ? (float)v! : otherwise;
        long[]? Ints(string name) => n.Attributes.TryGetValue(name, out object? v) ? (long[])v! : null;
        Tensor Each(Func<double, double> f) => new(x[0].Dims, Array.ConvertAll(x[0].Data, v => f(v)));
        Tensor Pair(Func<double, double, double> f) => Broadcast([x[0], x[1]], v => f(v[0], v[1]));
        int Axis(long axis) => (int)(axis < 0 ? axis + x[0].Rank : axis);
        switch (n.Type)
        {
            case "Add": return Pair((a, b) => a + b);
            case "Sub": return Pair((a, b) => a - b);
            case "Mul": return Pair((a, b) => a * b);
            case "Div": return Pair((a, b) => a / b);
            case "Pow": return Pair(Math.Pow);
            case "Min": return Pair(Math.Min);
            case "Max": return Pair(Math.Max);
            case "Less": return Pair((a, b) => a < b ? 1 : 0);
            case "LessOrEqual": return Pair((a, b) => a <= b ? 1 : 0);
            case "Equal": return Pair((a, b) => a == b ? 1 : 0);
            case "Where": return Broadcast(x, v => v[0] != 0 ? v[1] : v[2]);
            case "Neg": return Each(v => -v);
            case "Abs": return Each(Math.Abs);
            case "Sign": return Each(v => Math.Sign(v));
            case "Floor": return Each(Math.Floor);
            case "Exp": return Each(Math.Exp);
            case "Log": return Each(Math.Log);
            case "Sqrt": return Each(Math.Sqrt);
            case "Tanh": return Each(Math.Tanh);
            case "Sin": return Each(Math.Sin);
            case "Cos": return Each(Math.Cos);
            case "Erf": return Each(Erf);
            case "Sigmoid": return Each(v => 1 / (1 + Math.Exp(-v)));
            case "Softplus": return Each(v => Math.Log(1 + Math.Exp(v)));
            case "Resize":
                Assert.Equal(("linear", "half_pixel"), ((string)n.Attributes["mode"]!, (string)n.Attributes["coordinate_transformation_mode"]!));
                return x[2].Data.Select((scale, axis) => ((int)scale, axis)).Aggregate(x[0], (t, s) => s.Item1 == 1 ? t : Stretched(t, s.axis, s.Item1));
            case "Relu": return Each(v => Math.Max(0, v));
            case "LeakyRelu": return Each(v => v < 0 ? v * Float("alpha", 0.01f) : v);
            case "Elu": return Each(v => v < 0 ? Float("alpha", 1) * (Math.Exp(v) - 1) : v);
            case "Identity" or "Dropout": return x[0];
            case "Cast": return Int("to", 0) switch { 6 or 7 => Each(Math.Truncate), 9 => Each(v => v != 0 ? 1 : 0), _ => x[0] };
            case "MatMul": return MatMul(x[0], x[1]);
            case "Gemm":
                Tensor product = MatMul(Int("transA", 0) == 1 ? Transpose(x[0], [1, 0]) : x[0], Int("transB", 0) == 1 ? Transpose(x[1], [1, 0]) : x[1]);
                return x.Length < 3 ? product : Broadcast([product, x[2]], v => Float("alpha", 1) * v[0] + Float("beta", 1) * v[1]);
            case "Softmax": return Softmax(x[0], Axis(Int("axis", -1)));
            case "LogSoftmax": return Softmax(x[0], Axis(Int("axis", -1))) is var p ? p with { Data = Array.ConvertAll(p.Data, v => Math.Log(v)) } : x[0];
            case "Transpose": return Transpose(x[0], Array.ConvertAll(Ints("perm")!, i => (int)i));
            case "Reshape": return Reshape(x[0], Array.ConvertAll(x[1].Data, v => (int)v));
            case "Flatten":
                return new Tensor([x[0].Dims.Take((int)Int("axis", 1)).Aggregate(1, (a, b) => a * b), -1], x[0].Data) is var f ? Reshape(f, f.Dims) : x[0];
            case "Expand": return Broadcast([x[0], new Tensor(Array.ConvertAll(x[1].Data, v => (int)v), [])], v => v[0], shapesOnly: 1);
            case "CumSum":
                int along = Axis((long)x[1].Data.Single());
                Assert.Empty(x[1].Dims);
                return Tensor.Make(x[0].Dims, at =>
                {
                    int[] from = [.. at];
                    double sum = 0;
                    for (from[along] = Int("reverse", 0) == 1 ? at[along]
                        : 0; from[along] <= (Int("reverse", 0) == 1 ? x[0].Dims[along] - 1 : at[along]); from[along]++)
                        sum += x[0][from];
                    return sum;
                });
            case "ReduceSum": return Reduce(x[0], [.. x[1].Data.Select(a => Axis((long)a))], Int("keepdims", 1), 0, (a, b) => a + b, 1);
            case "ReduceMax": return Reduce(x[0], [.. Ints("axes")!.Select(Axis)], Int("keepdims", 1), double.NegativeInfinity, Math.Max, 1);
            case "ReduceMean":
                int[] axes = [.. Ints("axes")!.Select(Axis)];
                return Reduce(x[0], axes, Int("keepdims", 1), 0, (a, b) => a + b, axes.Aggregate(1.0, (a, axis) => a * x[0].Dims[axis]));
            case "GlobalAveragePool": return Reduce(x[0], [2, 3], 1, 0, (a, b) => a + b, x[0].Dims[2] * x[0].Dims[3]);
            case "ArgMax": return ArgMax(x[0], Axis(Int("axis", 0)));
            case "Shape":
                return new Tensor([(int)(Int("end", x[0].Rank) - Int("start", 0))],
                    [.. x[0].Dims.Select(d => (double)d).Skip((int)Int("start", 0)).Take((int)(Int("end", x[0].Rank) - Int("start", 0)))]);
            case "Gather": return Gather(x[0], x[1], Axis(Int("axis", 0)));
            case "Concat": return Concat(x, Axis(Int("axis", 0)));
            case "Slice": return Slice(x);
            case "Pad": return Pad(x[0], Array.ConvertAll(x[1].Data, v => (int)v));
            case "Conv": return Conv(n, x);
            case "ConvTranspose": return ConvTranspose(n, x);
            case "MaxPool": return Pool(n, x[0], max: true);
            case "AveragePool": return Pool(n, x[0], max: false);
            case "BatchNormalization":
                return Tensor.Make(x[0].Dims,
                    at => (x[0][at] - x[3].Data[at[1]]) / Math.Sqrt(x[4].Data[at[1]] + Float("epsilon", 1e-5f)) * x[1].Data[at[1]] + x[2].Data[at[1]]);
            case "Constant": return Read((OnnxTensor)n.Attributes["value"]!);
            default: throw new NotSupportedException(n.Type);
        }
    }

    private static Tensor Read(OnnxTensor t)
    {
        int size = t.Type switch { OnnxType.Int64 or OnnxType.Double => 8, OnnxType.UInt8 or OnnxType.Bool => 1, _ => 4 };
        double Element(ReadOnlySpan<byte> b) => t.Type switch
        {
            OnnxType.Float => BinaryPrimitives.ReadSingleLittleEndian(b),
            OnnxType.Double => BinaryPrimitives.ReadDoubleLittleEndian(b),
            OnnxType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(b),
            OnnxType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(b),
            _ => b[0],
        };
        return new Tensor([.. t.Dims.Select(d => (int)d)],
            [.. Enumerable.Range(0, t.Bytes.Length / size).Select(i => Element(t.Bytes.Span.Slice(i * size, size)))]);
    }

    private static Tensor Broadcast(Tensor[] x, Func<double[], double> f, int shapesOnly = 0)
    {
        int rank = x.Max(t => t.Rank);
        int Extent(Tensor t, int axis) => axis - (rank - t.Rank) is >= 0 and var own ? t.Dims[own] : 1;
        int[] dims = [.. Enumerable.Range(0, rank).Select(axis => x.Max(t => Extent(t, axis)))];
        foreach (Tensor t in x)
            Assert.All(Enumerable.Range(0, rank), axis => Assert.True(Extent(t, axis) == 1 || Extent(t, axis) == dims[axis], "operands do not broadcast"));
        Tensor[] read = [.. x.Take(x.Length - shapesOnly)];
        return Tensor.Make(dims, at => f([.. read.Select(t => t[[.. Enumerable.Range(0, t.Rank).Select(i => t.Dims[i] == 1 ? 0 : at[i + rank - t.Rank])]])]));
    }

    private static Tensor MatMul(Tensor a, Tensor b)
    {
        int[] lead = a.Rank >= b.Rank ? a.Dims[..^2] : b.Dims[..^2];
        Assert.Equal(a.Dims[^1], b.Dims[^2]);
        return Tensor.Make([.. lead, a.Dims[^2], b.Dims[^1]], at =>
        {
            double sum = 0;
            for (int k = 0; k < a.Dims[^1]; k++) sum += a[[.. at[(at.Length - a.Rank)..^2], at[^2], k]] * b[[.. at[(at.Length - b.Rank)..^2], k, at[^1]]];
            return sum;
        });
    }

    private static Tensor Transpose(Tensor x, int[] perm) => Tensor.Make([.. perm.Select(p => x.Dims[p])], at =>
    {
        var from = new int[at.Length];
        for (int i = 0; i < at.Length; i++) from[perm[i]] = at[i];
        return x[from];
    });

    private static Tensor Reshape(Tensor x, int[] dims)
    {
        dims = [.. dims.Select((d, i) => d == 0 ? x.Dims[i] : d)];
        int known = dims.Where(d => d > 0).Aggregate(1, (a, b) => a * b);
        dims = [.. dims.Select(d => d == -1 ? x.Data.Length / known : d)];
        Assert.Equal(x.Data.Length, dims.Aggregate(1, (a, b) => a * b));
        return new Tensor(dims, x.Data);
    }

    private static Tensor Reduce(Tensor x, int[] axes, long keep, double start, Func<double, double, double> fold, double divisor)
    {
        int[] dims = [.. x.Dims.Select((d, axis) => axes.Contains(axis) ? 1 : d)];
        var sums = new Dictionary<string, double>();
        string Key(int[] at) => string.Join(',', at.Select((c, axis) => axes.Contains(axis) ? 0 : c));
        Tensor.Make(x.Dims, at => sums[Key(at)] = fold(sums.GetValueOrDefault(Key(at), start), x[at]));
        Tensor kept = Tensor.Make(dims, at => sums[Key(at)] / divisor);
        return keep == 1 ? kept : new Tensor([.. dims.Where((_, axis) => !axes.Contains(axis))], kept.Data);
    }

    // Places of the result lie in the middle of cells; beyond the border, the border goes on.
    private static Tensor Stretched(Tensor x, int axis, int times) => Tensor.Make([.. x.Dims.Select((d, a) => a == axis ? d * times : d)], at =>
    {
        double place = (at[axis] + 0.5) / times - 0.5, share = place - Math.Floor(place);
        double At(double p) => x[[.. at[..axis], (int)Math.Clamp(p, 0, x.Dims[axis] - 1), .. at[(axis + 1)..]]];
        return (1 - share) * At(Math.Floor(place)) + share * At(Math.Floor(place) + 1);
    });

    private static Tensor Softmax(Tensor x, int axis)
    {
        Tensor exp = new(x.Dims, Array.ConvertAll(x.Data, v => Math.Exp(v))), sum = Reduce(exp, [axis], 1, 0, (a, b) => a + b, 1);
        return Broadcast([exp, sum], v => v[0] / v[1]);
    }

    private static Tensor ArgMax(Tensor x, int axis) => Tensor.Make([.. x.Dims.Select((d, i) => i == axis ? 1 : d)], at =>
    {
        int best = 0;
        double At(int i) => x[[.. at[..axis], i, .. at[(axis + 1)..]]];
        for (int i = 1; i < x.Dims[axis]; i++) best = At(i) > At(best) ? i : best;
        return best;
    });

    // A negative index counts from the end.
    private static Tensor Gather(Tensor x, Tensor index, int axis) => Tensor.Make([.. x.Dims[..axis], .. index.Dims, .. x.Dims[(axis + 1)..]], at =>
    {
        int row = (int)index[at[axis..(axis + index.Rank)]];
        return x[[.. at[..axis], row < 0 ? row + x.Dims[axis] : row, .. at[(axis + index.Rank)..]]];
    });

    private static Tensor Concat(Tensor[] x, int axis) => Tensor.Make([.. x[0].Dims.Select((d, i) => i == axis ? x.Sum(t => t.Dims[axis]) : d)], at =>
    {
        int which = 0, place = at[axis];
        while (place >= x[which].Dims[axis]) place -= x[which++].Dims[axis];
        return x[which][[.. at[..axis], place, .. at[(axis + 1)..]]];
    });

    // Starts, ends, axes, steps; positive steps only.
    private static Tensor Slice(Tensor[] x)
    {
        int rank = x[0].Rank;
        int[] start = new int[rank], step = [.. Enumerable.Repeat(1, rank)], dims = [.. x[0].Dims];
        for (int i = 0; i < x[1].Data.Length; i++)
        {
            int axis = x.Length > 3 ? (int)x[3].Data[i] : i;
            (start[axis], step[axis]) = ((int)x[1].Data[i], x.Length > 4 ? (int)x[4].Data[i] : 1);
            dims[axis] = ((int)Math.Min(x[2].Data[i], x[0].Dims[axis]) - start[axis] + step[axis] - 1) / step[axis];
        }

        return Tensor.Make(dims, at => x[0][[.. at.Select((c, axis) => start[axis] + c * step[axis])]]);
    }

    private static Tensor Pad(Tensor x, int[] pads) => Tensor.Make([.. x.Dims.Select((d, i) => d + pads[i] + pads[i + x.Rank])], at =>
    {
        int[] from = [.. at.Select((c, i) => c - pads[i])];
        return from.Zip(x.Dims).All(p => p.First >= 0 && p.First < p.Second) ? x[from] : 0;
    });

    private sealed record Window(int[] Kernel, int[] Stride, int[] Pads, int[] Dilation, int Group)
    {
        public static Window Of(OnnxNode n, int[]? kernel = null)
        {
            int[] Get(string name, int[] otherwise) => n.Attributes.TryGetValue(name, out object? v) ? Array.ConvertAll((long[])v!, i => (int)i) : otherwise;
            return new Window(
                Get("kernel_shape", kernel ?? []), Get("strides", [1, 1]), Get("pads", [0, 0, 0, 0]), Get("dilations", [1, 1]),
                n.Attributes.TryGetValue("group", out object? g) ? (int)(long)g! : 1);
        }

        public int Extent(int size, int axis) => (size + Pads[axis] + Pads[axis + 2] - (Dilation[axis] * (Kernel[axis] - 1) + 1)) / Stride[axis] + 1;
    }

    private static Tensor Conv(OnnxNode n, Tensor[] x)
    {
        var w = Window.Of(n, x[1].Dims[2..]);
        int perGroup = x[1].Dims[0] / w.Group;
        return Tensor.Make([x[0].Dims[0], x[1].Dims[0], w.Extent(x[0].Dims[2], 0), w.Extent(x[0].Dims[3], 1)], at =>
        {
            double sum = x.Length > 2 ? x[2].Data[at[1]] : 0;
            for (int i = 0; i < x[1].Dims[1]; i++)
            {
                for (int ky = 0; ky < w.Kernel[0]; ky++)
                {
                    for (int kx = 0; kx < w.Kernel[1]; kx++)
                    {
                        int y = at[2] * w.Stride[0] - w.Pads[0] + ky * w.Dilation[0], z = at[3] * w.Stride[1] - w.Pads[1] + kx * w.Dilation[1];
                        if (y < 0 || z < 0 || y >= x[0].Dims[2] || z >= x[0].Dims[3]) continue;
                        sum += x[0][at[0], at[1] / perGroup * x[1].Dims[1] + i, y, z] * x[1][at[1], i, ky, kx];
                    }
                }
            }

            return sum;
        });
    }

    private static Tensor ConvTranspose(OnnxNode n, Tensor[] x)
    {
        var w = Window.Of(n, x[1].Dims[2..]);
        int[] extra = n.Attributes.TryGetValue("output_padding", out object? v) ? Array.ConvertAll((long[])v!, i => (int)i) : [0, 0];
        int Size(int axis) =>
            w.Stride[axis] * (x[0].Dims[axis + 2] - 1) + extra[axis] + (w.Kernel[axis] - 1) * w.Dilation[axis] + 1 - w.Pads[axis] - w.Pads[axis + 2];
        int outputs = x[1].Dims[1], inputs = x[0].Dims[1] / w.Group;
        var result = Tensor.Make([x[0].Dims[0], outputs * w.Group, Size(0), Size(1)], at => x.Length > 2 ? x[2].Data[at[1]] : 0);
        Tensor.Make([.. x[0].Dims, outputs, w.Kernel[0], w.Kernel[1]], at =>
        {
            int y = at[2] * w.Stride[0] - w.Pads[0] + at[5] * w.Dilation[0], z = at[3] * w.Stride[1] - w.Pads[1] + at[6] * w.Dilation[1];
            if (y < 0 || z < 0 || y >= result.Dims[2] || z >= result.Dims[3]) return 0;
            int channel = at[1] / inputs * outputs + at[4];
            result.Data[((at[0] * result.Dims[1] + channel) * result.Dims[2] + y) * result.Dims[3] + z] += x[0][at[..4]] * x[1][at[1], at[4], at[5], at[6]];
            return 0;
        });
        return result;
    }

    private static Tensor Pool(OnnxNode n, Tensor x, bool max)
    {
        var w = Window.Of(n);
        bool counted = n.Attributes.TryGetValue("count_include_pad", out object? c) && (long)c! == 1;
        return Tensor.Make([x.Dims[0], x.Dims[1], w.Extent(x.Dims[2], 0), w.Extent(x.Dims[3], 1)], at =>
        {
            var inside = new List<double>();
            for (int ky = 0; ky < w.Kernel[0]; ky++)
            {
                for (int kx = 0; kx < w.Kernel[1]; kx++)
                {
                    int y = at[2] * w.Stride[0] - w.Pads[0] + ky, z = at[3] * w.Stride[1] - w.Pads[1] + kx;
                    if (y >= 0 && z >= 0 && y < x.Dims[2] && z < x.Dims[3]) inside.Add(x[at[0], at[1], y, z]);
                }
            }

            return max ? inside.Max() : inside.Sum() / (counted ? w.Kernel[0] * w.Kernel[1] : inside.Count);
        });
    }

    // Abramowitz and Stegun 7.1.5, the series about 0; enough terms for |x| ≤ 4, beyond which erf is ±1 to eight digits.
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 4) return Math.Sign(x);
        double sum = x, term = x;
        for (int k = 1; k < 100; k++)
        {
            term *= -x * x / k;
            sum += term / (2 * k + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
