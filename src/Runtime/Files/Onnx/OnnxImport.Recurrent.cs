namespace Nn.Files.Onnx;

// Recurrent layers as PyTorch writes them: time goes first, the operation, its axis of directions leaves, time goes back or the last state is taken.
public sealed partial class OnnxImport
{
    // Where gates of the language stand in the file: i, f, g, o in i, o, f, c; r, z, n in z, r, h.
    private static readonly Dictionary<string, int[]> Gates = new() { ["RNN"] = [0], ["GRU"] = [1, 0, 2], ["LSTM"] = [0, 2, 3, 1] };

    // Initial states of zeros that are made to the size of the batch.
    private readonly HashSet<string> _zeros = [];

    private bool Zeros(OnnxNode n) =>
        n.Type == "ConstantOfShape" && n.Inputs.Count == 1 && Integers(n.Inputs[0]) is not null
        && (n.Attributes.GetValueOrDefault("value") is null || (n.Attributes["value"] is OnnxTensor t && Floats(t) is [0])) && _zeros.Add(n.Outputs[0]);

    private bool Recurrent(OnnxNode n, Flow x)
    {
        if (n.Type != "Transpose" || !TimeFirst(n) || x.First || x.Dims is not [var time, var features]) return false;
        if (_users.GetValueOrDefault(n.Outputs[0]) is not [{ Inputs.Count: >= 3, Outputs.Count: >= 1 } cell] || !Gates.TryGetValue(cell.Type, out int[]? gates) || cell.Inputs[0] != n.Outputs[0]) return false;
        int units = (int)Math.Clamp(Whole(cell, "hidden_size", 0), 0, MaxWindow), width = gates.Length * units;
        // Other directions, activations, clipped values and lengths are not read.
        bool plain = cell.Attributes.Keys.All(k => k is "hidden_size" or "linear_before_reset") && Whole(cell, "linear_before_reset", 0) == (cell.Type == "GRU" ? 1 : 0);
        if (units < 1 || !plain || (cell.Inputs.Count > 4 && cell.Inputs[4].Length > 0) || !cell.Inputs.Skip(5).All(Zero)) return false;
        float[]? w = Bias(cell.Inputs[1], width * features), r = Bias(cell.Inputs[2], width * units);
        float[]? b = cell.Inputs.Count > 3 && cell.Inputs[3].Length > 0 ? Bias(cell.Inputs[3], 2 * width) : new float[2 * width];
        if (w is null || r is null || b is null || States(cell) is not { } states) return false;
        (OnnxNode end, bool last) = states;
        string name = cell.Type.ToLowerInvariant(), label = Label(cell.Inputs[1], name);
        float[] outer = Ordered(b[..width], 1), inner = Ordered(b[width..], 1);
        if (cell.Type == "GRU")
        {
            // That of the new state is within the reset gate.
            Store(label, "bias_inner", [units], inner[(2 * units)..]);
            Array.Clear(inner, 2 * units, units);
        }

        Store(label, "weight", [features, width], Moved(Ordered(w, features), [width, features], [1, 0]));
        Store(label, "recurrent", [units, width], Moved(Ordered(r, units), [width, units], [1, 0]));
        Store(label, "bias", [width], [.. outer.Zip(inner, (p, q) => p + q)]);
        _absorbed.Add(cell);
        return Add(end, x, $"{name} {units}{(last ? ", last" : "")}", last ? [units] : [time, units], label: label);

        float[] Ordered(float[] values, int row) => [.. gates.SelectMany(g => values.AsSpan(g * units * row, units * row).ToArray())];

        bool Zero(string state) => state.Length == 0 || _zeros.Contains(state) || (Number(state) is { } t && Floats(t) is { Length: > 0 } values && values.All(v => v == 0));
    }

    // All states, or the last of them.
    private (OnnxNode End, bool Last)? States(OnnxNode cell)
    {
        if (cell.Outputs.Skip(1).Any(o => _users.ContainsKey(o)) || cell.Outputs.Contains(_graph.Outputs[0].Name)) return null;
        if (_users.GetValueOrDefault(cell.Outputs[0]) is not [{ Type: "Squeeze", Inputs.Count: 2, Outputs.Count: 1 } squeeze] || Integers(squeeze.Inputs[1]) is not [1]) return null;
        if (Only(squeeze, "Transpose") is not { } back || !TimeFirst(back)) return null;
        Absorb(squeeze, back);
        if (Only(back, "Gather") is not { Inputs.Count: 2 } taken || Whole(taken, "axis", 0) != 1 || Number(taken.Inputs[1]) is not { Dims.Count: 0 } || Integers(taken.Inputs[1]) is not [-1]) return (back, false);
        Absorb(taken);
        return (taken, true);
    }

    // The way there and back.
    private static bool TimeFirst(OnnxNode transpose) => transpose.Attributes.GetValueOrDefault("perm") is long[] perm && perm is [1, 0, 2];
}
