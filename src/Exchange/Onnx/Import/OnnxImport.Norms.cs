namespace Nn.Exchange.Onnx;

// Norms, softmax and reductions: single operations, or the several that tools write for one.
public sealed partial class OnnxImport
{
    // Scale and shift of each feature, and for batchnorm what was learned of the data.
    private sealed class NormLine(Line input, string text, float[] scale, float[] shift, params Tensor[] more) : Line(input.Shape, text, input)
    {
        public bool Unscaled => scale.All(v => v == 1) && Unshifted;

        public bool Unshifted => shift.All(v => v == 0);

        // Whether the features of a sample are taken together.
        public bool Rowwise => more.Length == 0;

        public override IReadOnlyList<Tensor> Stored => [new Tensor("scale", [scale.Length], scale), new Tensor("shift", [shift.Length], shift), .. more];

        public NormLine Scaled(float[] by, string hint) => new(Inputs[0], Text, by, shift, more) { Hint = hint };

        public NormLine Shifted(float[] by) => new(Inputs[0], Text, scale, by, more) { Hint = Hint };

        public NormLine Reordered(Line before, int[] units) => new(
            before, Text, Units(scale, units), Units(shift, units), [.. more.Select(t => t with { Values = Units(t.Values, units) })])
        { Hint = Hint };

        private static float[] Units(float[] values, int[] units) => [.. units.Select(u => values[u])];
    }

    // A value less its mean over the features, that mean, and the variance around it.
    private sealed class MeanLine(Line input) : Line([.. input.Shape[..^1], 1], "mean", input);

    private sealed class CenteredLine(Line input) : Line(input.Shape, "centered", input);

    private sealed class VarianceLine(Line input) : Line([.. input.Shape[..^1], 1], "var", input);

    // The value with the features of the line along one axis.
    private Flow? Featured(Flow x, int axis)
    {
        if (x.Layout.Offset == 0 && x.Layout.Count == x.Line.Count && x.Dims[axis] == x.Line.Features && x.Layout.Axes[axis] is [] or [{ Stride: 1 }]) return x;
        int[] order = [.. Enumerable.Range(0, x.Rank).Where(a => a != axis), axis];
        return axis > 0 && Arranged(x, order) is { } line ? Placed(line, order) : null;
    }

    private bool Softmax(OnnxNode n)
    {
        Flow x = Flowing(n.Inputs[0]);
        bool old = _model.Opsets.TryGetValue("", out long opset) && opset < 13;
        long axis = Whole(n, "axis", old ? 1 : -1);
        if (axis < 0) axis += x.Rank;
        if (axis < 1 || axis >= x.Rank || (old && x.Dims.Skip((int)axis + 1).Any(d => d != 1))) return No("it goes over several axes, or over the batch");
        if (x.Line is ScoresLine && n.Type == "Softmax") return Weighted(n, x, (int)axis);
        if (Featured(Applied(n.Inputs[0]), (int)axis) is not { } f) return Rather("it goes over another axis than the features");
        return Set(n, f with { Line = Add(new Line(f.Line.Shape, n.Type == "Softmax" ? "softmax" : "log_softmax", f.Line)) });
    }

    private bool BatchNorm(OnnxNode n)
    {
        Flow given = Applied(n.Inputs[0]);
        if (given.Rank < 2 || n.Inputs.Count < 5 || Whole(n, "training_mode", 0) != 0 || (Opset < 7 && Whole(n, "is_test", 0) == 0) || n.Outputs.Count(o => o.Length > 0) != 1) return No("it is exported for training; export the model in eval mode");
        if (Featured(given, 1) is not { } x) return false;
        float[]?[] values = [.. Enumerable.Range(1, 4).Select(i => Row(n, i, x.Line.Features))];
        if (values.Any(v => v is null)) return No("its numbers are not one for each channel");
        int[] dims = [x.Line.Features];
        return Set(n, x with
        {
            Line = Add(new NormLine(
                x.Line, $"batchnorm eps: {Text(Single(n, "epsilon", 1e-5f))}{Momentum(n)}", values[0]!, values[1]!, new Tensor("running_mean", dims, values[2]!), new Tensor("running_variance", dims, values[3]!))
            { Hint = n.Inputs[1] }),
        });
    }

    // There, the share of what was before; here, of the batch. PyTorch's, and the one here, is 0.1.
    private static string Momentum(OnnxNode n) =>
        Math.Round(1 - (double)Single(n, "momentum", 0.9f), 6) is var share && share == 0.1 ? "" : $", momentum: {Text(share)}";

    // Over all places of each channel, or of each group of channels where these were made one axis before.
    private bool InstanceNorm(OnnxNode n)
    {
        Flow x = Applied(n.Inputs[0]);
        if (x.Rank < 3 || x.Dims[1] is not (> 0 and var groups) || Row(n, 1, groups) is not { } scale || Row(n, 2, groups) is not { } shift)
            return No("its numbers are not one for each channel");
        if (Grouped(x, groups) is null && Arranged(x, [0, .. Enumerable.Range(2, x.Rank - 2), 1]) is { } line)
            x = Placed(line, [0, .. Enumerable.Range(2, x.Rank - 2), 1]);
        if (Grouped(x, groups) is not { } members) return No("its channels are not those of the value before");
        float[] Each(float[] of) => [.. of.SelectMany(v => Enumerable.Repeat(v, members))];
        return Set(n, x with { Line = Add(new NormLine(x.Line, $"groupnorm {groups}, eps: {Text(Single(n, "epsilon", 1e-5f))}", Each(scale), Each(shift)) { Hint = n.Inputs[1] }) });
    }

    // How many neighbouring channels make a group, where the second axis counts the groups and the others hold the rest of the sample.
    private static int? Grouped(Flow x, int groups)
    {
        int features = x.Line.Features, members = features % groups == 0 ? features / groups : 0;
        bool own = members > 0 && x.Line.Shape.Length > 2 && x.Layout.Offset == 0 && x.Layout.Count == x.Line.Count && x.Layout.Axes[1] is [] or [{ } _];
        if (!own || (groups > 1 && x.Layout.Axes[1][0] != new OnnxRun(members, groups)) || x.Dims[0] != x.Line.Shape[0]) return null;
        return x.Layout.Axes[0] is [] or [{ } _] && (x.Dims[0] == 1 || x.Layout.Axes[0][0].Stride == x.Line.Count / x.Dims[0]) ? members : null;
    }

    private bool LayerNorm(OnnxNode n)
    {
        Flow given = Applied(n.Inputs[0]);
        long axis = Whole(n, "axis", -1);
        if ((axis < 0 ? axis + given.Rank : axis) != given.Rank - 1 || n.Outputs.Count(o => o.Length > 0) != 1)
            return No("it goes over more than the features: LayerNorm over the last axis would do");
        if (Featured(given, given.Rank - 1) is not { } x || Row(n, 1, x.Line.Features) is not { } scale) return false;
        float[]? shift = Has(n, 2) ? Row(n, 2, x.Line.Features) : new float[x.Line.Features];
        return shift is not null
            && Set(n, x with { Line = Add(new NormLine(x.Line, $"layernorm eps: {Text(Single(n, "epsilon", 1e-5f))}", scale, shift) { Hint = n.Inputs[1] }) });
    }

    private bool Reduction(OnnxNode n, Flow x)
    {
        bool none = Has(n, 1) ? Known(n, 1)?.Values.Length == 0 : !n.Attributes.ContainsKey("axes");
        if (none && Whole(n, "noop_with_empty_axes", 0) != 0) return n.Type != "ReduceL2" ? Set(n, x) : No("without axes it takes absolute values");
        int[]? axes = none ? [.. Enumerable.Range(0, x.Rank)] : OnnxFold.Axes(n, x.Rank, Known(n, 1));
        return axes is not null && Reduced(n, axes, n.Type == "ReduceL2" ? "norm" : n.Type[6..].ToLowerInvariant(), Whole(n, "keepdims", 1) != 0);
    }

    // Over the places of images and sequences, or over the features.
    private bool Reduced(OnnxNode n, int[] axes, string how, bool keep)
    {
        Flow given = Flowing(n.Inputs[0]);
        int[] kept = [.. Enumerable.Range(0, given.Rank).Except(axes)];
        if (axes.Length == 1 && axes[0] > 0 && given.Line is CenteredLine && how == "mean" && given.Formula.Agrees(v => v * v) && Featured(given, axes[0]) == given)
            return Set(n, Narrowed(given, axes[0], Add(new VarianceLine(given.Line.Inputs[0])), keep));
        if (axes.Length == 1 && how == "mean" && Gathered(given, axes[0], keep) is { } gathered) return Set(n, gathered);
        bool squares = given.Line is GroupLine { Part: "centered" } && how == "mean" && given.Formula.Agrees(v => v * v);
        Flow x = squares ? given : Applied(n.Inputs[0]);
        OnnxLayout over = x.Layout with { Axes = [.. axes.Order().Select(a => x.Layout.Axes[a])] }, rest = x.Layout with { Axes = [.. kept.Select(a => x.Layout.Axes[a])] };
        int[] shape = x.Line.Shape;
        bool whole = x.Layout.Offset == 0 && x.Layout.Count == x.Line.Count;
        if (whole && shape.Length > 2 && how != "norm" && over.Count == x.Line.Count / shape[0] / shape[^1] && rest.Axes.SelectMany(a => a).All(r => r.Stride < shape[^1] || r.Stride >= x.Line.Count / shape[0]))
        {
            int[] left = [shape[0], shape[^1]];
            long places = over.Count;
            // A sum is the mean times the number of places; the least is the largest of what has the other sign.
            OnnxFormula negative = OnnxFormula.Of(new OnnxNode("Neg", "", [], []), [OnnxFormula.X])!;
            Line pooled = how == "min" ? Applied(x with { Formula = negative }).Line : x.Line;
            Line line = Add(squares ? new GroupLine(left, x.Line.Inputs[0], ((GroupLine)x.Line).Members, "squares") : new Line(left, how is "mean" or "sum" ? "avgpool global" : "maxpool global", pooled));
            OnnxFormula after = how == "sum"
                ? OnnxFormula.Of(new OnnxNode("Mul", "", [], []), [OnnxFormula.X, OnnxFormula.Number(places)])!
                : how == "min"
                ? negative
                : OnnxFormula.X;
            OnnxLayout layout = new([.. Enumerable.Range(0, x.Rank).Where(a => keep || kept.Contains(a)).Select(a => kept.Contains(a) ? [.. x.Layout.Axes[a].Select(r => r.Stride < shape[^1] ? r : r with { Stride = r.Stride / places })] : (IReadOnlyList<OnnxRun>)[])], 0);
            return Set(n, new Flow(line, layout, after));
        }

        if (axes.Length != 1 || axes[0] == 0 || Featured(x, axes[0]) is not { } f) return Rather($"it goes over the axes {string.Join(", ", axes)} of {Told(x.Dims)}: over all places of an image or sequence, or over the features, would do");
        if (f != x) _flows[n.Inputs[0]] = f;
        Line made = how == "mean" ? new MeanLine(f.Line) : new Line([.. f.Line.Shape[..^1], 1], how, f.Line);
        return Set(n, Narrowed(f, axes[0], Add(made), keep));
    }

    // The place of the largest feature.
    private bool Best(OnnxNode n)
    {
        Flow given = Applied(n.Inputs[0]);
        long axis = Whole(n, "axis", 0);
        if (axis < 0) axis += given.Rank;
        if (axis < 1 || axis >= given.Rank || Whole(n, "select_last_index", 0) != 0 || Featured(given, (int)axis) is not { } x)
            return Rather("it goes over another axis than the features");
        return Set(n, Narrowed(x, (int)axis, Add(new Line([.. x.Line.Shape[..^1], 1], "best", x.Line) { Definition = "fn {0}(x) = argmax(x) * 1" }), Whole(n, "keepdims", 1) != 0));
    }

    // What is left where the features along an axis became one number.
    private static Flow Narrowed(Flow x, int axis, Line line, bool keep)
    {
        int features = x.Line.Features;
        IEnumerable<IReadOnlyList<OnnxRun>> axes = x.Layout.Axes.Select(
            (a, i) => i == axis ? [] : (IReadOnlyList<OnnxRun>)[.. a.Select(r => r with { Stride = r.Stride / features })]);
        return new Flow(line, new OnnxLayout([.. axes.Where((_, i) => keep || i != axis)], 0), OnnxFormula.X);
    }

    // x less its mean, then divided by √(variance + eps).
    private Flow? Normal(OnnxNode n, Flow a, Flow b)
    {
        if (n.Type == "Sub" && b.Line is MeanLine && b.Line.Inputs[0] == a.Line && Matches(a, b))
            return a with { Line = Add(new CenteredLine(a.Line) { Definition = "fn {0}(x) = x - mean(x)" }) };
        if (n.Type == "Sub" && Group(b.Line, "mean", "avgpool global") is { } mean && mean.Of == a.Line && Matches(a, b, mean.Members))
            return a with { Line = Add(new GroupLine(a.Line.Shape, a.Line, mean.Members, "centered")) };
        if (n.Type is not ("Div" or "Mul") || b.Line is not PointwiseLine root) return null;
        bool layer = a.Line is CenteredLine && root.Inputs[0] is VarianceLine && root.Inputs[0].Inputs[0] == a.Line.Inputs[0] && Matches(a, b);
        bool group = a.Line is GroupLine { Part: "centered" }
            && Group(root.Inputs[0], "variance", "squares") is { } variance
            && variance.Of == a.Line.Inputs[0]
            && variance.Members == ((GroupLine)a.Line).Members
            && Matches(a, b, variance.Members);
        if (!layer && !group) return null;
        double Inside(double v) => n.Type == "Div" ? Math.Pow(root.Formula.At(v), 2) - v : 1 / Math.Pow(root.Formula.At(v), 2) - v;
        double eps = Inside(0);
        // √(variance + eps), and nothing else that is near it, near zero too.
        if (!(eps >= 0 && new[] { eps / 2, eps, 5 * eps, 1e-9, 0.5, 3 }.All(v => Math.Abs(Inside(v) - eps) <= 1e-6 * (v + eps)))) return null;
        int features = a.Line.Features;
        string text = group ? $"groupnorm {features / ((GroupLine)a.Line).Members}, " : "layernorm ";
        return a with { Line = Add(new NormLine(a.Line.Inputs[0], $"{text}eps: {Text(eps)}", [.. Enumerable.Repeat(1f, features)], new float[features])) };
    }

    // The parts of a group norm, over the places first: a mean or variance for each group of so many channels.
    private sealed class GroupLine(int[] shape, Line of, int members, string part) : Line(shape, part, of)
    {
        public int Members => members;

        public string Part => Text;
    }

    // What holds one number for each group, or for each channel where a group has only one.
    private static (Line Of, int Members)? Group(Line line, string part, string single) => line switch
    {
        GroupLine g when g.Part == part => (g.Inputs[0], g.Members),
        _ when line.Text == single => (line.Inputs[0], 1),
        _ => null,
    };

    // From one number for each channel to one for each group.
    private Flow? Gathered(Flow x, int axis, bool keep)
    {
        if (x.Line.Text is not ("avgpool global" or "squares") || x.Formula != OnnxFormula.X || x.Layout.Offset != 0 || x.Layout.Count != x.Line.Count || axis == 0) return null;
        int features = x.Line.Features, members = x.Dims[axis];
        if (members == 1) return keep ? x : x with { Layout = x.Layout.Without(axis) };
        if (members == features || x.Layout.Axes[axis] is not [{ Stride: 1 }]) return null;
        Line of = x.Line.Inputs[0];
        var line = Add(new GroupLine([x.Line.Shape[0], features / members], of, members, x.Line.Text == "squares" ? "variance" : "mean"));
        IEnumerable<IReadOnlyList<OnnxRun>> axes = x.Layout.Axes.Select(
            (a, i) => i == axis ? [] : (IReadOnlyList<OnnxRun>)[.. a.Select(r => r with { Stride = r.Stride / members })]);
        return new Flow(line, new OnnxLayout([.. axes.Where((_, i) => keep || i != axis)], 0), OnnxFormula.X);
    }

    // Whether a number for each group of each sample stands at the places of the value.
    private static bool Matches(Flow x, Flow each, int members)
    {
        long features = x.Line.Features, sample = x.Line.Count / x.Line.Shape[0];
        return each.Rank == x.Rank && each.Layout.Offset == 0 && x.Layout.Axes.Zip(each.Layout.Axes).All(p => p.Second.SequenceEqual(OnnxLayout.Joined(p.First
            .Where(r => r.Stride >= sample || (r.Stride < features && r.Stride >= members && r.Stride * r.Extent <= features))
            .Select(r => r with { Stride = r.Stride >= sample ? r.Stride / sample * (features / members) : r.Stride / members }))));
    }

    // Whether a number for each place stands at the places of the value.
    private static bool Matches(Flow x, Flow each)
    {
        int axis = Enumerable.Range(0, x.Rank).FirstOrDefault(i => x.Layout.Axes[i] is [{ Stride: 1 } run] && run.Extent == x.Line.Features, -1);
        return axis > 0 && each.Rank == x.Rank && Narrowed(x, axis, each.Line, keep: true).Layout.SameAs(each.Layout);
    }
}
