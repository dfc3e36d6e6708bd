namespace Nn.Exchange.Onnx;

/// <summary>
/// Computes operations whose operands are known: sizes from sizes, masks, tables of positions, weights that a file transposes. What a file can make it compute
/// is bounded in size and in all.
/// </summary>
/// <param name="budget">Elements that may be computed in all.</param>
internal sealed class OnnxFold(long budget)
{
    private const int MaxElements = 1 << 26;
    private const int MaxRank = 8;

    private long _budget = budget;

    // Operands that are left out are null.
    private delegate OnnxKnown? Rule(OnnxFold fold, OnnxNode n, OnnxKnown?[] x);

    // Everything but the operators on single elements, which are those of formulas.
    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["Shape"] = (_, n, x) => Sizes(n, x[0]!.Dims),
        ["Size"] = (_, _, x) => new OnnxKnown(OnnxType.Int64, [], [x[0]!.Values.Length]),
        ["Identity"] = (_, _, x) => x[0]!,
        ["Dropout"] = (_, _, x) => x[0]!,
        ["Cast"] = (_, n, x) => Cast(x[0]!, (OnnxType)Whole(n, "to", 0)),
        ["Reshape"] = (_, n, x) => Target(n, x[0]!.Dims, x[1]!) is { } dims ? x[0]! with { Dims = dims } : null,
        ["Flatten"] = (_, n, x) => Flattened(x[0]!.Dims, (int)Whole(n, "axis", 1)) is { } dims ? x[0]! with { Dims = dims } : null,
        ["Squeeze"] = (_, n, x) =>
            Squeezed(n, x[0]!.Dims, x.ElementAtOrDefault(1)) is { } kept ? x[0]! with { Dims = [.. kept.Select(a => x[0]!.Dims[a])] } : null,
        ["Unsqueeze"] = (_, n, x) => Unsqueezed(n, x[0]!.Dims, x.ElementAtOrDefault(1)) is { } dims ? x[0]! with { Dims = dims } : null,
        ["Transpose"] = (f, n, x) => Order(n, x[0]!.Dims.Length) is { } order ? f.Viewed(x[0]!, OnnxLayout.Plain(x[0]!.Dims).Transpose(order)) : null,
        ["Slice"] = (f, n, x) => Cut(n, x[0]!.Dims, x, backwards: true) is { } cuts ? f.Viewed(x[0]!, Apply(OnnxLayout.Plain(x[0]!.Dims), cuts)) : null,
        ["Expand"] = (f, n, x) => x[1]!.Integers() is { } dims ? f.Spread(x[0]!, dims) : null,
        ["ConstantOfShape"] = (f, n, x) => x[0]!.Integers() is { } dims && f.Room(dims)
            ? Filled(dims, n.Attributes.GetValueOrDefault("value") is OnnxTensor t ? OnnxKnown.Of(t) : new OnnxKnown(OnnxType.Float, [1], [0]))
            : null,
        ["Concat"] = Concat,
        ["Gather"] = Gather,
        ["Range"] = (f, _, x) => f.Range(x[0]!, x[1]!, x[2]!),
        ["Trilu"] = (f, n, x) => f.Triangle(n, x),
        ["MatMul"] = (f, n, x) => f.Product(x[0]!, x[1]!),
        ["Gemm"] = (f, n, x) => f.Gemm(n, x),
        ["CumSum"] = (f, n, x) => x[0]!.Dims.Length == 1 && f.Room(x[0]!.Dims) ? x[0]! with { Values = Sums(x[0]!.Values) } : null,
        ["ReduceProd"] = (_, n, x) => Multiplied(n, x[0]!, x.ElementAtOrDefault(1)),
    };

    /// <summary>What an operation makes of what is known; null where it is not computed here.</summary>
    public OnnxKnown? Run(OnnxNode n, OnnxKnown?[] x)
    {
        if (x.Length == 0 || x.Any(v => v?.Dims.Length > MaxRank)) return null;
        // Operands that the rule needs and the file leaves out, or extents that do not fit, make no value.
        try
        {
            return Rules.TryGetValue(n.Type, out Rule? rule) ? rule(this, n, x) : Elementwise(n, x);
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentOutOfRangeException or DivideByZeroException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>The extents, or some of them, that Shape gives.</summary>
    public static OnnxKnown Sizes(OnnxNode n, int[] dims)
    {
        int Place(string name, int otherwise) =>
            (int)Math.Clamp(Whole(n, name, otherwise) is < 0 and var v ? v + dims.Length : Whole(n, name, otherwise), 0, dims.Length);
        (int start, int end) = (Place("start", 0), Place("end", dims.Length));
        return OnnxKnown.List(start < end ? dims[start..end] : []);
    }

    /// <summary>The extents that a reshape leads to; null where they do not hold the elements.</summary>
    public static int[]? Target(OnnxNode n, int[] from, OnnxKnown wanted)
    {
        if (wanted.Integers() is not { Length: <= MaxRank } given || given.Any(d => d < -1) || given.Count(d => d == -1) > 1) return null;
        int[] dims = [.. given];
        for (int i = 0; i < dims.Length; i++)
        {
            if (dims[i] == 0 && Whole(n, "allowzero", 0) == 0) dims[i] = i < from.Length ? from[i] : 0;
        }

        double count = Count(from), others = dims.Where(d => d != -1).Aggregate(1.0, (a, d) => a * d);
        int free = Array.IndexOf(dims, -1);
        if (free >= 0 && (others == 0 || count % others != 0)) return null;
        if (free >= 0) dims[free] = (int)(count / others);
        return Count(dims) == count ? dims : null;
    }

    /// <summary>The extents that a flattening leads to.</summary>
    public static int[]? Flattened(int[] from, int axis)
    {
        if (axis < 0) axis += from.Length;
        if (axis < 0 || axis > from.Length || Count(from) > int.MaxValue) return null;
        return [(int)Count(from[..axis]), (int)Count(from[axis..])];
    }

    /// <summary>The axes that a squeeze keeps.</summary>
    public static int[]? Squeezed(OnnxNode n, int[] from, OnnxKnown? given)
    {
        int[] all = [.. Enumerable.Range(0, from.Length)];
        if (given is null && !n.Attributes.ContainsKey("axes")) return [.. all.Where(a => from[a] != 1)];
        return Axes(n, from.Length, given) is { } axes && axes.All(a => from[a] == 1) ? [.. all.Except(axes)] : null;
    }

    /// <summary>The extents that an unsqueeze leads to.</summary>
    public static int[]? Unsqueezed(OnnxNode n, int[] from, OnnxKnown? given)
    {
        int count = given?.Values.Length ?? (n.Attributes.GetValueOrDefault("axes") as long[])?.Length ?? 0;
        if (Axes(n, from.Length + count, given) is not { } axes || axes.Distinct().Count() != count) return null;
        var rest = new Queue<int>(from);
        return [.. Enumerable.Range(0, from.Length + count).Select(a => axes.Contains(a) ? 1 : rest.Dequeue())];
    }

    /// <summary>Axes that an attribute or an operand names, counted from the first; null where one is none.</summary>
    public static int[]? Axes(OnnxNode n, int rank, OnnxKnown? given)
    {
        int[]? axes = given is not null
            ? given.Integers()
            : n.Attributes.GetValueOrDefault("axes") is long[] own
            ? [.. own.Select(a => (int)Math.Clamp(a, -100, 100))]
            : null;
        return axes is not null && axes.All(a => a >= -rank && a < rank) ? [.. axes.Select(a => a < 0 ? a + rank : a)] : null;
    }

    /// <summary>The order of axes that a transposition gives; null where it is none.</summary>
    public static int[]? Order(OnnxNode n, int rank)
    {
        if (n.Attributes.GetValueOrDefault("perm") is not long[] perm) return [.. Enumerable.Range(0, rank).Reverse()];
        return perm.Length == rank && perm.Order().SequenceEqual(Enumerable.Range(0, rank).Select(i => (long)i)) ? [.. perm.Select(p => (int)p)] : null;
    }

    /// <summary>The parts of axes that a slice takes; null where it takes none, or goes backwards and should not.</summary>
    public static IReadOnlyList<(int Axis, int Start, int Count, int Step)>? Cut(OnnxNode n, int[] dims, OnnxKnown?[] x, bool backwards = false)
    {
        int[]? Given(int at, string name) =>
            x.Length > at && x[at] is { } operand
                ? operand.Integers()
                : n.Attributes.GetValueOrDefault(name) is long[] own
                ? [.. own.Select(v => (int)Math.Clamp(v, -int.MaxValue, int.MaxValue))]
                : null;
        if (Given(1, "starts") is not { } starts || Given(2, "ends") is not { } ends || starts.Length != ends.Length) return null;
        int[] axes = Given(3, "axes") ?? [.. Enumerable.Range(0, starts.Length)], steps = Given(4, "steps") ?? [.. starts.Select(_ => 1)];
        if (axes.Length != starts.Length || steps.Length != starts.Length) return null;
        var cuts = new List<(int, int, int, int)>();
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = axes[i] < 0 ? axes[i] + dims.Length : axes[i];
            if (axis < 0 || axis >= dims.Length || steps[i] == 0 || (steps[i] < 0 && !backwards)) return null;
            // Backwards, the places end before the first.
            (int least, int most) = steps[i] > 0 ? (0, dims[axis]) : (-1, dims[axis] - 1);
            int From(int v) => (int)Math.Clamp(v < 0 ? (long)v + dims[axis] : v, least, most);
            long start = From(starts[i]), end = From(ends[i]), count = (end - start + steps[i] - Math.Sign(steps[i])) / steps[i];
            if (count < 1) return null;
            cuts.Add((axis, (int)start, (int)count, steps[i]));
        }

        return cuts;
    }

    /// <summary>Takes the parts.</summary>
    public static OnnxLayout? Apply(OnnxLayout? layout, IReadOnlyList<(int Axis, int Start, int Count, int Step)> cuts)
    {
        foreach ((int axis, int start, int count, int step) in cuts) layout = layout?.Slice(axis, start, count, step);
        return layout;
    }

    /// <summary>A whole number among the attributes.</summary>
    public static long Whole(OnnxNode n, string name, long otherwise) => n.Attributes.GetValueOrDefault(name) as long? ?? otherwise;

    /// <summary>The extents of two operands together; null where they do not meet.</summary>
    public static int[]? Together(int[] a, int[] b)
    {
        var dims = new int[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= dims.Length; i++)
        {
            int p = i <= a.Length ? a[^i] : 1, q = i <= b.Length ? b[^i] : 1;
            if (p != q && p != 1 && q != 1) return null;
            dims[^i] = p == 1 ? q : p;
        }

        return dims;
    }

    /// <summary>A value repeated along axes to extents.</summary>
    public OnnxKnown? Spread(OnnxKnown x, int[] dims)
    {
        if (Together(x.Dims, dims) is not { } all || !Room(all)) return null;
        if (all.SequenceEqual(x.Dims)) return x;
        long[] places = Repeated(x.Dims, all);
        return new OnnxKnown(x.Type, all, Array.ConvertAll(places, p => x.Values[p]));
    }

    private static double Count(IEnumerable<int> dims) => dims.Aggregate(1.0, (n, d) => n * d);

    // Places in a value of the elements of one to whose extents it is repeated.
    private static long[] Repeated(int[] from, int[] to)
    {
        IReadOnlyList<OnnxRun>[] axes = [.. OnnxLayout.Plain(from).Axes];
        int extra = to.Length - from.Length;
        var runs = new OnnxLayout(
            [.. to.Select((d, i) => i >= extra && axes[i - extra].Count > 0 ? axes[i - extra] : d == 1 ? Array.Empty<OnnxRun>() : [new OnnxRun(0, d)])], 0);
        return runs.Places([.. Enumerable.Range(0, to.Length)]);
    }

    private bool Room(int[] dims)
    {
        double count = Count(dims);
        if (dims.Length > MaxRank || dims.Any(d => d < 0) || count > MaxElements || count > _budget) return false;
        _budget -= (long)count;
        return true;
    }

    private OnnxKnown? Viewed(OnnxKnown x, OnnxLayout? layout)
    {
        if (layout is null || !Room(layout.Dims)) return null;
        long[] places = layout.Places([.. Enumerable.Range(0, layout.Axes.Count)]);
        return new OnnxKnown(x.Type, layout.Dims, Array.ConvertAll(places, p => x.Values[p + layout.Offset]));
    }

    private static OnnxKnown Filled(int[] dims, OnnxKnown value)
    {
        var values = new double[(int)Count(dims)];
        Array.Fill(values, value.Values[0]);
        return new OnnxKnown(value.Type, dims, values);
    }

    private static OnnxKnown? Cast(OnnxKnown x, OnnxType to)
    {
        double[]? values = to switch
        {
            OnnxType.Int64 or OnnxType.Int32 or OnnxType.UInt8 or OnnxType.Int8 or OnnxType.Int16 or OnnxType.UInt16 or OnnxType.UInt32 or OnnxType.UInt64 =>
                Array.ConvertAll(x.Values, Math.Truncate),
            OnnxType.Bool => Array.ConvertAll(x.Values, v => v != 0 ? 1.0 : 0),
            OnnxType.Float => Array.ConvertAll(x.Values, v => (double)(float)v),
            OnnxType.Float16 => Array.ConvertAll(x.Values, v => (double)(Half)v),
            OnnxType.Double => x.Values,
            _ => null,
        };
        // What a type of whole numbers does not hold would wrap around.
        return values is null || (OnnxKnown.Range(to) is { } range && values.Any(v => !(v >= range.Least && v <= range.Most)))
            ? null
            : new OnnxKnown(to, x.Dims, values);
    }

    private OnnxKnown? Elementwise(OnnxNode n, OnnxKnown?[] given)
    {
        int place = 0;
        if (OnnxFormula.Of(n, [.. given.Select(v => v is null ? null : OnnxFormula.Operand(place++))]) is not { } formula) return null;
        OnnxKnown[] x = [.. given.OfType<OnnxKnown>()];
        int[]? dims = x[0].Dims;
        foreach (OnnxKnown v in x) dims = dims is null ? null : Together(dims, v.Dims);
        if (dims is null || !Room(dims)) return null;
        double[][] operands = [.. x.Select(v => v.Dims.SequenceEqual(dims) ? v.Values : Array.ConvertAll(Repeated(v.Dims, dims), p => v.Values[p]))];
        var values = new double[(int)Count(dims)];
        var at = new double[x.Length];
        bool whole = n.Type is "Div" && x.All(v => v.Whole);
        for (int i = 0; i < values.Length; i++)
        {
            for (int k = 0; k < at.Length; k++) at[k] = operands[k][i];
            values[i] = whole ? Math.Truncate(formula.At(at)) : formula.At(at);
        }

        OnnxType type = n.Type switch
        {
            "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual" or "Equal" or "Not" or "And" or "Or" => OnnxType.Bool,
            "Where" => x[1].Type,
            _ => x[0].Type,
        };
        return new OnnxKnown(type, dims, values);
    }

    private static OnnxKnown? Concat(OnnxFold f, OnnxNode n, OnnxKnown?[] given)
    {
        OnnxKnown[] x = [.. given.OfType<OnnxKnown>()];
        int rank = x[0].Dims.Length, axis = (int)Whole(n, "axis", 0);
        if (axis < 0) axis += rank;
        if (axis < 0 || axis >= rank || x.Any(v => v.Dims.Length != rank || Enumerable.Range(0, rank).Any(a => a != axis && v.Dims[a] != x[0].Dims[a])))
            return null;
        int[] dims = [.. x[0].Dims];
        dims[axis] = checked(x.Sum(v => v.Dims[axis]));
        if (!f.Room(dims)) return null;
        int outer = (int)Count(dims[..axis]), inner = (int)Count(dims[(axis + 1)..]);
        var values = new List<double>((int)Count(dims));
        for (int o = 0; o < outer; o++)
        {
            foreach (OnnxKnown v in x) values.AddRange(v.Values.AsSpan(o * v.Dims[axis] * inner, v.Dims[axis] * inner));
        }

        return new OnnxKnown(x[0].Type, dims, [.. values]);
    }

    private static OnnxKnown? Gather(OnnxFold f, OnnxNode n, OnnxKnown?[] given)
    {
        OnnxKnown[] x = [.. given.OfType<OnnxKnown>()];
        int rank = x[0].Dims.Length, axis = (int)Whole(n, "axis", 0);
        if (axis < 0) axis += rank;
        int extent = x[0].Dims[axis], outer = (int)Count(x[0].Dims[..axis]), inner = (int)Count(x[0].Dims[(axis + 1)..]);
        int[] dims = [.. x[0].Dims[..axis], .. x[1].Dims, .. x[0].Dims[(axis + 1)..]];
        if (!x[1].Whole || x[1].Values.Any(v => v < -extent || v >= extent) || !f.Room(dims)) return null;
        var values = new List<double>((int)Count(dims));
        for (int o = 0; o < outer; o++)
        {
            foreach (double v in x[1].Values) values.AddRange(x[0].Values.AsSpan((o * extent + (int)(v < 0 ? v + extent : v)) * inner, inner));
        }

        return new OnnxKnown(x[0].Type, dims, [.. values]);
    }

    private OnnxKnown? Range(OnnxKnown from, OnnxKnown to, OnnxKnown by)
    {
        (double start, double limit, double step) = (from.Values[0], to.Values[0], by.Values[0]);
        double count = Math.Max(0, Math.Ceiling((limit - start) / step));
        if (!(count <= MaxElements) || !Room([(int)count])) return null;
        return new OnnxKnown(from.Type, [(int)count], [.. Enumerable.Range(0, (int)count).Select(i => start + i * step)]);
    }

    private OnnxKnown? Triangle(OnnxNode n, OnnxKnown?[] x)
    {
        double k = x.ElementAtOrDefault(1)?.Values[0] ?? 0;
        OnnxKnown of = x[0]!;
        (int rows, int columns) = (of.Dims[^2], of.Dims[^1]);
        if (!Room(of.Dims)) return null;
        bool upper = Whole(n, "upper", 1) != 0;
        return of with { Values = [.. of.Values.Select((v, i) => (upper ? i % columns >= i / columns % rows + k : i % columns <= i / columns % rows + k) ? v : 0)] };
    }

    private OnnxKnown? Product(OnnxKnown a, OnnxKnown b)
    {
        if (a.Dims is not [var rows, var inner] || b.Dims is not [var same, var columns] || same != inner || !Room([rows, columns]) || (double)rows * columns * inner > _budget) return null;
        _budget -= (long)rows * columns * inner;
        var values = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < inner; k++)
            {
                for (int j = 0; j < columns; j++) values[i * columns + j] += a.Values[i * inner + k] * b.Values[k * columns + j];
            }
        }

        return new OnnxKnown(a.Type, [rows, columns], values);
    }

    private OnnxKnown? Gemm(OnnxNode n, OnnxKnown?[] given)
    {
        OnnxKnown[] x = [.. given.OfType<OnnxKnown>()];
        float Factor(string name) => n.Attributes.GetValueOrDefault(name) as float? ?? 1;
        OnnxKnown? Side(OnnxKnown side, string name) => Whole(n, name, 0) == 1 ? Viewed(side, OnnxLayout.Plain(side.Dims).Transpose([1, 0])) : side;
        if (x[0].Dims.Length != 2 || x[1].Dims.Length != 2 || Side(x[0], "transA") is not { } a || Side(x[1], "transB") is not { } b || Product(a, b) is not { } product) return null;
        product = product with { Values = Array.ConvertAll(product.Values, v => v * Factor("alpha")) };
        if (x.Length < 3) return product;
        OnnxKnown bias = x[2] with { Values = Array.ConvertAll(x[2].Values, v => v * Factor("beta")) };
        return Elementwise(new OnnxNode("Add", "", [], []), [product, bias]);
    }

    private static OnnxKnown? Multiplied(OnnxNode n, OnnxKnown x, OnnxKnown? given)
    {
        int rank = x.Dims.Length;
        int[]? axes = given is { Values.Length: > 0 } || n.Attributes.ContainsKey("axes")
            ? Axes(n, rank, given)
            : Whole(n, "noop_with_empty_axes", 0) == 0
            ? [.. Enumerable.Range(0, rank)]
            : null;
        if (axes?.Distinct().Count() != rank) return null;
        return x with { Dims = Whole(n, "keepdims", 1) != 0 ? [.. x.Dims.Select(_ => 1)] : [], Values = [x.Values.Aggregate(1.0, (a, b) => a * b)] };
    }

    private static double[] Sums(double[] values)
    {
        double sum = 0;
        return Array.ConvertAll(values, v => sum += v);
    }
}
