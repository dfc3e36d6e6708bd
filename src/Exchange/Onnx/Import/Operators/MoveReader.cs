using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>What moves elements, takes some of them, or joins them, without computing.</summary>
internal static class MoveReader
{
    private const string Unjoined = "values are joined along an axis that is none of features; only whole parts can be taken out again";

    /// <summary>Reads <c>Reshape</c>, <c>Transpose</c>, <c>Slice</c> and their like.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        Flow x = n.Flow(0)!;
        OnnxLayout? layout = n.Type == "Expand" ? Expanded(n, x) : OnnxAxes.Moved(n.Node, x.Layout, n.AllKnown);
        if (layout is not null) return n.Set(x with { Layout = layout });
        return n.Type is "Reshape" or "Slice" or "Gather" or "Expand" or "Flatten" or "Squeeze"
            ? new Refusal($"from {LineBook.Told(x.Dims)} it takes or joins elements in a way that no layer does")
            : Refusal.Unexplained;
    }

    /// <summary>Reads <c>Split</c>.</summary>
    public static Refusal? Split(ImportedNode n)
    {
        Dim[] dims = n.Flow(0)?.Dims ?? n.Known(0)!.Dims;
        if (OnnxAxes.Parts(n.Node, dims, n.Known(1)) is not { } parts) return new Refusal("its parts do not make up the whole");
        foreach ((string name, OnnxCut part) in parts)
        {
            ImportedValue? made = n.Flow(0) is { } x
                ? OnnxAxes.Apply(x.Layout, [part]) is { } layout ? x with { Layout = layout } : null
                : n.Fold.Part(n.Known(0)!, part);
            if (made is null) return new Refusal("its parts cut through what belongs together");
            n.Values.Set(name, made);
        }

        return null;
    }

    /// <summary>Reads <c>Concat</c>.</summary>
    public static Refusal? Concat(ImportedNode n)
    {
        int count = n.Node.Inputs.Count, axis = n.Node.Place("axis", 0);
        Flow[] flows = [.. Enumerable.Range(0, count).Select(n.Flow).OfType<Flow>()];
        int rank = flows[0].Rank;
        if (axis < 0) axis += rank;
        if (!n.Node.Attributes.ContainsKey("axis")) return new Refusal("it does not say along which axis");
        if (flows.Length < count)
        {
            return new Refusal("a stored tensor is joined to the value (a class token, for example), for which there is no layer; "
                + "take the mean over the positions instead");
        }

        Made<Flow>[] applied = [.. Enumerable.Range(0, count).Select(n.Applied)];
        if (applied.FirstOrDefault(a => a.Value is null).Refused is { } why) return why;
        Flow[] parts = [.. applied.Select(a => a.Value!)];
        IEnumerable<Dim> Others(Flow p) => p.Dims.Where((_, a) => a != axis);
        if (axis < 0 || axis >= rank || parts.Any(p => p.Rank != rank || !Others(p).SequenceEqual(Others(parts[0])))) return Refusal.Unexplained;
        if (parts.Length == 1) return n.Set(parts[0]);
        if ((Strung(parts, axis) ?? BothDirections.Of(n.Book, parts, axis)) is { } one) return n.Set(one);
        int[] order = [.. Enumerable.Range(0, rank).Where(a => a != axis), axis];
        if (axis > 0 && parts.Select(p => n.Book.Arranged(p, order).Value).ToArray() is var lines && lines.All(l => l is not null))
        {
            long features = lines.Sum(l => (long)l!.Features);
            if (features > LineBook.MaxExtent) return Refusal.Unexplained;
            return n.Set(Flow.Of(n.Book.Add(new Line([.. lines[0]!.Shape[..^1], (int)features], Say.Layer("concat"), lines!) { Joins = true }), order));
        }

        return n.Set(new StackedValue(parts, axis));
    }

    /// <summary>Reads what takes a part of values that were joined: the last of the states of several layers, for example, as it was put in.</summary>
    public static Refusal? Unstacked(ImportedNode n)
    {
        var why = new Refusal(Unjoined);
        if (n.Values[n.Node.Inputs[0]] is not StackedValue { Parts: var parts, Axis: var axis }) return why;
        Dim[] dims = parts[0].Dims;
        if (parts.Any(p => !p.Dims[axis].IsKnown)) return why;
        int all = parts.Sum(p => p.Dims[axis].Extent);
        dims[axis] = all;
        // The places that are wanted, of a value that counts them.
        OnnxLayout whole = OnnxLayout.Plain(dims.Select((_, a) => a == axis ? all : 1).ToArray());
        OnnxLayout? taken = n.Type switch
        {
            "Gather" => OnnxAxes.Moved(n.Node, whole, n.AllKnown),
            "Slice" => OnnxAxes.Cut(n.Node, dims, n.AllKnown) is { } cuts && cuts.All(c => c.Axis == axis) ? OnnxAxes.Apply(whole, cuts) : null,
            _ => null,
        };
        if (taken is null) return why;
        long start = taken.Offset, count = taken.Count.Factor;
        foreach (Flow part in parts)
        {
            int extent = part.Dims[axis];
            if (start < extent)
            {
                if (start + count > extent || part.Layout.Slice(axis, (int)start, (int)count) is not { } layout) return why;
                return n.Set(part with { Layout = taken.Rank < dims.Length ? layout.Without(axis) : layout });
            }

            start -= extent;
        }

        return why;
    }

    private static OnnxLayout? Expanded(ImportedNode n, Flow x) =>
        n.Known(1)?.Sizes() is { } to && OnnxAxes.Together(x.Dims, to) is { } all && all.Length == x.Rank ? x.Layout.Repeat(all) : null;

    // Parts of one value that lie the same distance apart.
    private static Flow? Strung(Flow[] parts, int axis)
    {
        Flow first = parts[0];
        long step = parts[1].Layout.Offset - first.Layout.Offset;
        bool even = parts.Select((p, i) => p.Line == first.Line
            && (p.Layout with { Offset = first.Layout.Offset }).SameAs(first.Layout)
            && p.Layout.Offset == first.Layout.Offset + i * step).All(e => e);
        return even && step != 0
            ? first with { Layout = first.Layout.With(axis, [new OnnxRun(step, parts.Length), .. first.Layout.Axes[axis]], first.Layout.Offset) }
            : null;
    }
}
