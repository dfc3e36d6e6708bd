namespace Nn.Exchange.Onnx;

// The operator Scan, as recurrent layers are exported from here: known by what an iteration computes, compared with the formulas of the layers on random
// numbers.
public sealed partial class OnnxImport
{
    private static readonly Dictionary<string, Func<double, double>> CellActivations = new()
    {
        ["tanh"] = Math.Tanh,
        ["relu"] = x => Math.Max(x, 0),
        ["sigmoid"] = Sigmoid,
        ["softsign"] = x => x / (1 + Math.Abs(x)),
        ["softplus"] = x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))),
        ["identity"] = x => x,
        ["leaky_relu"] = x => x > 0 ? x : 0.1 * x,
        ["elu"] = x => x > 0 ? x : Math.Exp(x) - 1,
        ["silu"] = x => x * Sigmoid(x),
    };

    // States at the start of an iteration, the input's part of all gates, and what makes the next states of them.
    private sealed record Iteration(int Samples, int Units, double[] State, double[] Memory, double[] Input, double[] Product);

    private bool Loop(OnnxNode n)
    {
        const string Why = "only the loops of rnn, gru and lstm layers are read";
        if (n.Attributes.GetValueOrDefault("body") is not OnnxGraph body || Whole(n, "num_scan_inputs", 0) != 1 || n.Inputs.Count is not (2 or 3) || body.Inputs.Count != n.Inputs.Count) return No(Why);
        int states = n.Inputs.Count - 1, collected = n.Outputs.Count - states;
        if (collected < 0 || body.Outputs.Count != n.Outputs.Count || n.Attributes.Keys.Any(k => k.EndsWith("_axes", StringComparison.Ordinal)) || !_flows.TryGetValue(n.Inputs[^1], out Flow? x)) return No(Why);
        bool Backwards(string name) => n.Attributes.GetValueOrDefault(name) is long[] and [1, ..];
        bool reversed = Backwards("scan_input_directions");
        if (collected > 0 && Backwards("scan_output_directions") != reversed)
            return No("a loop that reads in one direction and writes in the other is no layer");
        OnnxKnown?[] start = [.. n.Inputs.Take(states).Select(i => IsKnown(i) ? Known(i) : null)];
        if (start.Any(s => s is not { Dims.Length: 2 } || s.Values.Any(v => v != 0))) return No("it starts from a state that is not zero");
        if (x.Rank != 3 || x.Formula != OnnxFormula.X || x.Line is not DenseLine { Shape.Length: 3 } dense || !x.Layout.Transpose([1, 0, 2]).IsWhole(dense.Count)) return No(Why);
        (int samples, int units, int width) = (start[0]!.Dims[0], start[0]!.Dims[1], dense.Features);
        if (units < 1 || samples != dense.Shape[0] || (double)samples * width > 1 << 22) return No(Why);
        string[] given = [.. body.Inputs.Select(i => i.Name)];
        // The state of which a product with weights is taken; a lstm has another one.
        OnnxNode? product = body.Nodes.FirstOrDefault(
            b => b.Type == "MatMul" && b.Inputs.Count == 2 && given.Take(states).Contains(b.Inputs[0]) && IsKnown(b.Inputs[1]));
        if (product is null || Known(product.Inputs[1]) is not { Dims: [var rows, var columns] } recurrent || rows != units || columns != width) return No(Why);
        int state = Array.IndexOf(given, product.Inputs[0]);
        string? kind = (width / units, width % units, states) switch { (1, 0, 1) => "rnn", (3, 0, 1) => "gru", (4, 0, 2) => "lstm", _ => null };
        if (kind is null || start.Any(s => !s!.Dims.SequenceEqual([samples, units]))) return No(Why);

        var random = new Random(1);
        // Some are large, so that clipped activations show.
        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(i => (random.NextDouble() * 4 - 2) * (i % 4 == 0 ? 100 : 1))];
        OnnxKnown[] values = [.. Enumerable.Range(0, states).Select(_ => new OnnxKnown(OnnxType.Float, [samples, units], Draw(samples * units))), new OnnxKnown(OnnxType.Float, [samples, width], Draw(samples * width))];
        if (Computed(body, values) is not { } made) return No(Why);
        OnnxNode multiply = new("MatMul", "", ["h", "u"], ["p"]);
        if (_fold.Run(multiply, [values[state], recurrent]) is not { } products) return No(Why);
        var iteration = new Iteration(samples, units, values[state].Values, states == 2 ? values[1 - state].Values : [], values[^1].Values, products.Values);
        string activation = "tanh";
        float[]? inner = null;
        (double[] Next, double[] Memory) wanted = ([], []);
        switch (kind)
        {
            case "rnn" when CellActivations.FirstOrDefault(a => Agree(RnnStep(iteration, a.Value), made[state])) is { Key: { } found }:
                (activation, wanted) = (found, (made[state], []));
                break;
            case "gru":
                // The bias within the reset gate is one of the stored rows that the body adds.
                IEnumerable<double[]> rowsAdded = body.Nodes.Where(b => b.Type == "Add").SelectMany(b => b.Inputs).Where(IsKnown).Select(i => Known(i)!.Values).Where(v => v.Length == units);
                if (rowsAdded.FirstOrDefault(b => Agree(GruStep(iteration, b), made[state])) is not { } bias) return No(Why);
                inner = Array.ConvertAll(bias, v => (float)v);
                wanted = (made[state], []);
                break;
            case "lstm":
                wanted = LstmStep(iteration);
                break;
        }

        if (!Agree(wanted.Next, made[state]) || (states == 2 && !Agree(wanted.Memory, made[1 - state])) || made.Skip(states).Any(m => !Agree(m, made[state])))
            return No(Why);
        var direction = new Direction(dense.Weight, recurrent.Floats(), dense.Bias ?? new float[width], inner);
        var line = Add(new RecurrentLine(dense.Inputs[0], kind, units, activation, last: false, reversed, direction) { Hint = dense.Hint });
        int time = dense.Shape[1];
        OnnxRun[] Runs(long stride, int extent) => extent == 1 ? [] : [new OnnxRun(stride, extent)];
        OnnxRun[] each = Runs((long)time * units, samples), own = Runs(1, units);
        _flows[n.Outputs[state]] = new Flow(line, new OnnxLayout([each, own], reversed ? 0 : (time - 1L) * units), OnnxFormula.X);
        foreach (string all in n.Outputs.Skip(states)) _flows[all] = new Flow(line, new OnnxLayout([Runs(units, time), each, own], 0), OnnxFormula.X);
        return states == 1 || !_uses.ContainsKey(n.Outputs[1 - state]) || No("the memory of a lstm is used; its states can be");
    }

    // The outputs of one iteration; null where it has operations that are not computed here.
    private double[][]? Computed(OnnxGraph body, OnnxKnown[] given)
    {
        var values = body.Inputs.Zip(given).ToDictionary(p => p.First.Name, p => p.Second);
        foreach (OnnxTensor t in body.Initializers) values[t.Name] = OnnxKnown.Of(t);
        foreach (OnnxNode node in body.Nodes)
        {
            OnnxNode n = OnnxSchema.Trimmed(node);
            if (n.Outputs.Count != 1 || n.Domain.Length > 0 || OnnxSchema.Complaint(n) is not null) return null;
            if (n.Type == "Constant" && n.Attributes.GetValueOrDefault("value") is OnnxTensor stored)
            {
                values[n.Outputs[0]] = OnnxKnown.Of(stored);
                continue;
            }

            OnnxKnown?[] x = [.. n.Inputs.Select(i => values.GetValueOrDefault(i) ?? (IsKnown(i) ? Known(i) : null))];
            if (n.Inputs.Zip(x).Any(p => p.First.Length > 0 && p.Second is null) || _fold.Run(n, x) is not { } made) return null;
            values[n.Outputs[0]] = made;
        }

        return body.Outputs.All(o => values.ContainsKey(o.Name)) ? [.. body.Outputs.Select(o => values[o.Name].Values)] : null;
    }

    private static bool Agree(double[] a, double[] b) =>
        a.Length == b.Length && a.Zip(b).All(p => Math.Abs(p.First - p.Second) <= 1e-6 * (1 + Math.Abs(p.First)));

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double[] RnnStep(Iteration i, Func<double, double> activation) => [.. i.Input.Zip(i.Product, (x, h) => activation(x + h))];

    private static double[] GruStep(Iteration i, double[] inner) => Each(i, (x, h, unit, at) =>
    {
        double r = Sigmoid(x(0) + h(0)), z = Sigmoid(x(1) + h(1)), next = Math.Tanh(x(2) + r * (h(2) + inner[unit]));
        return next + z * (i.State[at] - next);
    });

    private static (double[] State, double[] Memory) LstmStep(Iteration i)
    {
        double[] memory = Each(i, (x, h, _, at) => Sigmoid(x(1) + h(1)) * i.Memory[at] + Sigmoid(x(0) + h(0)) * Math.Tanh(x(2) + h(2)));
        return (Each(i, (x, h, _, at) => Sigmoid(x(3) + h(3)) * Math.Tanh(memory[at])), memory);
    }

    // From the parts of each gate for a sample's unit: that of the input, and that of the state.
    private static double[] Each(Iteration i, Func<Func<int, double>, Func<int, double>, int, int, double> next)
    {
        var values = new double[i.Samples * i.Units];
        int width = i.Input.Length / i.Samples;
        for (int at = 0; at < values.Length; at++)
        {
            (int sample, int unit) = (at / i.Units, at % i.Units);
            values[at] = next(gate => i.Input[sample * width + gate * i.Units + unit], gate => i.Product[sample * width + gate * i.Units + unit], unit, at);
        }

        return values;
    }
}
