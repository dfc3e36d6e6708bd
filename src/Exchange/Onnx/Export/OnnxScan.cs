using Nn.Graphs;
using Nn.Ops;

namespace Nn.Exchange.Onnx;

/// <summary>A part of a loop's value.</summary>
/// <param name="Index">A state; after the states, a sequence.</param>
/// <param name="First">The first of its slices.</param>
/// <param name="Count">Number of slices.</param>
internal readonly record struct ScanPart(int Index, int First, int Count);

/// <summary>
/// Loops as the operator <c>Scan</c>: initial states and sequences go in, last states and sequences come out, and the body uses values that stay the same by
/// their names in the graph around it. Of the row that a loop's value is, only the parts exist.
/// </summary>
internal static class OnnxScan
{
    /// <summary>The part of a loop's value that a slice takes; null where it is none as a whole.</summary>
    public static ScanPart? PartOf(Node slice)
    {
        var a = slice.Inputs[0].Attribute<ScanAttributes>();
        Dim start = slice.Attribute<SliceAttributes>().Start[0], length = slice.Shape[0];
        IEnumerable<(Dim Offset, Dim Size)> parts =
            [.. a.States.Select(s => (s.Offset, s.Present.Shape.Elements)), .. a.Outputs.Select(o => (o.Offset, o.Slot.Shape.Elements))];
        ((Dim offset, Dim size), int index) = parts.Select((p, i) => (p, i)).Last(p => (start - p.p.Offset).IsNatural);
        return (start - offset).Times(size) is { } first && length.Times(size) is { } count ? new ScanPart(index, first, count) : null;
    }

    /// <summary>Writes a loop.</summary>
    public static void Write(OnnxEmitter e, Node n)
    {
        var a = n.Attribute<ScanAttributes>();
        string label = n.Label ?? "graph";
        int[] sequences = [.. Enumerable.Range(0, n.Inputs.Count).Where(i => a.Inputs[i].Role == ScanRole.Sequence)];
        int[] inputs = [.. a.States.Select(s => s.Input), .. sequences];
        var given = inputs.ToDictionary(i => a.Inputs[i].Slot, i => e.Unique($"{label}/{a.Inputs[i].Slot.Name}"));
        var outside = Enumerable.Range(0, n.Inputs.Count).Where(i => a.Inputs[i].Role == ScanRole.Invariant)
            .ToDictionary(i => a.Inputs[i].Slot, i => n.Inputs[i]);
        string[] values = [.. inputs.Select(i => e.Value(n.Inputs[i]))];
        OnnxEmitter body = e.EmitBody(a.Body, given, outside);
        body.Graph.Name = $"{label}/body";

        // What an iteration gives: the states, then what is collected of them all.
        var results = new List<(Slot Slot, ScanPart Part)>();
        for (int i = 0; i < a.States.Count; i++) results.Add((a.States[i].Next, new ScanPart(i, a.Slice(a.States[i], a.Steps), 1)));
        for (int i = 0; i < a.States.Count; i++)
        {
            if (a.States[i].Kept) results.Add((a.States[i].Next, new ScanPart(i, a.Reverse ? 0 : 1, a.Steps)));
        }

        for (int i = 0; i < a.Outputs.Count; i++) results.Add((a.Outputs[i].Slot, new ScanPart(a.States.Count + i, 0, a.Steps)));
        var outputs = new List<string>();
        foreach ((Slot slot, ScanPart part) in results)
        {
            Node value = a.Body.Assignments.First(x => x.Slot == slot).Value;
            // An output is made by a node of the body, and each has a name of its own.
            body.Graph.Outputs.Add(body.Declare(body.Node("Identity", n, [body.Value(value)]), value));
            string name = e.Unique($"{label}/scan");
            outputs.Add(name);
            e.Parts[(n, part)] = name;
        }

        // A state has the extents of its next value, a sequence those of its slices.
        foreach (ScanState s in a.States)
            body.Graph.Inputs.Add(body.Declare(given[s.Present], a.Body.Assignments.First(x => x.Slot == s.Next).Value));
        foreach (int i in sequences)
            body.Graph.Inputs.Add(body.Declare(given[a.Inputs[i].Slot], a.Body.Nodes.First(x => x.Op == LeafOps.Read && x.Slot == a.Inputs[i].Slot)));

        var scan = new OnnxNode("Scan", outputs[0], values, outputs);
        scan.Attributes["body"] = body.Graph;
        scan.Attributes["num_scan_inputs"] = (long)sequences.Length;
        if (a.Reverse)
        {
            scan.Attributes["scan_input_directions"] = Enumerable.Repeat(1L, sequences.Length).ToArray();
            scan.Attributes["scan_output_directions"] = Enumerable.Repeat(1L, outputs.Count - a.States.Count).ToArray();
        }

        e.Graph.Nodes.Add(scan);
    }

    /// <summary>Writes a slice of a loop's value: one of the loop's outputs as a row.</summary>
    public static void WritePart(OnnxEmitter e, Node n)
    {
        if (PartOf(n) is { } part && e.Parts.TryGetValue((n.Inputs[0], part), out string? name))
            e.Set(n, false, "Reshape", [name, e.Whole($"{n.Label ?? "graph"}/row", -1)]);
        else
            OnnxRows.Refused("it uses the states before the iterations of a loop")(e, n);
    }
}
