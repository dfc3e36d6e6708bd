using System.Globalization;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>The input of a file as that of a script.</summary>
/// <param name="Value">What the file's name stands for.</param>
/// <param name="Line">The input of the script.</param>
/// <param name="Order">For each axis of the script's input, samples first, the axis of the file's.</param>
internal sealed record ImportedInput(Flow Value, InputLine Line, IReadOnlyList<int> Order)
{
    private static readonly string[] Windowed = ["Conv", "ConvTranspose", "MaxPool", "AveragePool", "BatchNormalization", "InstanceNormalization", "Pad"];

    /// <summary>Reads the input of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">Its input.</param>
    /// <param name="channelsFirst">Whether images have their channels first.</param>
    public static Made<ImportedInput> Of(OnnxModel model, OnnxValue input, bool channelsFirst)
    {
        if (input.Dims is not { Count: >= 2 and <= 4 } dims) return new Refusal($"its input '{input.Name}' is no batch of vectors, sequences or images");
        // Elsewhere time may come first.
        int batch = dims[0].Size is not null && dims.Count > 2 && dims[1].Size is null ? 1 : 0, rank = dims.Count;
        if (dims.Where((d, i) => i != batch && d.Size is not (> 0 and <= LineBook.MaxExtent)).Any())
        {
            string sizes = string.Join('x', dims.Select(d => d.Size?.ToString(CultureInfo.InvariantCulture) ?? d.Name ?? "?"));
            return new Refusal($"its input '{input.Name}' is of {sizes}: sizes but that of the batch must be known; "
                + "export it for a fixed size, with dynamic_axes for the batch alone");
        }

        Dim samples = dims[batch].Size is { } fixedSize ? (int)Math.Clamp(fixedSize, 1, LineBook.MaxExtent) : Dim.Batch;
        Dim[] sample = [.. dims.Where((_, i) => i != batch).Select(d => (Dim)(int)d.Size!)];
        if (sample.Aggregate(samples.IsKnown ? samples.Extent : 1.0, (n, d) => n * d) > 1L << 40) return new Refusal($"its input '{input.Name}' is too large");
        if (!OnnxReader.ElementSizes.ContainsKey(input.Type) || input.Type == OnnxType.BFloat16)
            return new Refusal($"its input '{input.Name}' has elements of a type that is not read");
        bool symbols = input.Type is OnnxType.Int64 or OnnxType.Int32;
        // Sequences have their channels first where a window goes over them.
        bool windowed = model.Producer != "nn" && model.Graph.Nodes.Any(n => Windowed.Contains(n.Type) && n.Inputs.Count > 0 && n.Inputs[0] == input.Name);
        bool first = batch == 0 && !symbols && (sample.Length == 3 ? channelsFirst : sample.Length == 2 && windowed);
        var line = new InputLine([samples, .. first ? [.. sample[1..], sample[0]] : sample], symbols);
        int[] plain = [.. Enumerable.Range(0, rank)], turned = [1, 0, .. Enumerable.Range(2, rank - 2)];
        int[] order = first ? [0, rank - 1, .. Enumerable.Range(1, rank - 2)] : batch == 1 ? turned : plain;
        int[] back = first ? [0, .. Enumerable.Range(2, rank - 2), 1] : order;
        // Bytes are 0 to 1 in the language.
        OnnxFormula formula = input.Type == OnnxType.UInt8
            ? OnnxFormula.Of(new OnnxNode("Mul", "", [], []), [OnnxFormula.X, OnnxFormula.Number(FieldForm.White)])!
            : OnnxFormula.X;
        return new ImportedInput(new Flow(line, OnnxLayout.Plain(line.Shape).Transpose(order), formula), line, back);
    }

    /// <summary>
    /// Images have their channels first, where nothing says otherwise: a step that turns them so at the beginning, which tools for channels last write, or
    /// extents that only colours have.
    /// </summary>
    public static bool HasChannelsFirst(OnnxModel model)
    {
        var stored = model.Graph.Initializers.Select(t => t.Name).ToHashSet();
        if (model.Producer == "nn" || model.Graph.Inputs.FirstOrDefault(i => !stored.Contains(i.Name)) is not { Dims: { Count: 4 } dims } input)
            return model.Producer != "nn";
        var same = new HashSet<string> { input.Name };
        foreach (OnnxNode n in model.Graph.Nodes.Where(n => n.Inputs.Any(same.Contains)))
        {
            if (n.Type == "Transpose") return n.Wholes("perm") is not [0, 3, 1, 2];
            if (Windowed.Contains(n.Type)) return true;
            // Arithmetic on single elements leaves the axes as they are.
            if (PointwiseReader.Is(OnnxSchema.Trimmed(n))) same.UnionWith(n.Outputs);
        }

        return !(dims[3].Size is 1 or 3 or 4) || dims[1].Size is 1 or 3 or 4;
    }
}
