using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>
/// The operator <c>Scan</c>, as recurrent layers are exported from here: known by what an iteration computes, compared with the formulas of the layers on
/// random numbers.
/// </summary>
internal static class LoopReader
{
    // Where the batch is open, an iteration is computed for so many.
    private const int SomeSamples = 3;

    private const int MaxNumbers = 1 << 22;

    private static readonly Refusal None = new("only the loops of rnn, gru and lstm layers are read");

    /// <summary>Reads <c>Scan</c>.</summary>
    public static Refusal? Read(ImportedNode n)
    {
        OnnxNode node = n.Node;
        if (node.Attributes.GetValueOrDefault("body") is not OnnxGraph body || n.Whole("num_scan_inputs", 0) != 1) return None;
        if (node.Inputs.Count is not (2 or 3) || body.Inputs.Count != node.Inputs.Count) return None;
        int states = node.Inputs.Count - 1, collected = node.Outputs.Count - states;
        if (collected < 0 || body.Outputs.Count != node.Outputs.Count) return None;
        if (node.Attributes.Keys.Any(k => k.EndsWith("_axes", StringComparison.Ordinal))) return None;
        if (n.Flow(states) is not { } x) return None;
        bool reversed = Backwards(node, "scan_input_directions");
        if (collected > 0 && Backwards(node, "scan_output_directions") != reversed)
            return new Refusal("a loop that reads in one direction and writes in the other is no layer");
        OnnxKnown?[] start = [.. Enumerable.Range(0, states).Select(n.Known)];
        if (start.Any(s => s is not { Rank: 2 } || s.Values.Any(v => v != 0))) return new Refusal("it starts from a state that is not zero");
        if (x.Rank != 3 || !x.IsPlain || x.Line is not DenseLine { Rank: 3 } dense || !x.Layout.Transpose([1, 0, 2]).IsWhole(dense.Count)) return None;
        if (start[0]!.Dims is not [var samples, { IsKnown: true, Extent: > 0 and var units }] || samples != dense.Samples) return None;
        if (start.Any(s => s!.Dims[0] != samples || s.Dims[1] != units) || LoopCell.KindOf(dense.Features, units, states) is not { } kind) return None;
        string[] given = [.. body.Inputs.Select(i => i.Name)];
        // The state of which a product with weights is taken; a lstm has another one.
        OnnxNode? product = body.Nodes.FirstOrDefault(
            b => b.Type == "MatMul" && b.Inputs.Count == 2 && given.Take(states).Contains(b.Inputs[0]) && n.Values.Known(b.Inputs[1]) is not null);
        if (product is null || n.Values.Known(product.Inputs[1]) is not { IsNumbers: true, Dims: [var rows, var columns] } recurrent) return None;
        if (rows != units || columns != dense.Features) return None;
        int state = Array.IndexOf(given, product.Inputs[0]);
        if (Cell(n, body, samples, recurrent, state, kind) is not { } cell) return None;
        var direction = new Direction(dense.Weight, recurrent.Floats(), dense.Bias ?? new float[dense.Features], cell.Inner);
        var line = n.Book.Add(new RecurrentLine(dense.Inputs[0], kind, units, cell.Activation, last: false, reversed, direction) { Hint = dense.Hint });
        int time = dense.Shape[1];
        OnnxRun[] each = OnnxLayout.Run((long)time * units, samples), own = OnnxLayout.Run(1, units);
        n.Values.Set(node.Outputs[state], new Flow(line, new OnnxLayout([each, own], reversed ? 0 : (time - 1L) * units), OnnxFormula.X));
        foreach (string all in node.Outputs.Skip(states))
            n.Values.Set(all, new Flow(line, new OnnxLayout([OnnxLayout.Run(units, time), each, own], 0), OnnxFormula.X));
        return states == 2 && n.Values.Uses(node.Outputs[1 - state]) > 0 ? new Refusal("the memory of a lstm is used; its states can be") : null;
    }

    private static bool Backwards(OnnxNode node, string name) => node.Wholes(name) is [1, ..];

    // Computes an iteration on random numbers for a few samples, and says which layer does the same.
    private static LoopCell? Cell(ImportedNode n, OnnxGraph body, Dim batch, OnnxKnown recurrent, int state, string kind)
    {
        int samples = batch.IsKnown ? batch.Extent : SomeSamples, units = recurrent.Dims[0], width = recurrent.Dims[1], states = body.Inputs.Count - 1;
        if ((double)samples * width > MaxNumbers) return null;
        var random = new Random(1);
        // Some are large, so that clipped activations show.
        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(i => (random.NextDouble() * 4 - 2) * (i % 4 == 0 ? 100 : 1))];
        OnnxKnown Drawn(int size) => OnnxKnown.Of(OnnxType.Float, [samples, size], Draw(samples * size));
        OnnxKnown[] values = [.. Enumerable.Range(0, states).Select(_ => Drawn(units)), Drawn(width)];
        if (Computed(n, body, values) is not { } made) return null;
        if (n.Fold.Run(new OnnxNode("MatMul", "", ["h", "u"], ["p"]), [values[state], recurrent]) is not { } products) return null;
        var iteration = new Iteration(samples, units, values[state].Values, states == 2 ? values[1 - state].Values : [], values[^1].Values, products.Values);
        // The bias within the reset gate is one of the stored rows that the body adds.
        IEnumerable<double[]> added = body.Nodes.Where(b => b.Type == "Add").SelectMany(b => b.Inputs).Select(n.Values.Known).OfType<OnnxKnown>()
            .Where(v => v.IsNumbers && v.Count == units).Select(v => v.Values);
        LoopCell? cell = LoopCell.Of(kind, iteration, made[state], states == 2 ? made[1 - state] : null, added);
        return made.Skip(states).All(m => LoopCell.Agree(m, made[state])) ? cell : null;
    }

    // The outputs of one iteration; null where it has operations that are not computed here.
    private static double[][]? Computed(ImportedNode n, OnnxGraph body, OnnxKnown[] given)
    {
        var values = body.Inputs.Zip(given).ToDictionary(p => p.First.Name, p => p.Second);
        foreach (OnnxTensor t in body.Initializers) values[t.Name] = OnnxKnown.Of(t);
        foreach (OnnxNode node in body.Nodes)
        {
            OnnxNode inner = OnnxSchema.Trimmed(node);
            if (inner.Outputs.Count != 1 || inner.Domain.Length > 0 || OnnxSchema.Complaint(inner) is not null) return null;
            if (inner.Type == "Constant" && inner.Attributes.GetValueOrDefault("value") is OnnxTensor stored)
            {
                values[inner.Outputs[0]] = OnnxKnown.Of(stored);
                continue;
            }

            OnnxKnown?[] x = [.. inner.Inputs.Select(i => values.GetValueOrDefault(i) ?? n.Values.Known(i))];
            if (inner.Inputs.Zip(x).Any(p => p.First.Length > 0 && p.Second is null) || n.Fold.Run(inner, x) is not { } made) return null;
            values[inner.Outputs[0]] = made;
        }

        return body.Outputs.All(o => values.ContainsKey(o.Name)) ? [.. body.Outputs.Select(o => values[o.Name].Values)] : null;
    }
}
