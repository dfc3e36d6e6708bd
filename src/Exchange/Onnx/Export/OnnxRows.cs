using Nn.Graphs;
using Nn.Ops;

namespace Nn.Exchange.Onnx;

/// <summary>How each op is written as ONNX, one row for each; a test demands a row for every op there is.</summary>
internal static class OnnxRows
{
    private static readonly int[] FirstAxis = [0, 2, 3, 1];

    /// <summary>The rows.</summary>
    public static IReadOnlyDictionary<Op, Action<OnnxEmitter, Node>> All { get; } = new Dictionary<Op, Action<OnnxEmitter, Node>>(
        OpTable.All.Where(o => (o.Onnx?.Name ?? o.Function?.Onnx) is not null).Select(o => KeyValuePair.Create(o, Operator(o.Onnx ?? o.Function!.Onnx!))))
    {
        [ElementwiseOps.Expm1] = (e, n) =>
        {
            bool first = First(e, n);
            string exp = e.Node("Exp", n, [e.Operand(n.Inputs[0], first)]);
            e.Set(n, first, "Sub", [exp, e.Number("one", 1)]);
        },
        [ElementwiseOps.Less] = Comparison("Less"),
        [ElementwiseOps.LessEqual] = Comparison("LessOrEqual"),
        [ElementwiseOps.Equal] = Comparison("Equal"),
        [ElementwiseOps.Select] = (e, n) =>
        {
            bool first = First(e, n);
            e.Set(n, first, "Where", [e.Flag(n.Inputs[0], first), e.Operand(n.Inputs[1], first), e.Operand(n.Inputs[2], first)]);
        },
        [ElementwiseOps.Cast] = (e, n) =>
        {
            bool first = First(e, n);
            e.Set(n, first, "Cast", [e.Operand(n.Inputs[0], first)], ("to", (long)OnnxEmitter.TypeOf(n.Type)));
        },
        [ReductionOps.Sum] = (e, n) => Reduced(e, n, n.Inputs[0], n.Attribute<ReduceAttributes>().Axes, "ReduceSum"),
        [ReductionOps.Max] = (e, n) => Reduced(e, n, n.Inputs[0], n.Attribute<ReduceAttributes>().Axes, "ReduceMax"),
        [ReductionOps.ArgMax] = (e, n) =>
        {
            bool first = e.IsFirst(n.Inputs[0]);
            int axis = n.Attribute<ReduceAttributes>().Axes[0];
            string best = e.Node("ArgMax", n, [e.Value(n.Inputs[0], first)], ("axis", (long)(first ? FirstAxis[axis] : axis)), ("keepdims", 1L));
            e.Set(n, first, "Cast", [best], ("to", (long)OnnxType.Int32));
        },
        [MatMulOp.MatMul] = Product,
        [ConvolutionOps.Conv] = (e, n) => Convolution(e, n, n, null),
        [ConvolutionOps.InputGradient] = Transposed,
        [PoolingOps.MaxPool] = (e, n) => Pool(e, n, "MaxPool"),
        [PoolingOps.AveragePool] = (e, n) => Pool(e, n, "AveragePool"),
        [IndexingOps.Gather] = (e, n) => e.Set(n, false, "Gather", [e.Value(n.Inputs[0]), e.Value(n.Inputs[1])], ("axis", 0L)),
        [MovementOps.Reshape] = Reshaped,
        [MovementOps.Permute] = (e, n) => e.Set(n, false, "Transpose", [e.Value(n.Inputs[0])], ("perm", Longs(n.Attribute<ShapeAttributes>().Shape))),
        [MovementOps.Broadcast] = Broadcast,
        [MovementOps.Slice] = Slice,
        [MovementOps.Place] = Place,
        [MovementOps.Concat] = (e, n) =>
        {
            bool first = n.Shape.Rank == 4 && n.Inputs.Any(e.IsFirst);
            int axis = n.Attribute<ConcatAttributes>().Axis;
            e.Set(n, first, "Concat", [.. n.Inputs.Select(i => e.Value(i, first))], ("axis", (long)(first ? FirstAxis[axis] : axis)));
        },
        [LeafOps.Iota] = Counted,
        [ScanOp.Scan] = OnnxScan.Write,
        // Of the slots that are no stored tensors, models read the seed and the step.
        [LeafOps.Read] = Refused("it draws random numbers"),
        [LeafOps.Constant] = Refused("it is no number of the model"),
        [LeafOps.Uniform] = Refused("it draws random numbers"),
        [LeafOps.Normal] = Refused("it draws random numbers"),
        [ConvolutionOps.WeightGradient] = Refused("it is a gradient"),
        [PoolingOps.MaxPoolGradient] = Refused("it is a gradient"),
        [PoolingOps.AveragePoolGradient] = Refused("it is a gradient"),
        [IndexingOps.ScatterAdd] = Refused("it is a gradient"),
        [MovementOps.Pack] = Refused("it belongs to an optimizer"),
    };

    /// <summary>A convolution, with a bias if there is one, as a node's value.</summary>
    public static void Convolution(OnnxEmitter e, Node n, Node conv, Node? bias)
    {
        var a = conv.Attribute<ConvAttributes>();
        string[] inputs = [e.Value(conv.Inputs[0], first: true), Weights(e, conv.Inputs[1])];
        e.Set(n, true, "Conv", bias is null ? inputs : [.. inputs, e.Value(bias)], Geometry(a, conv.Inputs[1].Shape));
    }

    /// <summary>A reduction that keeps its axes with extent 1, as a node's value.</summary>
    public static void Reduced(OnnxEmitter e, Node n, Node operand, Shape over, string type)
    {
        bool first = e.IsFirst(operand);
        long[] axes = [.. over.Select(a => (long)(first ? FirstAxis[a] : a)).Order()];
        string value = e.Value(operand, first);
        if (axes.Length == 0) e.Set(n, first, "Identity", [value]);
        else if (type == "ReduceSum") e.Set(n, first, type, [value, e.Whole($"{n.Label ?? "graph"}/axes", axes)], ("keepdims", 1L));
        else e.Set(n, first, type, [value], ("axes", axes), ("keepdims", 1L));
    }

    /// <summary>Says why an op cannot be written.</summary>
    public static Action<OnnxEmitter, Node> Refused(string why) => (_, n) =>
        throw new NnException(ExitCode.Script, $"{n.Label ?? "the model"} cannot be written as ONNX: {why} ({n.Op.Name})");

    // Channels first where an operand is, and all others can be brought to it.
    private static bool First(OnnxEmitter e, Node n) => n.Shape.Rank == 4 && n.Inputs.Any(e.IsFirst)
        && n.Inputs.All(i => i.Shape.Rank == 4 || i.Shape.IsSingle || e.IsConstant(i));

    private static Action<OnnxEmitter, Node> Operator(OnnxOperator row) => (e, n) =>
    {
        bool first = First(e, n);
        List<string> operands = [.. n.Inputs.Select(i => e.Operand(i, first))];
        if (row.Axis?.Invoke(n) is { } axis) operands.Add(e.Axis($"{n.Label ?? "graph"}/axis", first ? FirstAxis[axis] : axis));
        e.Set(n, first, row.Name, [.. operands], [.. (row.Attributes?.Invoke(n) ?? new Dictionary<string, long>()).Select(a => (a.Key, (object)a.Value))]);
    };

    private static Action<OnnxEmitter, Node> Comparison(string type) => (e, n) =>
    {
        bool first = First(e, n);
        e.SetFlag(n, first, type, [.. n.Inputs.Select(i => e.Operand(i, first))]);
    };

    private static void Product(OnnxEmitter e, Node n)
    {
        var t = n.Attribute<MatMulAttributes>();
        string Side(Node x, bool transposed)
        {
            if (!transposed) return e.Value(x);
            int[] order = [.. Enumerable.Range(0, x.Shape.Rank - 2), x.Shape.Rank - 1, x.Shape.Rank - 2];
            return e.IsConstant(x)
                ? e.Store(x, x.Shape, order, ".transposed")
                : e.Node("Transpose", n, [e.Value(x)], ("perm", Array.ConvertAll(order, i => (long)i)));
        }

        e.Set(n, false, "MatMul", [Side(n.Inputs[0], t.TransposeA), Side(n.Inputs[1], t.TransposeB)]);
    }

    // KH×KW×I×O here, O×I×KH×KW there.
    private static string Weights(OnnxEmitter e, Node w) => e.IsConstant(w)
        ? e.Store(w, w.Shape, [3, 2, 0, 1], "")
        : e.Node("Transpose", w, [e.Value(w)], ("perm", new long[] { 3, 2, 0, 1 }));

    private static (string Name, object Value)[] Geometry(ConvAttributes a, Shape w) =>
    [
        ("kernel_shape", new long[] { w[0], w[1] }), ("strides", new long[] { a.StrideY, a.StrideX }),
        ("pads", new long[] { a.Top, a.Left, a.Bottom, a.Right }),
        ("dilations", new long[] { a.DilationY, a.DilationX }), ("group", (long)a.Groups),
    ];

    private static void Transposed(OnnxEmitter e, Node n)
    {
        var a = n.Attribute<ConvAttributes>();
        Shape small = n.Inputs[0].Shape, w = n.Inputs[1].Shape;
        // What the windows do not reach at the end.
        long Rest(int axis, int stride, int window, int dilation, int padding) =>
            n.Shape[axis] + padding - ((small[axis] - 1L) * stride + dilation * (window - 1L) + 1);
        long[] rest = [Rest(1, a.StrideY, w[0], a.DilationY, a.Top + a.Bottom), Rest(2, a.StrideX, w[1], a.DilationX, a.Left + a.Right)];
        e.Set(n, true, "ConvTranspose", [e.Value(n.Inputs[0], first: true), Weights(e, n.Inputs[1])], [.. Geometry(a, w), ("output_padding", rest)]);
    }

    private static void Pool(OnnxEmitter e, Node n, string type)
    {
        var p = n.Attribute<PoolAttributes>();
        (string, object)[] geometry =
        [
            ("kernel_shape", new long[] { p.WindowY, p.WindowX }), ("strides", new long[] { p.StrideY, p.StrideX }),
            ("pads", new long[] { p.Top, p.Left, p.Bottom, p.Right }),
        ];
        // Padding counts as zeros in a mean.
        e.Set(n, true, type, [e.Value(n.Inputs[0], first: true)], type == "AveragePool" ? [.. geometry, ("count_include_pad", 1L)] : geometry);
    }

    private static void Reshaped(OnnxEmitter e, Node n)
    {
        Node x = n.Inputs[0];
        // One pixel is the same in either order.
        bool first = e.IsFirst(x) && x.Shape[1] == 1 && x.Shape[2] == 1;
        e.Set(n, false, "Reshape", [e.Value(x, first), e.Extents(n)]);
    }

    // An extent of 1 stays as it is where both have it; a new axis of the batch has the input's extent.
    private static void Broadcast(OnnxEmitter e, Node n)
    {
        Node x = n.Inputs[0];
        int extra = n.Shape.Rank - x.Shape.Rank;
        long[] extents = [.. n.Shape.Select((d, axis) => OnnxEmitter.Varies(n, axis) ? 1L : d)];
        bool[] added = [.. n.Shape.Select((_, axis) => OnnxEmitter.Varies(n, axis) && (axis < extra || !OnnxEmitter.Varies(x, axis - extra)))];
        string hint = $"{n.Label ?? "graph"}/shape";
        string shape = added.Contains(true)
            ? e.Node("Concat", n, [.. extents.Select((d, axis) => added[axis] ? e.BatchExtent(n.Shape[axis]) : e.Whole(hint, d))], ("axis", 0L))
            : e.Whole(hint, extents);
        e.Set(n, false, "Expand", [e.Value(x), shape]);
    }

    private static void Slice(OnnxEmitter e, Node n)
    {
        Node x = n.Inputs[0];
        if (x.Op == ScanOp.Scan)
        {
            OnnxScan.WritePart(e, n);
            return;
        }

        bool first = e.IsFirst(x);
        var s = n.Attribute<SliceAttributes>();
        int[] cut = [.. Enumerable.Range(0, n.Shape.Rank).Where(a => n.Shape[a] != x.Shape[a] || s.Start[a] != 0)];
        if (cut.Any(a => OnnxEmitter.Varies(x, a) || OnnxEmitter.Varies(n, a))) throw new FixedBatchException();
        string List(string what, Func<int, long> of) => e.Whole($"{n.Label ?? "graph"}/{what}", [.. cut.Select(of)]);
        e.Set(
            n, first, "Slice",
            [
                e.Value(x, first), List("starts", a => s.Start[a]), List("ends", a => s.Start[a] + (n.Shape[a] - 1L) * s.Step[a] + 1),
                List("axes", a => first ? FirstAxis[a] : a), List("steps", a => s.Step[a]),
            ]);
    }

    private static void Place(OnnxEmitter e, Node n)
    {
        Node x = n.Inputs[0];
        var s = n.Attribute<SliceAttributes>();
        if (s.Step.Where((step, a) => step != 1 && x.Shape[a] > 1).Any()) Refused("it puts zeros between elements")(e, n);
        bool first = e.IsFirst(x);
        if (Enumerable.Range(0, n.Shape.Rank).Any(a => OnnxEmitter.Varies(n, a) && (s.Start[a] != 0 || n.Shape[a] != x.Shape[a])))
            throw new FixedBatchException();
        int[] axes = first ? [0, 3, 1, 2] : [.. Enumerable.Range(0, n.Shape.Rank)];
        long[] pads = [.. axes.Select(a => (long)s.Start[a]), .. axes.Select(a => (long)(n.Shape[a] - s.Start[a] - x.Shape[a]).Extent)];
        e.Set(n, first, "Pad", [e.Value(x, first), e.Whole($"{n.Label ?? "graph"}/pads", pads)], ("mode", "constant"));
    }

    // Coordinates of an axis that grows with the batch are not known beforehand; those of another axis broadcast.
    private static void Counted(OnnxEmitter e, Node n)
    {
        int axis = n.Attribute<IotaAttributes>().Axis;
        if (OnnxEmitter.Varies(n, axis) || e.Users(n).Any(u => u.Op.Class != OpClass.Elementwise)) throw new FixedBatchException();
        long[] counts = [.. Enumerable.Range(0, n.Shape[axis]).Select(i => (long)i)];
        string row = e.Node("Cast", n, [e.Whole($"{n.Label ?? "graph"}/counts", counts)], ("to", (long)OnnxType.Int32));
        e.Set(n, false, "Reshape", [row, e.Whole($"{n.Label ?? "graph"}/shape", [.. n.Shape.Select((d, a) => a == axis ? d : 1L)])]);
    }

    private static long[] Longs(Shape shape) => [.. shape.Select(i => (long)i)];
}
