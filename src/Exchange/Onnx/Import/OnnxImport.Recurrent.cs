namespace Nn.Exchange.Onnx;

// Recurrent layers, as single operations. Their states lie as steps, directions, samples, units.
public sealed partial class OnnxImport
{
    // Where gates of the language stand in the file: i, f, g, o in i, o, f, c; r, z, n in z, r, h.
    private static readonly Dictionary<string, int[]> Gates = new() { ["RNN"] = [0], ["GRU"] = [1, 0, 2], ["LSTM"] = [0, 2, 3, 1] };

    private static readonly Dictionary<string, string[]> DefaultActivations = new() { ["RNN"] = ["tanh"], ["GRU"] = ["sigmoid", "tanh"], ["LSTM"] = ["sigmoid", "tanh", "tanh"] };

    private static readonly string[] RnnActivations = ["tanh", "relu", "sigmoid", "softsign", "softplus"];

    // The layers that give the last states alone.
    private readonly Dictionary<Line, Line> _lasts = [];

    // The weights of one direction: inputs × gates, units × gates, gates, and for gru the inner bias of the new state.
    private sealed record Direction(float[] Weight, float[] Recurrent, float[] Bias, float[]? Inner);

    private sealed class RecurrentLine(Line input, string kind, int units, string activation, bool last, bool reversed, params Direction[] directions)
        : Line(last ? [input.Shape[0], directions.Length * units] : [input.Shape[0], input.Shape[1], directions.Length * units],
            $"{kind} {units}{(last ? ", last" : "")}{(directions.Length == 2 ? ", bidirectional" : "")}{(activation == "tanh" ? "" : $", {activation}")}", input)
    {
        public bool Last => last;

        // From the end to the beginning alone, which no layer does.
        public bool Reversed => reversed;

        public int Units => units;

        public int Directions => directions.Length;

        public override IReadOnlyList<Tensor> Stored => [.. directions.SelectMany((d, i) => Tensors(d, i == 1 ? "_reverse" : ""))];

        public RecurrentLine LastOnly() => new(Inputs[0], kind, units, activation, last: true, reversed, directions) { Hint = Hint };

        // Both directions as one layer; null where they are not of one kind.
        public RecurrentLine? With(RecurrentLine other) =>
            !reversed
                && other.Reversed
                && directions.Length == 1
                && other.Directions == 1
                && other.Inputs[0] == Inputs[0]
                && other.LayerText == LayerText
                && other.Last == last
                ? new(Inputs[0], kind, units, activation, last, reversed: false, directions[0], other.Only) { Hint = Hint }
                : null;

        private string LayerText => $"{kind} {units} {activation}";

        private Direction Only => directions[0];

        private IEnumerable<Tensor> Tensors(Direction d, string suffix)
        {
            int width = d.Bias.Length;
            yield return new Tensor("weight" + suffix, [d.Weight.Length / width, width], d.Weight);
            yield return new Tensor("recurrent" + suffix, [units, width], d.Recurrent);
            yield return new Tensor("bias" + suffix, [width], d.Bias);
            if (d.Inner is not null) yield return new Tensor("bias_inner" + suffix, [units], d.Inner);
        }
    }

    private bool Recurrent(OnnxNode n)
    {
        int[] gates = Gates[n.Type];
        Flow x = Flowing(n.Inputs[0]);
        int units = (int)Math.Clamp(Whole(n, "hidden_size", 0), 0, MaxWindow), width = gates.Length * units;
        string direction = n.Attributes.GetValueOrDefault("direction") as string ?? "forward";
        int directions = direction == "bidirectional" ? 2 : 1;
        bool samplesFirst = Whole(n, "layout", 0) == 1;
        if (x.Rank != 3 || units < 1 || n.Inputs.Count < 3) return No("it has no sequence, or no hidden_size");
        if (direction is not ("forward" or "bidirectional" or "reverse")) return No($"its direction '{direction}' is unknown");
        string[] wanted = DefaultActivations[n.Type], activations = n.Attributes.GetValueOrDefault("activations") is string[] given
            ? [.. given.Select(a => a.ToLowerInvariant())]
            : [.. wanted, .. directions == 2 ? wanted : []];
        string activation = activations.Length > 0 ? activations[0] : "";
        bool known = activations.Length == directions * wanted.Length
            && (n.Type == "RNN" ? RnnActivations.Contains(activation) && activations.All(a => a == activation) : activations.Chunk(wanted.Length).All(a => a.SequenceEqual(wanted)));
        if (!known) return No($"its activations are {string.Join(", ", activations)}: a lstm or gru has sigmoid and tanh, a rnn one of {string.Join(", ", RnnActivations)} in both directions");
        if (n.Attributes.ContainsKey("clip") || Whole(n, "input_forget", 0) != 0) return No("clip and input_forget are not read");
        if (Has(n, 4)) return No("lengths of sequences are not read; export without packing and sequence_lens");
        if (Enumerable.Range(5, 3).Any(i => Has(n, i) && Known(n, i)?.Values.All(v => v == 0) != true))
            return No("it starts from a state that is not zero, or has peepholes");
        if (n.Type == "GRU" && Whole(n, "linear_before_reset", 0) != 1)
            return No("it resets the state before the product; PyTorch's GRU, and the one here, after it (linear_before_reset=1)");
        int[] order = samplesFirst ? [0, 1, 2] : [1, 0, 2];
        if (Arranged(x, order) is not { } input) return false;
        int features = input.Features, time = input.Shape[1], samples = input.Shape[0];
        float[]? w = Row(n, 1, (long)directions * width * features), r = Row(n, 2, (long)directions * width * units), b = Has(n, 3)
            ? Row(n, 3, (long)directions * 2 * width)
            : new float[directions * 2 * width];
        if (w is null || r is null || b is null) return No($"its weights are not those of {units} units on {features} features");
        Direction[] made = [.. Enumerable.Range(0, directions).Select(d => Made(
            n.Type, w[(d * width * features)..((d + 1) * width * features)], r[(d * width * units)..((d + 1) * width * units)], b[(d * 2 * width)..((d + 1) * 2 * width)], features, units))];
        var states = Add(new RecurrentLine(input, n.Type.ToLowerInvariant(), units, activation == "sigmoid" && n.Type != "RNN" ? "tanh" : activation, last: false, reversed: direction == "reverse", made) { Hint = n.Inputs[1] });
        long step = (long)directions * units;
        OnnxRun[] Runs(long stride, int extent) => extent == 1 ? [] : [new OnnxRun(stride, extent)];
        OnnxRun[] steps = Runs(step, time), each = Runs(time * step, samples), sides = Runs(units, directions), own = Runs(1, units);
        if (n.Outputs[0].Length > 0)
            _flows[n.Outputs[0]] = new Flow(states, new OnnxLayout(samplesFirst ? [each, steps, sides, own] : [steps, sides, each, own], 0), OnnxFormula.X);
        // The last state of each direction: that of the reverse one is at the beginning.
        long end = (time - 1) * step;
        OnnxRun[] ends = directions == 2 ? [new OnnxRun(units - end, 2)] : [];
        if (n.Outputs.Count > 1 && n.Outputs[1].Length > 0)
            _flows[n.Outputs[1]] = new Flow(
                states, new OnnxLayout(samplesFirst ? [each, ends, own] : [ends, each, own], direction == "reverse" ? 0 : end), OnnxFormula.X);
        return n.Outputs.Count < 3
            || n.Outputs[2].Length == 0
            || !_uses.ContainsKey(n.Outputs[2])
            || No("the memory of a lstm (c_n) is used; its states (output, h_n) can be");
    }

    private static Direction Made(string type, float[] w, float[] r, float[] b, int features, int units)
    {
        int[] gates = Gates[type];
        int width = gates.Length * units;
        float[] Ordered(float[] values, int row) => [.. gates.SelectMany(g => values.AsSpan(g * units * row, units * row).ToArray())];
        float[] outer = Ordered(b[..width], 1), inner = Ordered(b[width..], 1);
        float[]? own = null;
        if (type == "GRU")
        {
            // That of the new state is within the reset gate.
            own = inner[(2 * units)..];
            Array.Clear(inner, 2 * units, units);
        }

        return new Direction(Permuted(Ordered(w, features), [width, features], [1, 0]), Permuted(Ordered(r, units), [width, units], [1, 0]), [.. outer.Zip(inner, (p, q) => p + q)], own);
    }

    // Places that are all in the last states, as places in the layer that gives only these; null where others are among them.
    private (Line Line, OnnxLayout Layout)? LastOf(RecurrentLine states, OnnxLayout wanted)
    {
        int time = states.Shape[1], units = states.Units, width = states.Features;
        long end = (time - 1L) * width, sides = units - end, sample = (long)time * width;
        var axes = wanted.Axes.Select(a => a.ToArray()).ToArray();
        long offset = wanted.Offset;
        bool both = false;
        foreach (OnnxRun[] axis in axes)
        {
            for (int i = 0; i < axis.Length; i++)
            {
                OnnxRun run = axis[i];
                if (states.Directions == 2 && run == new OnnxRun(sides, 2) && run.Stride != sample) (axis[i], both) = (new OnnxRun(units, 2), true);
                else if (run.Stride >= width && run.Stride % sample == 0) axis[i] = run with { Stride = run.Stride / sample * width };
                else if (run.Stride < 0 || run.Stride >= width || run.Stride * run.Extent > (states.Directions == 2 ? units : width)) return null;
            }
        }

        if (both ? offset / width != time - 1 : offset < 0 || offset >= sample || offset / width != (offset % width >= units || states.Reversed ? 0 : time - 1))
            return null;
        if (states.Reversed) return null;
        if (!_lasts.TryGetValue(states, out Line? last)) _lasts[states] = last = Add(states.LastOnly());
        return (last, new OnnxLayout([.. axes.Select(a => (IReadOnlyList<OnnxRun>)OnnxLayout.Joined(a))], offset % width));
    }

    // A layer forward and the same kind of layer in reverse, their states side by side.
    private Flow? BothDirections(Flow[] parts, int axis)
    {
        if (parts is not [{ Line: RecurrentLine a }, { Line: RecurrentLine b }] || a.With(b) is not { } both) return null;
        Flow x = parts[0], y = parts[1];
        int units = a.Units;
        if (x.Layout.Axes[axis] is not ([] or [{ Stride: 1 }]) || x.Dims[axis] != units || y.Dims[axis] != units) return null;
        long end = (a.Shape[1] - 1L) * units;
        bool last = x.Layout.Offset == end && y.Layout.Offset == 0 && end > 0;
        if (!(last ? (y.Layout with { Offset = end }).SameAs(x.Layout) : x.Layout.Offset == 0 && x.Layout.SameAs(y.Layout))) return null;
        OnnxRun[][] axes = [.. x.Layout.Axes.Select((runs, i) => i != axis ? [.. runs.Select(r => r with { Stride = 2 * r.Stride })] : runs.ToArray())];
        OnnxRun side = last ? new OnnxRun(units - 2 * end, 2) : new OnnxRun(units, 2);
        axes[axis] = [.. OnnxLayout.Joined([side, .. axes[axis]])];
        return new Flow(Add(both), new OnnxLayout(axes, last ? 2 * end : 0), OnnxFormula.X);
    }
}
