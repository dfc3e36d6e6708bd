using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Recurrent layers, as single operations. Their states lie as steps, directions, samples, units.</summary>
internal static class RecurrentReader
{
    // Where gates of the language stand in the file: i, f, g, o in i, o, f, c; r, z, n in z, r, h.
    private static readonly Dictionary<string, int[]> Gates = new() { ["RNN"] = [0], ["GRU"] = [1, 0, 2], ["LSTM"] = [0, 2, 3, 1] };

    private static readonly Dictionary<string, string[]> DefaultActivations = new()
    {
        ["RNN"] = ["tanh"],
        ["GRU"] = ["sigmoid", "tanh"],
        ["LSTM"] = ["sigmoid", "tanh", "tanh"],
    };

    private static readonly string[] RnnActivations = ["tanh", "relu", "sigmoid", "softsign", "softplus"];

    /// <summary>Reads <c>RNN</c>, <c>GRU</c> and <c>LSTM</c>.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        Flow x = n.Flow(0)!;
        int units = (int)Math.Clamp(n.Whole("hidden_size", 0), 0, LineBook.MaxWindow), width = Gates[n.Type].Length * units;
        string direction = n.Node.Word("direction", "forward");
        int directions = direction == "bidirectional" ? 2 : 1;
        if (x.Rank != 3 || units < 1 || n.Node.Inputs.Count < 3) return new Refusal("it has no sequence, or no hidden_size");
        if (direction is not ("forward" or "bidirectional" or "reverse")) return new Refusal($"its direction '{direction}' is unknown");
        string[] activations = Activations(n, directions);
        if (Unknown(n, activations, directions) is { } why) return why;
        bool samplesFirst = n.Whole("layout", 0) == 1;
        Made<Line> arranged = n.Book.Arranged(x, samplesFirst ? [0, 1, 2] : [1, 0, 2]);
        if (arranged.Value is not { } input) return arranged.Refused;
        int features = input.Features;
        float[]? w = n.Row(1, (long)directions * width * features), r = n.Row(2, (long)directions * width * units);
        float[]? b = n.Has(3) ? n.Row(3, (long)directions * 2 * width) : new float[directions * 2 * width];
        if (w is null || r is null || b is null) return new Refusal($"its weights are not those of {units} units on {features} features");
        Direction OneWay(int d) => Of(
            n.Type, Part(w, d, width * features), Part(r, d, width * units), Part(b, d, 2 * width), features, units);
        string activation = activations[0] == "sigmoid" && n.Type != "RNN" ? "tanh" : activations[0];
        Direction[] ways = [.. Enumerable.Range(0, directions).Select(OneWay)];
        var states = n.Book.Add(new RecurrentLine(input, n.Type.ToLowerInvariant(), units, activation, last: false, reversed: direction == "reverse", ways)
        { Hint = n.Node.Inputs[1] });
        Give(n, states, samplesFirst);
        return n.Gives(2) && n.Values.Uses(n.Node.Outputs[2]) > 0 ? new Refusal("the memory of a lstm (c_n) is used; its states (output, h_n) can be") : null;
    }

    // What is used of the states: all, and the last of each direction, of which that of the reverse one is at the beginning.
    private static void Give(ImportedNode n, RecurrentLine states, bool samplesFirst)
    {
        int time = states.Shape[1], units = states.Units;
        long step = (long)states.Directions * units, end = (time - 1) * step;
        OnnxRun[] steps = OnnxLayout.Run(step, time), each = OnnxLayout.Run(time * step, states.Samples), own = OnnxLayout.Run(1, units);
        OnnxRun[] sides = OnnxLayout.Run(units, states.Directions), ends = states.Directions == 2 ? [new OnnxRun(units - end, 2)] : [];
        OnnxRun[][] all = samplesFirst ? [each, steps, sides, own] : [steps, sides, each, own], last = samplesFirst ? [each, ends, own] : [ends, each, own];
        if (n.Gives(0)) n.Values.Set(n.Node.Outputs[0], new Flow(states, new OnnxLayout(all, 0), OnnxFormula.X));
        if (n.Gives(1)) n.Values.Set(n.Node.Outputs[1], new Flow(states, new OnnxLayout(last, states.Reversed ? 0 : end), OnnxFormula.X));
    }

    private static float[] Part(float[] values, int at, int size) => values[(at * size)..((at + 1) * size)];

    private static string[] Activations(ImportedNode n, int directions)
    {
        string[] wanted = DefaultActivations[n.Type];
        return n.Node.Attributes.GetValueOrDefault("activations") is string[] given
            ? [.. given.Select(a => a.ToLowerInvariant())]
            : [.. wanted, .. directions == 2 ? wanted : []];
    }

    // What it says that no layer here does.
    private static Refusal? Unknown(ImportedNode n, string[] activations, int directions)
    {
        string[] wanted = DefaultActivations[n.Type];
        bool known = activations.Length == directions * wanted.Length && (n.Type == "RNN"
            ? RnnActivations.Contains(activations[0]) && activations.All(a => a == activations[0])
            : activations.Chunk(wanted.Length).All(a => a.SequenceEqual(wanted)));
        if (!known)
        {
            return new Refusal($"its activations are {string.Join(", ", activations)}: "
                + $"a lstm or gru has sigmoid and tanh, a rnn one of {string.Join(", ", RnnActivations)} in both directions");
        }

        if (n.Node.Attributes.ContainsKey("clip") || n.Whole("input_forget", 0) != 0) return new Refusal("clip and input_forget are not read");
        if (n.Has(4)) return new Refusal("lengths of sequences are not read; export without packing and sequence_lens");
        if (Enumerable.Range(5, 3).Any(i => n.Has(i) && n.Known(i)?.Values.All(v => v == 0) != true))
            return new Refusal("it starts from a state that is not zero, or has peepholes");
        return n.Type == "GRU" && n.Whole("linear_before_reset", 0) != 1
            ? new Refusal("it resets the state before the product; PyTorch's GRU, and the one here, after it (linear_before_reset=1)")
            : null;
    }

    private static Direction Of(string type, float[] w, float[] r, float[] b, int features, int units)
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

        return new Direction(
            Weights.Permuted(Ordered(w, features), [width, features], 1, 0), Weights.Permuted(Ordered(r, units), [width, units], 1, 0),
            [.. outer.Zip(inner, (p, q) => p + q)], own);
    }
}
