using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Means, sums and extremes over the places of images and sequences, or over the features.</summary>
internal static class ReductionReader
{
    private static readonly OnnxFormula Negative = OnnxFormula.Of(new OnnxNode("Neg", "", [], []), [OnnxFormula.X])!;

    /// <summary>Reads <c>ReduceMean</c> and its like.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        Flow x = n.Flow(0)!;
        bool none = n.Has(1) ? n.Known(1)?.Count == 0 : !n.Node.Attributes.ContainsKey("axes");
        if (none && n.Whole("noop_with_empty_axes", 0) != 0)
            return n.Type != "ReduceL2" ? n.Set(x) : new Refusal("without axes it takes absolute values");
        int[]? axes = none ? [.. Enumerable.Range(0, x.Rank)] : OnnxAxes.Axes(n.Node, x.Rank, n.Known(1));
        if (axes is null) return Refusal.Unexplained;
        return Reduced(n, axes, n.Type == "ReduceL2" ? "norm" : n.Type["Reduce".Length..].ToLowerInvariant(), n.Whole("keepdims", 1) != 0);
    }

    /// <summary>Reads a sum of what a function of single elements makes, or a function of a sum.</summary>
    public static Refusal? Of(ImportedNode n, string? before, string? after)
    {
        bool none = n.Has(1) ? n.Known(1)?.Count == 0 : !n.Node.Attributes.ContainsKey("axes");
        if (none && n.Whole("noop_with_empty_axes", 0) != 0) return new Refusal("without axes it takes a function of single elements");
        Flow x = n.Flow(0)!;
        // Under a name that no file has.
        string inner = $"{n.Node.Inputs[0]}\n{n.Type}";
        if (before is not null) x = x with { Formula = Applied(before, x.Formula) };
        n.Values.Set(inner, x);
        Refusal? why = Read(n.With(n.Node with { Type = "ReduceSum", Inputs = [inner, .. n.Node.Inputs.Skip(1)] }));
        if (why is not null || after is null || n.Values.Flow(n.Node.Outputs[0]) is not { } sum) return why;
        return n.Set(sum with { Formula = Applied(after, sum.Formula) });
    }

    private static OnnxFormula Applied(string function, OnnxFormula x) => function == "Square"
        ? OnnxFormula.Of(new OnnxNode("Mul", "", [], []), [x, x])!
        : OnnxFormula.Of(new OnnxNode(function, "", [], []), [x])!;

    /// <summary>Reads <c>GlobalAveragePool</c> and <c>GlobalMaxPool</c>.</summary>
    public static Refusal? Global(ImportedNode n) => Reduced(
        n, [.. Enumerable.Range(2, Math.Max(0, n.Flow(0)!.Rank - 2))], n.Type == "GlobalMaxPool" ? "max" : "mean", keep: true);

    /// <summary>Reads <c>ArgMax</c>: the place of the largest feature.</summary>
    public static Refusal? Best(ImportedNode n)
    {
        Made<Flow> applied = n.Applied(0);
        if (applied.Value is not { } given) return applied.Refused;
        long axis = n.Whole("axis", 0);
        if (axis < 0) axis += given.Rank;
        if (axis < 1 || axis >= given.Rank || n.Whole("select_last_index", 0) != 0 || n.Book.Featured(given, (int)axis).Value is not { } x)
            return new Refusal("it goes over another axis than the features");
        // A number of a place is a number.
        var best = new Line([.. x.Line.Shape[..^1], 1], Say.Layer("best"), x.Line)
        {
            Definition = Say.Function(["x"], Say.Binary(Say.Call("argmax", Say.Name("x")), "*", Say.Whole(1))),
        };
        return n.Set(x.Narrowed((int)axis, n.Book.Add(best), n.Whole("keepdims", 1) != 0));
    }

    /// <summary>Reads <c>CumSum</c>: over the features, or over the places of a sequence.</summary>
    public static Refusal? Cumulative(ImportedNode n)
    {
        Made<Flow> applied = n.Applied(0);
        if (applied.Value is not { } x) return applied.Refused;
        if (n.Known(1)?.Integers() is not [var given]) return new Refusal("its axis is no number that is known");
        int axis = given < 0 ? given + x.Rank : given;
        if (axis < 1 || axis >= x.Rank) return new Refusal("it goes over the batch");
        bool features = x.Layout.Axes[axis] is [] or [{ Stride: 1 }];
        if (!features && x.Rank != 3)
        {
            return new Refusal($"it goes over the axis {axis} of {LineBook.Told(x.Dims)}: "
                + "over the features, or over the places of a sequence, would do");
        }

        int[] order = features ? [.. Enumerable.Range(0, x.Rank).Where(a => a != axis), axis] : [0, axis, 3 - axis];
        Made<Line> arranged = n.Book.Arranged(x, order);
        if (arranged.Value is not { } input) return arranged.Refused;
        Expr sum = features ? Say.Call("cumsum", Say.Name("x")) : Say.CallOver("cumsum", "time", Say.Name("x"));
        var rising = new Line(input.Shape, Say.Layer("rising"), input)
        {
            Definition = Say.Function(["x"], n.Whole("exclusive", 0) != 0 ? Say.Binary(sum, "-", Say.Name("x")) : sum),
        };
        return n.Set(Flow.Of(n.Book.Add(rising), order));
    }

    private static Refusal? Reduced(ImportedNode n, int[] axes, string how, bool keep)
    {
        Flow given = n.Flow(0)!;
        if (axes.Length == 1 && how == "mean")
        {
            bool variance = axes[0] > 0 && given.Line is CenteredLine && given.Formula.Agrees(v => v * v) && n.Book.Featured(given, axes[0]).Value == given;
            if (variance) return n.Set(given.Narrowed(axes[0], n.Book.Add(new VarianceLine(given.Line.Inputs[0])), keep));
            if (NormPattern.Gathered(n.Book, given, axes[0], keep) is { } gathered) return n.Set(gathered);
        }

        bool squares = given.Line is GroupLine { Part: GroupPart.Centered } && how == "mean" && given.Formula.Agrees(v => v * v);
        Made<Flow> applied = squares ? given : n.Applied(0);
        if (applied.Value is not { } x) return applied.Refused;
        if (OverPlaces(n.Book, x, axes, how, keep, squares) is { } pooled) return n.Set(pooled);
        if (axes.Length != 1 || axes[0] == 0 || n.Book.Featured(x, axes[0]).Value is not { } f)
        {
            return new Refusal($"it goes over the axes {string.Join(", ", axes)} of {LineBook.Told(x.Dims)}: "
                + "over all places of an image or sequence, or over the features, would do");
        }

        if (f != x) n.Values.Set(n.Node.Inputs[0], f);
        Line made = how == "mean" ? new MeanLine(f.Line) : new Line([.. f.Line.Shape[..^1], 1], Say.Layer(how), f.Line);
        return n.Set(f.Narrowed(axes[0], n.Book.Add(made), keep));
    }

    // Over all places of an image or sequence; null where it goes over something else.
    private static Flow? OverPlaces(LineBook book, Flow x, int[] axes, string how, bool keep, bool squares)
    {
        int[] kept = [.. Enumerable.Range(0, x.Rank).Except(axes)];
        OnnxLayout over = x.Layout with { Axes = [.. axes.Order().Select(a => x.Layout.Axes[a])] };
        int features = x.Line.Features;
        long sample = x.Line.Sample, places = sample / features;
        if (!x.HasAll || x.Line.Rank < 3 || how == "norm" || over.Count != new OnnxSize(places, 0)) return null;
        if (kept.SelectMany(a => x.Layout.Axes[a]).Any(r => r.Stride >= features && r.Stride < sample)) return null;
        // A sum is the mean times the number of places; the least is the largest of what has the other sign.
        if (how == "min")
        {
            if (book.Applied(x with { Formula = Negative }).Value is not { } turned) return null;
            x = turned;
        }

        Dim[] left = [x.Line.Samples, features];
        Line line = book.Add(squares
            ? new GroupLine(left, x.Line.Inputs[0], ((GroupLine)x.Line).Members, GroupPart.Squares)
            : new Line(left, Say.Layer(how is "mean" or "sum" ? "avgpool" : "maxpool", Say.Option("global", true)), x.Line));
        OnnxFormula after = how switch
        {
            "sum" => OnnxFormula.Of(new OnnxNode("Mul", "", [], []), [OnnxFormula.X, OnnxFormula.Number(places)])!,
            "min" => Negative,
            _ => OnnxFormula.X,
        };
        IReadOnlyList<OnnxRun> Left(int axis) => kept.Contains(axis)
            ? [.. x.Layout.Axes[axis].Select(r => r.Stride < features ? r : r with { Stride = r.Stride / places })]
            : [];
        return new Flow(line, new OnnxLayout([.. Enumerable.Range(0, x.Rank).Where(a => keep || kept.Contains(a)).Select(Left)], 0), after);
    }
}
