using System.Runtime.InteropServices;
using Nn.Exchange.Onnx;

namespace Nn.Tests.Unit.Onnx;

/// <summary>Weights lie where the file was read to until a layer takes them, and are numbers of 32 bits from there on.</summary>
public class ImportMemoryTests
{
    [Theory]
    [InlineData(0L)]
    [InlineData(1L)]
    public void An_import_allocates_its_weights_a_few_times(long turned)
    {
        const int Width = 1024, Layers = 3;
        var model = new OnnxModel { Producer = "test" };
        model.Graph.Inputs.Add(new OnnxValue("x0", OnnxType.Float, [new OnnxDim(null, "n"), new OnnxDim(Width)]));
        for (int i = 0; i < Layers; i++)
        {
            float[] values = [.. Enumerable.Range(0, Width * Width).Select(k => (k + i) % 7 / 100f)];
            model.Graph.Initializers.Add(new OnnxTensor($"w{i}", OnnxType.Float, [Width, Width], MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));
            var gemm = new OnnxNode("Gemm", "", [$"x{i}", $"w{i}"], [$"x{i + 1}"]);
            gemm.Attributes["transB"] = turned;
            model.Graph.Nodes.Add(gemm);
        }

        model.Graph.Outputs.Add(new OnnxValue($"x{Layers}", OnnxType.Float, null));
        using var stream = new MemoryStream();
        OnnxWriter.Write(model, stream);
        byte[] file = stream.ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        OnnxImported imported = OnnxImport.Convert(OnnxReader.Read(file, "m"), "m");
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(Layers, imported.Weights.Tensors.Count);
        Assert.InRange(allocated, file.Length, 3L * file.Length);
        // The second row, or the second column, of the first table.
        ReadOnlySpan<float> first = MemoryMarshal.Cast<byte, float>(imported.Weights.Tensors.First().Value.Bytes);
        Assert.Equal((turned == 1 ? 1 : Width) % 7 / 100f, first[Width]);
    }
}
