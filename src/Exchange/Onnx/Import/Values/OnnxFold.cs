using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Computes operations whose operands are known: sizes from sizes, masks, tables of positions, weights that a file transposes. What a file can make it compute
/// is bounded in size and in all. What only moves elements leaves them where they are.
/// </summary>
/// <param name="budget">Elements that may be computed in all.</param>
internal sealed class OnnxFold(long budget)
{
    private const int MaxElements = 1 << 26;

    private long _budget = budget;

    // Operands that are left out are null.
    private delegate OnnxKnown? Rule(OnnxFold fold, OnnxNode n, OnnxKnown?[] x);

    // Everything but the operators on single elements, which are those of formulas.
    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["Shape"] = (_, n, x) => OnnxAxes.Sizes(n, x[0]!.Dims),
        ["Size"] = (_, _, x) => OnnxSize.Product(x[0]!.Dims) is { } count ? OnnxKnown.List(count).Scalar() : null,
        ["Identity"] = (_, _, x) => x[0]!,
        ["Dropout"] = (_, _, x) => x[0]!,
        ["Cast"] = (_, n, x) => Cast(x[0]!, (OnnxType)n.Whole("to", 0)),
        ["Reshape"] = (f, n, x) => f.Moved(n, x),
        ["Flatten"] = (f, n, x) => f.Moved(n, x),
        ["Squeeze"] = (f, n, x) => f.Moved(n, x),
        ["Unsqueeze"] = (f, n, x) => f.Moved(n, x),
        ["Transpose"] = (f, n, x) => f.Moved(n, x),
        ["Slice"] = (f, n, x) => f.Moved(n, x),
        ["Expand"] = (f, _, x) => x[1]!.Sizes() is { } dims && OnnxAxes.Together(x[0]!.Dims, dims) is { } all ? f.Repeated(x[0]!, all) : null,
        ["ConstantOfShape"] = (f, n, x) => x[0]!.Sizes() is { } dims ? f.Filled(n, dims) : null,
        ["Concat"] = (f, n, x) => f.Concat(n, x),
        ["Gather"] = (f, n, x) => f.Gather(n, x),
        ["Range"] = (f, _, x) => f.Range(x[0]!, x[1]!, x[2]!),
        ["Trilu"] = (f, n, x) => f.Triangle(n, x),
        ["MatMul"] = (f, _, x) => f.Product(x[0]!, x[1]!),
        ["Gemm"] = (f, n, x) => f.Gemm(n, x),
        ["CumSum"] = (f, n, x) => x[0]!.Rank == 1 && f.Room(x[0]!.Dims)
            ? OnnxKnown.Of(x[0]!.Type, [(int)x[0]!.Count], Sums(x[0]!.Values, n.Whole("exclusive", 0) != 0))
            : null,
        ["ReduceProd"] = (_, n, x) => Multiplied(n, x[0]!, x.ElementAtOrDefault(1)),
    };

    /// <summary>What an operation makes of what is known; null where it is not computed here.</summary>
    public OnnxKnown? Run(OnnxNode n, OnnxKnown?[] x)
    {
        if (x.Length == 0 || x.Any(v => v?.Rank > OnnxAxes.MaxRank)) return null;
        // Extents that do not fit, or of which a number would have to be known, make no value.
        try
        {
            return Rules.TryGetValue(n.Type, out Rule? rule) ? rule(this, n, x) : Elementwise(n, x);
        }
        catch (Exception e) when (e is IndexOutOfRangeException or ArgumentOutOfRangeException or DivideByZeroException or OverflowException
            or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A part of what is known.</summary>
    public OnnxKnown? Part(OnnxKnown x, OnnxCut part) => Room(x.Dims) ? View(x, l => OnnxAxes.Apply(l, [part])) : null;

    /// <summary>Whether there is room for a value of these extents, which then counts; the batch counts once.</summary>
    private bool Room(IEnumerable<Dim> dims)
    {
        double count = 1;
        int rank = 0;
        foreach (Dim d in dims)
        {
            if (d.IsKnown && d < 0) return false;
            count *= d.IsKnown ? d.Extent : d.Times(Dim.Batch) ?? double.PositiveInfinity;
            rank++;
        }

        if (rank > OnnxAxes.MaxRank || count > MaxElements || count > _budget) return false;
        _budget -= (long)count;
        return true;
    }

    // Where the elements cannot stay where they lie, they are laid out anew.
    private static OnnxKnown? View(OnnxKnown x, Func<OnnxLayout, OnnxLayout?> move)
    {
        if (move(x.Layout) is { } layout) return x with { Layout = layout };
        if (x.Layout.Count.Batches > 0) return null;
        OnnxKnown whole = x.AreNumbers
            ? OnnxKnown.Of(x.Type, Array.ConvertAll(x.Dims, d => d.Extent), x.Values)
            : new OnnxKnown(x.Type, OnnxLayout.Plain(x.Dims), OnnxElements.Of(x.Sizes(MaxElements)!));
        return move(whole.Layout) is { } again ? whole with { Layout = again } : null;
    }

    private OnnxKnown? Moved(OnnxNode n, OnnxKnown?[] x) => Room(x[0]!.Dims) ? View(x[0]!, l => OnnxAxes.Moved(n, l, x, backwards: true)) : null;

    private OnnxKnown? Repeated(OnnxKnown x, Dim[] dims) =>
        Room(dims) && x.Layout.Repeat(dims) is { } layout ? x with { Layout = layout } : dims.SequenceEqual(x.Dims) ? x : null;

    private OnnxKnown? Filled(OnnxNode n, Dim[] dims)
    {
        OnnxKnown value = n.Attributes.GetValueOrDefault("value") is OnnxTensor t ? OnnxKnown.Of(t) : OnnxKnown.Of(OnnxType.Float, [1], 0);
        if (value.Count < 1 || !Room(dims)) return null;
        // Without elements, nothing is repeated.
        if (dims.Any(d => d == 0)) return OnnxKnown.Of(value.Type, Array.ConvertAll(dims, d => d.Extent));
        OnnxLayout one = new([.. dims.Select(_ => Array.Empty<OnnxRun>())], value.Layout.Offset);
        return one.Repeat(dims) is { } layout ? value with { Layout = layout } : null;
    }

    private static OnnxKnown? Cast(OnnxKnown x, OnnxType to)
    {
        if (!x.AreNumbers) return OnnxKnown.IsWhole(to) ? x with { Type = to } : null;
        Func<double, double>? change = to switch
        {
            OnnxType.Bool => v => v != 0 ? 1 : 0,
            OnnxType.Float => v => (float)v,
            OnnxType.Float16 => v => (double)(Half)v,
            OnnxType.Double => v => v,
            _ when OnnxKnown.IsWhole(to) => Math.Truncate,
            _ => null,
        };
        // Numbers of 32 bits and less stay what they are.
        if (change is null || (to == OnnxType.Float && x.Type is OnnxType.Float or OnnxType.Float16)) return change is null ? null : x with { Type = to };
        double[] values = Array.ConvertAll(x.Values, v => change(v));
        // What a type of whole numbers does not hold would wrap around.
        if (OnnxKnown.Range(to) is { } range && values.Any(v => !(v >= range.Least && v <= range.Most))) return null;
        return Anew(to, x.Dims, values);
    }

    // Elements row by row, those of the batch once, with extents that may have it.
    private static OnnxKnown? Anew(OnnxType type, Dim[] dims, double[] values)
    {
        long count = OnnxSize.Of(dims.Where(d => d.IsKnown)).Factor;
        if (count != values.Length) return null;
        OnnxLayout own = OnnxLayout.Plain(Array.ConvertAll(dims, d => d.IsKnown ? d : (Dim)1));
        IEnumerable<IReadOnlyList<OnnxRun>> axes = own.Axes.Select((a, i) => dims[i].IsKnown ? a : OnnxLayout.Run(0, dims[i]));
        return new OnnxKnown(type, own with { Axes = [.. axes] }, OnnxElements.Of(values));
    }

    private OnnxKnown? Elementwise(OnnxNode n, OnnxKnown?[] given)
    {
        int place = 0;
        if (OnnxFormula.Of(n, [.. given.Select(v => v is null ? null : OnnxFormula.Operand(place++))]) is not { } formula) return null;
        OnnxKnown[] x = [.. given.OfType<OnnxKnown>()];
        if (x.Any(v => !v.AreNumbers)) return OnnxSizeArithmetic.Of(n, x);
        Dim[]? dims = x[0].Dims;
        foreach (OnnxKnown v in x) dims = dims is null ? null : OnnxAxes.Together(dims, v.Dims);
        if (dims is null || !Room(dims)) return null;
        double[][] operands = [.. x.Select(v => Broadcast(v, dims)).OfType<double[]>()];
        if (operands.Length < x.Length) return null;
        var values = new double[operands[0].Length];
        var at = new double[x.Length];
        bool whole = n.Type is "Div" && x.All(v => v.Whole);
        for (int i = 0; i < values.Length; i++)
        {
            for (int k = 0; k < at.Length; k++) at[k] = operands[k][i];
            values[i] = whole ? Math.Truncate(formula.At(at)) : formula.At(at);
        }

        OnnxType type = n.Type switch
        {
            "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual" or "Equal" or "Not" or "And" or "Or" or "Xor" => OnnxType.Bool,
            "Where" => x[1].Type,
            _ => x[0].Type,
        };
        return Anew(type, dims, values);
    }

    // The elements of a value repeated to extents, those of the batch once; null where samples have their own.
    private static double[]? Broadcast(OnnxKnown x, Dim[] dims) =>
        x.OfOne() is { } one && one.Layout.Repeat(Array.ConvertAll(dims, d => d.IsKnown ? d : (Dim)1)) is { } layout
            ? (one with { Layout = layout }).Values
            : null;

    private OnnxKnown? Concat(OnnxNode n, OnnxKnown?[] given)
    {
        OnnxKnown[] x = [.. given.OfType<OnnxKnown>()];
        int rank = x[0].Rank, axis = (int)n.Whole("axis", 0);
        if (axis < 0) axis += rank;
        Dim[] dims = [.. x[0].Dims];
        if (axis < 0 || axis >= rank || x.Any(v => v.Rank != rank || Enumerable.Range(0, rank).Any(a => a != axis && v.Dims[a] != dims[a]))) return null;
        if (x.Any(v => !v.AreNumbers)) return rank == 1 ? Sizes(x) : null;
        if (x.Any(v => !v.Dims[axis].IsKnown)) return null;
        dims[axis] = checked(x.Sum(v => v.Dims[axis].Extent));
        if (!Room(dims) || x.Any(v => v.OfOne() is null)) return null;
        int outer = Known(dims[..axis]), inner = Known(dims[(axis + 1)..]);
        double[][] parts = [.. x.Select(v => v.OfOne()!.Values)];
        var values = new List<double>(outer * inner * dims[axis]);
        for (int o = 0; o < outer; o++)
        {
            foreach (double[] part in parts) values.AddRange(part.AsSpan(o * (part.Length / outer), part.Length / outer));
        }

        return Anew(x[0].Type, dims, [.. values]);
    }

    private static OnnxKnown? Sizes(OnnxKnown[] x)
    {
        Dim[]?[] parts = [.. x.Select(v => v.Sizes())];
        return parts.All(p => p is not null) ? OnnxKnown.List([.. parts.SelectMany(p => p!)]) : null;
    }

    // The elements of extents, the batch counted once.
    private static int Known(Dim[] dims) => dims.Aggregate(1, (n, d) => d.IsKnown ? checked(n * d.Extent) : n);

    private OnnxKnown? Gather(OnnxNode n, OnnxKnown?[] given)
    {
        OnnxKnown x = given[0]!, at = given[1]!;
        if (!at.Whole || !at.IsNumbers) return null;
        // One place, or places evenly apart.
        if (at.Rank <= 1 && OnnxAxes.Moved(n, x.Layout, given) is { } layout) return x with { Layout = layout };
        int axis = (int)n.Whole("axis", 0);
        if (axis < 0) axis += x.Rank;
        if (!x.IsNumbers) return null;
        int extent = x.Dims[axis], outer = Known(x.Dims[..axis]), inner = Known(x.Dims[(axis + 1)..]);
        double[] places = at.Values;
        Dim[] dims = [.. x.Dims[..axis], .. at.Dims, .. x.Dims[(axis + 1)..]];
        if (places.Any(v => v < -extent || v >= extent) || !Room(dims)) return null;
        double[] all = x.Values;
        var values = new List<double>(Known(dims));
        for (int o = 0; o < outer; o++)
        {
            foreach (double v in places) values.AddRange(all.AsSpan((o * extent + (int)(v < 0 ? v + extent : v)) * inner, inner));
        }

        return Anew(x.Type, dims, [.. values]);
    }

    private OnnxKnown? Range(OnnxKnown from, OnnxKnown to, OnnxKnown by)
    {
        if (!from.IsNumbers || !to.IsNumbers || !by.IsNumbers) return null;
        (double start, double limit, double step) = (from.Values[0], to.Values[0], by.Values[0]);
        double count = Math.Max(0, Math.Ceiling((limit - start) / step));
        if (!(count <= MaxElements) || !Room([(int)count])) return null;
        return OnnxKnown.Of(from.Type, [(int)count], [.. Enumerable.Range(0, (int)count).Select(i => start + i * step)]);
    }

    private OnnxKnown? Triangle(OnnxNode n, OnnxKnown?[] x)
    {
        double k = x.ElementAtOrDefault(1)?.Values[0] ?? 0;
        OnnxKnown of = x[0]!;
        (int rows, int columns) = (of.Dims[^2], of.Dims[^1]);
        if (!Room(of.Dims) || of.OfOne() is not { } one) return null;
        bool upper = n.Whole("upper", 1) != 0;
        double[] values = [.. one.Values.Select((v, i) => (upper ? i % columns >= i / columns % rows + k : i % columns <= i / columns % rows + k) ? v : 0)];
        return Anew(of.Type, of.Dims, values);
    }

    private OnnxKnown? Product(OnnxKnown a, OnnxKnown b)
    {
        if (!a.IsNumbers || !b.IsNumbers || a.Dims is not [var rows, var inner] || b.Dims is not [var same, var columns] || same != inner) return null;
        double work = (double)rows.Extent * columns.Extent * inner.Extent;
        if (!Room([rows, columns]) || work > _budget) return null;
        _budget -= (long)work;
        var values = new double[rows * columns];
        (double[] left, double[] right) = (a.Values, b.Values);
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < inner; k++)
            {
                for (int j = 0; j < columns; j++) values[i * columns + j] += left[i * inner + k] * right[k * columns + j];
            }
        }

        return OnnxKnown.Of(a.Type, [rows, columns], values);
    }

    private OnnxKnown? Gemm(OnnxNode n, OnnxKnown?[] given)
    {
        OnnxKnown[] x = [.. given.OfType<OnnxKnown>()];
        OnnxKnown Side(OnnxKnown side, string name) => n.Whole(name, 0) == 1 ? side.Transposed(1, 0) : side;
        if (x[0].Rank != 2 || x[1].Rank != 2 || Product(Side(x[0], "transA"), Side(x[1], "transB")) is not { } product) return null;
        OnnxKnown? Times(OnnxKnown v, string name) =>
            Elementwise(new OnnxNode("Mul", "", [], []), [v, OnnxKnown.Of(OnnxType.Float, [], n.Single(name, 1))]);
        if (Times(product, "alpha") is not { } scaled) return null;
        if (x.Length < 3) return scaled;
        return Times(x[2], "beta") is { } bias ? Elementwise(new OnnxNode("Add", "", [], []), [scaled, bias]) : null;
    }

    private static OnnxKnown? Multiplied(OnnxNode n, OnnxKnown x, OnnxKnown? given)
    {
        int rank = x.Rank;
        int[]? axes = given is { Count: > 0 } || n.Attributes.ContainsKey("axes")
            ? OnnxAxes.Axes(n, rank, given)
            : n.Whole("noop_with_empty_axes", 0) == 0
            ? [.. Enumerable.Range(0, rank)]
            : null;
        if (axes?.Distinct().Count() != rank || x.Layout.Count.Batches > 0) return null;
        int[] dims = n.Whole("keepdims", 1) != 0 ? [.. x.Dims.Select(_ => 1)] : [];
        if (x.AreNumbers) return OnnxKnown.Of(x.Type, dims, x.Values.Aggregate(1.0, (a, b) => a * b));
        return x.Sizes() is { } sizes && OnnxSize.Product(sizes) is { } product
            ? new OnnxKnown(x.Type, OnnxLayout.Plain(dims), OnnxElements.Of([product]))
            : null;
    }

    private static double[] Sums(double[] values, bool exclusive)
    {
        double sum = 0;
        return Array.ConvertAll(values, v => (sum += v) - (exclusive ? v : 0));
    }
}
