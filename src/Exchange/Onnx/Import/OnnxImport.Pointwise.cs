namespace Nn.Exchange.Onnx;

// Arithmetic on single elements, of one value, of two, or of a value with stored numbers.
public sealed partial class OnnxImport
{
    private static readonly Dictionary<string, string> Signs = new() { ["Add"] = "it + w", ["Sub"] = "it - w", ["Mul"] = "it * w", ["Div"] = "it / w", ["Max"] = "max(it, w)", ["Min"] = "min(it, w)", ["Pow"] = "it ^ w", ["PRelu"] = "if it > 0 then it else w * it" };

    // The other way round.
    private static readonly Dictionary<string, string> Swapped = new() { ["Add"] = "it + w", ["Sub"] = "w - it", ["Mul"] = "it * w", ["Div"] = "w / it", ["Max"] = "max(it, w)", ["Min"] = "min(it, w)" };

    private bool Pointwise(OnnxNode n)
    {
        string[] operands = [.. n.Inputs.Where(i => i.Length > 0)];
        Flow[] flows = [.. operands.Where(_flows.ContainsKey).Select(Flowing)];
        OnnxKnown[] stored = [.. operands.Where(o => !_flows.ContainsKey(o)).Select(o => Known(o)!)];
        if (flows[0].Line is ScoresLine && n.Type is "Add" or "Where") return Masked(n, flows) is { } masked
            ? Set(n, masked)
            : No("what is added to the scores of attention is no causal mask");
        if (flows.Any(f => f.Line.Text == "tokens") && n.Type is not ("Cast" or "Identity"))
            return No("it computes with numbers of symbols; only an embedding (Gather from a stored table) reads them");
        bool numbers = stored.All(s => s.Single is not null && s.Dims.Length <= flows[0].Rank);
        if (numbers && flows.All(f => f.Line == flows[0].Line && f.Layout.SameAs(flows[0].Layout)))
        {
            if (flows.Sum(f => f.Formula.Size) > MaxFormula) foreach (string o in operands.Where(_flows.ContainsKey)) Applied(o);
            if (OnnxFormula.Of(n, [.. n.Inputs.Select(o => o.Length == 0 ? null : _flows.TryGetValue(o, out Flow? f) ? f.Formula : OnnxFormula.Number(Known(o)!.Single!.Value))]) is { Speakable: true } formula)
            {
                Flow made = Flowing(operands.First(_flows.ContainsKey)) with { Formula = formula };
                // What is used more than once gets a line, where it is more than a part of one formula.
                return Set(n, _uses.GetValueOrDefault(n.Outputs[0]) > 1 && formula.Activation() is not null ? Applied(made) : made);
            }
        }

        // An operand that is left out has a place of its own.
        if (operands.Length != n.Inputs.Count) return No("its operands are not single numbers");
        if (operands.Length == 2 && flows.Length == 1 && n.Type != "Where")
            return Stored(n, Applied(operands.First(_flows.ContainsKey)), stored[0], swapped: IsKnown(operands[0]));
        return flows.Length == 2 && operands.Length == 2
            ? Pair(n, Applied(operands[0]), Applied(operands[1]))
            : No("its operands are neither one value with single numbers nor two values");
    }

    private static PointwiseLine Pointwise(Line x, OnnxFormula formula)
    {
        if (formula.Activation() is { } known) return new PointwiseLine(x, formula, known);
        bool gelu = formula.Agrees(v => v / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))));
        return new PointwiseLine(x, formula, gelu ? "gelu_tanh" : formula.Size <= 3 ? "number" : "pointwise") { Definition = $"fn {{0}}(x) = {Bare(formula.Text)}" };
    }

    // Without brackets around the whole.
    private static string Bare(string text)
    {
        return text.StartsWith('(') && Closes(text) ? text[1..^1] : text;

        // Whether the first bracket is closed by the last one.
        static bool Closes(string text)
        {
            int depth = 0;
            for (int i = 0; i < text.Length; i++)
            {
                depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
                if (depth == 0) return i == text.Length - 1;
            }

            return false;
        }
    }

    // Stored numbers: the bias of a product, positions of a sequence, or a layer with one number for each feature or element.
    private bool Stored(OnnxNode n, Flow x, OnnxKnown c, bool swapped)
    {
        if ((swapped ? Swapped : Signs).GetValueOrDefault(n.Type) is not { } sign || c.Whole) return false;
        int[] dims = x.Dims;
        // The pixels of an image that were made the places of a sequence.
        if (x is { Rank: 3, Line.Shape.Length: 4 } && x.Layout.IsWhole(x.Line.Count) && Shaped(x.Line, dims) is { } sequence) x = Placed(sequence, [0, 1, 2]);
        if (c.Dims.Length > dims.Length && c.Dims[..^dims.Length].All(d => d == 1)) c = c with { Dims = c.Dims[^dims.Length..] };
        if (OnnxFold.Together(dims, c.Dims) is not { } together || !together.SequenceEqual(dims)) return Spread(n, x, c, sign);
        c = Uneven(c with { Dims = [.. Enumerable.Repeat(1, dims.Length - c.Dims.Length), .. c.Dims] }, x);
        int[] axes = [.. Enumerable.Range(0, dims.Length).Where(a => c.Dims[a] > 1)];
        if (axes.Length == 0 && OnnxFormula.Of(n, swapped ? [OnnxFormula.Number(c.Values[0]), x.Formula] : [x.Formula, OnnxFormula.Number(c.Values[0])]) is { } formula) return Set(n, x with { Formula = formula });
        if (x.Layout.Offset != 0 || Table(x, axes, c) is not { } table)
        {
            if (Arranged(x) is not { } line || (Table(x = Placed(line, [.. Enumerable.Range(0, dims.Length)]), axes, c) is not { } again))
                return No("its stored numbers do not follow the axes of the value");
            table = again;
        }

        (int[] extents, float[] values) = table;
        string hint = n.Inputs.First(i => !_flows.ContainsKey(i));
        if (extents.Length == 1)
        {
            Line before = x.Line;
            Line? joined = n.Type switch
            {
                "Add" => before switch
                {
                    DenseLine { Bias: null } dense => dense.Biased(values, hint),
                    ConvLine { Bias: null } conv => conv.Biased(values),
                    NormLine { Unshifted: true } norm => norm.Shifted(values),
                    AttentionLine { OutBias: null } attention => attention.Biased(values),
                    _ => null,
                },
                "Mul" => before is NormLine { Unscaled: true } norm ? norm.Scaled(values, hint) : null,
                _ => null,
            };
            if (joined is not null) return Set(n, x with { Line = Add(joined) });
        }

        if (n.Type == "Add" && x.Line.Shape is [_, var time, var features] && extents is [var t, var f] && t == time && f == features)
            return Set(n, x with { Line = Add(new Line(x.Line.Shape, "positions", x.Line) { Hint = hint, Stored = [new Tensor("weight", extents, values)] }) });
        string definition = $"layer {{0}} {{\n  w = param [{string.Join(", ", extents)}]\n  {sign}\n}}";
        return Set(n, x with { Line = Add(new Line(x.Line.Shape, "each", x.Line) { Definition = definition, Hint = hint, Stored = [new Tensor("w", extents, values)] }) });
    }

    // A value of extent 1 that meets several stored numbers, as a sample meets the centers of clusters.
    private bool Spread(OnnxNode n, Flow x, OnnxKnown c, string sign)
    {
        if (c.Dims.Length >= x.Rank || Arranged(x) is not { } line || OnnxFold.Together(line.Shape, c.Dims) is not { } shape || shape[0] != line.Shape[0])
            return No($"a value of {Told(x.Dims)} meets stored numbers of {Extents(c.Dims)}, which make it larger");
        string definition = $"layer {{0}} {{\n  w = param [{string.Join(", ", c.Dims)}]\n  {sign}\n}}";
        return Set(n, Placed(Add(new Line(shape, "each", line) { Definition = definition, Hint = n.Inputs.First(i => !_flows.ContainsKey(i)), Stored = [new Tensor("w", c.Dims, c.Floats())] }), [.. Enumerable.Range(0, shape.Length)]));
    }

    // What was repeated for all samples is the same for each.
    private static OnnxKnown Uneven(OnnxKnown c, Flow x)
    {
        int axis = Enumerable.Range(0, x.Rank).FirstOrDefault(a => c.Dims[a] > 1 && x.Layout.Axes[a] is [{ } run] && run.Stride == x.Line.Count / x.Line.Shape[0], -1);
        if (axis < 0) return c;
        int extent = c.Dims[axis], inner = c.Dims[(axis + 1)..].Aggregate(1, (n, d) => n * d), block = extent * inner;
        for (int i = 0; i < c.Values.Length; i++)
        {
            if (c.Values[i] != c.Values[i / block * block + i % inner]) return c;
        }

        if (c.Values.All(v => v == c.Values[0])) return new OnnxKnown(c.Type, [.. c.Dims.Select(_ => 1)], [c.Values[0]]);
        int[] dims = [.. c.Dims];
        dims[axis] = 1;
        return new OnnxKnown(c.Type, dims, [.. Enumerable.Range(0, c.Values.Length / extent).Select(i => c.Values[i / inner * block + i % inner])]);
    }

    // Stored numbers that change along some axes, in the extents of the line's value that they follow.
    private static (int[] Extents, float[] Values)? Table(Flow x, int[] axes, OnnxKnown c)
    {
        int[] shape = x.Line.Shape;
        long[] strides = [.. shape.Select((_, i) => shape[(i + 1)..].Aggregate(1L, (n, d) => n * d))];
        OnnxRun[] runs = [.. axes.SelectMany(a => x.Layout.Axes[a])];
        bool[] along = [.. shape.Select((d, i) => d > 1 && runs.Any(r => r.Stride >= strides[i] && r.Stride < strides[i] * d))];
        // A run may go on through slower axes.
        foreach (OnnxRun run in runs)
        {
            for (int i = 0; i < shape.Length; i++) along[i] |= shape[i] > 1 && strides[i] > run.Stride && strides[i] < run.Stride * run.Extent;
        }

        if (along[0]) return null;
        int first = Array.IndexOf(along, true);
        int[] extents = [.. shape.Skip(first).Select((d, i) => along[first + i] ? d : 1)];
        long[] places = x.Layout.Places(axes);
        if (extents.Aggregate(1L, (n, d) => n * d) != places.Length || places.Length != c.Values.Length) return null;
        long[] own = [.. extents.Select((_, i) => extents[(i + 1)..].Aggregate(1L, (n, d) => n * d))];
        var values = new float[places.Length];
        var seen = new bool[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            long at = 0;
            for (int a = 0; a < extents.Length; a++) at += extents[a] == 1 ? 0 : places[i] / strides[first + a] % shape[first + a] * own[a];
            if (seen[at]) return null;
            (seen[at], values[at]) = (true, (float)c.Values[i]);
        }

        return (extents, values);
    }

    private bool Pair(OnnxNode n, Flow a, Flow b)
    {
        if (Normal(n, a, b) is { } normal) return Set(n, normal);
        if (n.Type == "Add" && Similar(a, b)) return Set(n, a with { Line = Add(new Line(a.Line.Shape, "add", a.Line, b.Line) { Joins = true }) });
        // Their axes in an order that both can have: that of the file, or that of the language with channels last.
        int rank = Math.Max(a.Rank, b.Rank);
        // What is repeated along an axis meets all places there anyway.
        int[]? both = OnnxFold.Together(a.Dims, b.Dims);
        (a, b) = (Once(a), Once(b));
        if (both is null || OnnxFold.Together(a.Dims, b.Dims)?.SequenceEqual(both) != true)
            return No($"values of {Told(a.Dims)} and {Told(b.Dims)} do not meet element by element");
        if (a.Rank != rank) a = a with { Layout = Padded(a.Layout, rank) };
        if (b.Rank != rank) b = b with { Layout = Padded(b.Layout, rank) };
        bool larger = OnnxFold.Together(a.Dims, b.Dims)?.SequenceEqual(a.Dims) == false;
        int[][] orders = rank > 2 ? [[0, .. Enumerable.Range(2, rank - 2), 1], [.. Enumerable.Range(0, rank)]] : [[.. Enumerable.Range(0, rank)]];
        if (a.Line.Shape.Length == rank && !Similar(a, Placed(a.Line, orders[0])) && Similar(a, Placed(a.Line, orders[^1]))) Array.Reverse(orders);
        foreach (int[] order in orders)
        {
            if (Arranged(a, order) is not { } p || Arranged(b, order) is not { } q) continue;
            int[] shape = larger ? q.Shape : p.Shape;
            if (OnnxFold.Together(p.Shape, q.Shape)?.SequenceEqual(shape) != true)
                return No($"values of {Told(p.Shape)} and {Told(q.Shape)} do not meet element by element");
            if (n.Type == "Add" && p.Shape.SequenceEqual(q.Shape)) return Set(n, Placed(Add(new Line(shape, "add", p, q) { Joins = true }), order));
            if (OnnxFormula.Of(n, [OnnxFormula.Operand(0), OnnxFormula.Operand(1)]) is not { Speakable: true } formula) return false;
            return Set(
                n, Placed(Add(new Line(shape, n.Type.ToLowerInvariant() + "_both", p, q) { Definition = $"fn {{0}}(x, y) = {Bare(formula.Text)}" }), order));
        }

        return false;
    }

    private static Flow Once(Flow x) => x with { Layout = x.Layout with { Axes = [.. x.Layout.Axes.Select(a => a is [{ Stride: 0 }] ? [] : a)] } };

    private static OnnxLayout Padded(OnnxLayout layout, int rank) =>
        layout with { Axes = [.. Enumerable.Repeat(Array.Empty<OnnxRun>(), rank - layout.Axes.Count), .. layout.Axes] };

    private static bool Similar(Flow a, Flow b) =>
        a.Line.Shape.SequenceEqual(b.Line.Shape)
            && a.Layout.SameAs(b.Layout)
            && a.Layout.Count == a.Line.Count
            && a.Line is not (ScoresLine or MixedLine or RecurrentLine { Reversed: true })
            && b.Line is not (ScoresLine or MixedLine or RecurrentLine { Reversed: true });
}
