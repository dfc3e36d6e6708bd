using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>
/// The several operations that tools write for one norm: a mean, what is left without it, the mean of its squares, and a division by their root.
/// </summary>
internal static class NormPattern
{
    /// <summary>x less its mean, or that divided by √(variance + eps); null where an operation is neither.</summary>
    public static Flow? Of(ImportedNode n, Flow a, Flow b)
    {
        LineBook book = n.Book;
        if (n.Type == "Sub" && b.Line is MeanLine && b.Line.Inputs[0] == a.Line && Matches(a, b)) return a with { Line = book.Add(new CenteredLine(a.Line)) };
        if (n.Type == "Sub" && Group(b.Line, GroupPart.Mean) is { } mean && mean.Of == a.Line && Matches(a, b, mean.Members))
            return a with { Line = book.Add(new GroupLine(a.Line.Shape, a.Line, mean.Members, GroupPart.Centered)) };
        if (n.Type is not ("Div" or "Mul") || b.Line is not PointwiseLine root) return null;
        bool layer = a.Line is CenteredLine && root.Inputs[0] is VarianceLine && root.Inputs[0].Inputs[0] == a.Line.Inputs[0] && Matches(a, b);
        bool group = a.Line is GroupLine { Part: GroupPart.Centered } centered
            && Group(root.Inputs[0], GroupPart.Variance) is { } variance
            && variance.Of == a.Line.Inputs[0]
            && variance.Members == centered.Members
            && Matches(a, b, variance.Members);
        if ((!layer && !group) || Inside(root.Formula, n.Type == "Div") is not { } eps) return null;
        int features = a.Line.Features;
        Argument small = Say.Argument("eps", Say.Number(eps));
        Item norm = group
            ? Say.Layer("groupnorm", Say.Argument(Say.Whole(features / ((GroupLine)a.Line).Members)), small)
            : Say.Layer("layernorm", small);
        return a with { Line = book.Add(new NormLine(a.Line.Inputs[0], norm, [.. Enumerable.Repeat(1f, features)], new float[features])) };
    }

    /// <summary>From one number for each channel to one for each group; null where there are no groups.</summary>
    public static Flow? Gathered(LineBook book, Flow x, int axis, bool keep)
    {
        bool squares = x.Line is GroupLine { Part: GroupPart.Squares };
        if ((!squares && !IsGlobalMean(x.Line)) || !x.IsPlain || !x.HasAll || axis == 0 || !x.Dims[axis].IsKnown) return null;
        int features = x.Line.Features, members = x.Dims[axis];
        if (members == 1) return keep ? x : x with { Layout = x.Layout.Without(axis) };
        if (members == features || x.Layout.Axes[axis] is not [{ Stride: 1 }]) return null;
        Dim[] groups = [x.Line.Samples, features / members];
        var line = new GroupLine(groups, x.Line.Inputs[0], members, squares ? GroupPart.Variance : GroupPart.Mean);
        return x.Narrowed(axis, book.Add(line), keep, members);
    }

    // eps, where a formula of the variance is √(variance + eps) or one over it, and nothing else that is near it, near zero too.
    private static double? Inside(OnnxFormula root, bool divides)
    {
        double At(double v) => divides ? Math.Pow(root.At(v), 2) - v : 1 / Math.Pow(root.At(v), 2) - v;
        double eps = At(0);
        return eps >= 0 && new[] { eps / 2, eps, 5 * eps, 1e-9, 0.5, 3 }.All(v => Math.Abs(At(v) - eps) <= 1e-6 * (v + eps)) ? eps : null;
    }

    private static bool IsGlobalMean(Line line) => line is { Kind: "avgpool", Layer.Arguments: [{ Value: NameExpr { Name: "global" } }] };

    // What holds one number for each group, or for each channel where a group has only one.
    private static (Line Of, int Members)? Group(Line line, GroupPart part) => line switch
    {
        GroupLine g when g.Part == part => (g.Inputs[0], g.Members),
        GroupLine { Part: GroupPart.Squares } g when part == GroupPart.Variance => (g.Inputs[0], 1),
        _ when part == GroupPart.Mean && IsGlobalMean(line) => (line.Inputs[0], 1),
        _ => null,
    };

    // Whether a number for each group of each sample stands at the places of the value.
    private static bool Matches(Flow x, Flow each, int members)
    {
        long features = x.Line.Features, sample = x.Line.Sample;
        IEnumerable<OnnxRun> Own(IReadOnlyList<OnnxRun> axis) => axis
            .Where(r => r.Stride >= sample || (r.Extent.IsKnown && r.Stride < features && r.Stride >= members && r.Stride * r.Extent <= features))
            .Select(r => r with { Stride = r.Stride >= sample ? r.Stride / sample * (features / members) : r.Stride / members });
        return each.Rank == x.Rank
            && each.Layout.Offset == 0
            && x.Layout.Axes.Zip(each.Layout.Axes).All(p => p.Second.SequenceEqual(OnnxLayout.Joined(Own(p.First))));
    }

    // Whether a number for each place stands at the places of the value.
    private static bool Matches(Flow x, Flow each)
    {
        int axis = Enumerable.Range(0, x.Rank).FirstOrDefault(i => x.Layout.Axes[i] is [{ Stride: 1 } run] && run.Extent == x.Line.Features, -1);
        return axis > 0 && each.Rank == x.Rank && x.Narrowed(axis, each.Line, keep: true).Layout.SameAs(each.Layout);
    }
}
