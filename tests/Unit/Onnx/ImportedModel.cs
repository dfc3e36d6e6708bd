using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Dsl;
using Nn.Exchange.Onnx;
using Nn.Files;
using Nn.Graphs;
using Nn.Training;

namespace Nn.Tests.Unit.Onnx;

/// <summary>Runs what was imported, and compares it with what should come out, whichever way the axes lie.</summary>
internal static class ImportedModel
{
    /// <summary>
    /// The outputs for an input, on the processor; with the shape of the output. An input of images may have its channels first, as it does in most files.
    /// </summary>
    public static (int[] Shape, float[] Values) Run(OnnxImported imported, Tensor input, bool symbols)
    {
        Model model = ImportedScript.Bind(imported, "m");
        Tensor given = Transposed(input, [.. imported.Order]);
        Assert.Equal([.. model.Input], given.Dims[1..]);
        var form = new FieldForm(model.Input, symbols ? DType.I32 : DType.F32);
        using var inference = new Inference(Training.Script.OneThread, model, form, given.Dims[0]);
        foreach (Parameter p in model.Parameters)
        {
            StoredTensor stored = imported.Weights.Tensors[p.Name];
            Assert.Equal(p.Shape, stored.Shape);
            inference.Write(p, stored.Bytes);
        }

        float[] values = inference.Run(symbols
            ? MemoryMarshal.AsBytes(Array.ConvertAll(given.Data, v => (int)v).AsSpan())
            : MemoryMarshal.AsBytes(Array.ConvertAll(given.Data, v => (float)v).AsSpan()));
        return ([given.Dims[0], .. model.Output], values);
    }

    /// <summary>
    /// Whether the values are those expected, with the axes in any order: layers of the language have channels last, and turn no axes at the end.
    /// </summary>
    public static bool Agrees(int[] shape, float[] values, Tensor expected, double relative = 1e-3, double absolute = 1e-5)
    {
        if (values.Length != expected.Data.Length) return false;
        int[] wanted = [.. shape.Where(d => d != 1)];
        foreach (int[] order in Orders(expected.Rank))
        {
            if (!order.Select(a => expected.Dims[a]).Where(d => d != 1).SequenceEqual(wanted)) continue;
            double[] turned = Transposed(expected, order).Data;
            if (turned.Zip(values).All(p => Near(p.First, p.Second, relative, absolute))) return true;
        }

        return false;
    }

    private static bool Near(double wanted, float given, double relative, double absolute) => double.IsNaN(wanted) ? float.IsNaN(given)
        : double.IsInfinity(wanted) || Math.Abs(wanted) > float.MaxValue ? given == (float)wanted
        : Math.Abs(wanted - given) <= absolute + relative * Math.Abs(wanted);

    private static Tensor Transposed(Tensor x, int[] order) => Tensor.Make([.. order.Select(a => x.Dims[a])], at =>
    {
        var from = new int[at.Length];
        for (int i = 0; i < at.Length; i++) from[order[i]] = at[i];
        return x[from];
    });

    private static IEnumerable<int[]> Orders(int rank) =>
        rank == 0 ? [[]] : Orders(rank - 1).SelectMany(o => Enumerable.Range(0, rank).Select(i => (int[])[.. o[..i], rank - 1, .. o[i..]]));
}
