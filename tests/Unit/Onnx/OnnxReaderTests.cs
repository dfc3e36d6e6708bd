using System.Text;
using Nn.Exchange.Onnx;

namespace Nn.Tests.Unit.Onnx;

public class OnnxReaderTests
{
    [Fact]
    public void Elements_in_lists_are_read_like_raw_bytes()
    {
        // TensorProto by hand: dims 2 2 (packed), data_type 1, float_data 1 −2 0.5 4 (packed), name "w"; within graph field 5, within model field 7.
        byte[] floats = [.. new[] { 1f, -2f, 0.5f, 4f }.SelectMany(BitConverter.GetBytes)];
        byte[] tensor = [0x0a, 2, 2, 2, 0x10, 1, 0x22, 16, .. floats, 0x42, 1, (byte)'w'];
        OnnxTensor read = OnnxReader.Read(Model(tensor), "m").Graph.Initializers.Single();
        Assert.Equal(("w", OnnxType.Float, "2x2"), (read.Name, read.Type, string.Join('x', read.Dims)));
        Assert.Equal(floats, read.Bytes.ToArray());

        // dims 3 (one field each), data_type 7, int64_data −1 300 0, unpacked.
        byte[] whole = [0x08, 3, 0x10, 7, 0x38, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x38, 0xac, 2, 0x38, 0];
        Assert.Equal([.. new[] { -1L, 300, 0 }.SelectMany(BitConverter.GetBytes)],
            OnnxReader.Read(Model(whole), "m").Graph.Initializers.Single().Bytes.ToArray());
    }

    [Theory]
    [InlineData(new byte[] { 0x08, 3, 0x10, 1 }, "has 0 bytes, not 12")]
    [InlineData(new byte[] { 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x10, 1 }, "an extent of -1")]
    [InlineData(new byte[] { 0x08, 0xff, 0xff, 0xff, 0x7f, 0x08, 0xff, 0xff, 0xff, 0x7f, 0x08, 0xff, 0xff, 0xff, 0x7f, 0x10, 1 }, "has 0 bytes")]
    [InlineData(new byte[] { 0x10, 8 }, "has elements of type string, which are not read")]
    [InlineData(new byte[] { 0x10, 1, 0x70, 1 }, "its elements are in another file")]
    [InlineData(new byte[] { 0x4a, 0xff, 0xff, 0xff, 0x7f }, "is no valid ONNX file")]
    public void Tensors_that_lie_are_refused(byte[] tensor, string message)
    {
        NnException e = Assert.Throws<NnException>(() => OnnxReader.Read(Model(tensor), "m.onnx"));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains(message, e.Message);
    }

    [Fact]
    public void Deep_nesting_and_endless_groups_end_in_bounded_memory()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        // Groups, which nest without lengths.
        Assert.Throws<NnException>(() => OnnxReader.Read([.. Enumerable.Repeat((byte)0x7b, 1_000_000)], "m"));
        Assert.Throws<NnException>(() => OnnxReader.Read([], "m"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000);
    }

    [Fact]
    public void Graphs_in_graphs_are_read_a_few_levels_deep()
    {
        // A node with an attribute (name "g", type 5) that holds the next graph; each level is field 1 of a graph, 5 of a node, 6 of an attribute.
        static byte[] Field(int number, byte[] content)
        {
            var length = new List<byte>();
            for (int rest = content.Length; ; rest >>= 7)
            {
                length.Add((byte)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
                if (rest <= 0x7f) return [(byte)(number << 3 | 2), .. length, .. content];
            }
        }

        static OnnxModel Nested(int levels)
        {
            byte[] graph = Field(2, [(byte)'i']);
            for (int i = 0; i < levels; i++) graph = Field(1, Field(5, [.. Field(1, [(byte)'g']), .. Field(6, graph), 0xa0, 1, 5]));
            return OnnxReader.Read([0x08, 8, .. Field(7, graph)], "m.onnx");
        }

        OnnxGraph inner = Nested(3).Graph;
        for (int i = 0; i < 3; i++) inner = Assert.IsType<OnnxGraph>(inner.Nodes.Single().Attributes["g"]);
        Assert.Equal("i", inner.Name);
        Assert.Contains("nested more than", Assert.Throws<NnException>(() => Nested(5)).Message);
        Assert.Contains("nested more than", Assert.Throws<NnException>(() => Nested(2000)).Message);
    }

    /// <summary>Elements in a file beside the model are read; no other file is.</summary>
    [Theory]
    [InlineData("w.bin", "4", "8", null)]
    [InlineData("below/w.bin", null, null, null)]
    [InlineData("w.bin", "8", "8", "the elements would end at 16")]
    [InlineData("w.bin", "-1", "8", "the elements would end at 7")]
    [InlineData("w.bin", "9223372036854775807", "8", "the elements would end at")]
    [InlineData("w.bin", "0", "12", "it has 12 bytes in 'w.bin', not 8")]
    [InlineData("missing.bin", null, null, "which is not beside the model")]
    [InlineData("../w.bin", null, null, "which is not beside the model")]
    [InlineData("below/../../w.bin", null, null, "which is not beside the model")]
    [InlineData("/etc/passwd", null, null, "which is not beside the model")]
    [InlineData("below\\w.bin", null, null, "which is not beside the model")]
    [InlineData("link.bin", null, null, "which is not beside the model")]
    [InlineData("linked/w.bin", null, null, "which is not beside the model")]
    [InlineData("", null, null, "another file, which is not named")]
    public void Elements_beside_the_model_are_read(string location, string? offset, string? length, string? message)
    {
        using var folder = new TemporaryFolder();
        string models = Path.Combine(folder.Path, "models");
        Directory.CreateDirectory(Path.Combine(models, "below"));
        byte[] elements = [0, 0, 0, 0, .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)];
        File.WriteAllBytes(Path.Combine(models, "w.bin"), elements);
        File.WriteAllBytes(Path.Combine(models, "below", "w.bin"), elements[4..]);
        File.WriteAllBytes(Path.Combine(folder.Path, "w.bin"), elements[4..]);
        File.CreateSymbolicLink(Path.Combine(models, "link.bin"), Path.Combine(folder.Path, "w.bin"));
        Directory.CreateSymbolicLink(Path.Combine(models, "linked"), folder.Path);
        byte[] Entry(string key, string? value) => value is null ? []
            : Field(13, [.. Field(1, Encoding.UTF8.GetBytes(key)), .. Field(2, Encoding.UTF8.GetBytes(value))]);
        File.WriteAllBytes(Path.Combine(models, "m.onnx"),
            Model([0x08, 2, 0x10, 1, .. Entry("location", location), .. Entry("offset", offset), .. Entry("length", length), 0x70, 1]));
        OnnxModel Load() => OnnxReader.Load(Path.Combine(models, "m.onnx"));
        if (message is null)
        {
            Assert.Equal(elements[4..], Load().Graph.Initializers.Single().Bytes.ToArray());
            return;
        }

        NnException e = Assert.Throws<NnException>(Load);
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains(message, e.Message);
        Assert.DoesNotContain("no valid ONNX", e.Message);
    }

    /// <summary>Whole and floating-point numbers of every size.</summary>
    [Theory]
    [InlineData(OnnxType.Int16, new byte[] { 0xfe, 0xff, 0x2c, 0x01 }, new[] { -2.0, 300 })]
    [InlineData(OnnxType.UInt16, new byte[] { 0xfe, 0xff, 0x2c, 0x01 }, new[] { 65534.0, 300 })]
    [InlineData(OnnxType.UInt32, new byte[] { 0xfe, 0xff, 0xff, 0xff, 3, 0, 0, 0 }, new[] { 4294967294.0, 3 })]
    [InlineData(OnnxType.UInt64, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80, 3, 0, 0, 0, 0, 0, 0, 0 }, new[] { 9223372036854775808.0, 3 })]
    [InlineData(OnnxType.BFloat16, new byte[] { 0xc0, 0x3f, 0x00, 0xc0 }, new[] { 1.5, -2 })]
    [InlineData(OnnxType.Float16, new byte[] { 0x00, 0x3e, 0x00, 0xc0 }, new[] { 1.5, -2 })]
    public void Elements_of_every_size_are_read(OnnxType type, byte[] raw, double[] values)
    {
        OnnxTensor read = OnnxReader.Read(Model([0x08, 2, 0x10, (byte)type, .. Field(9, raw)]), "m").Graph.Initializers.Single();
        Assert.Equal(values, OnnxKnown.Of(read).Values);
    }

    private static byte[] Field(int number, byte[] content) => [.. Varint(number << 3 | 2), .. Varint(content.Length), .. content];

    private static IEnumerable<byte> Varint(int n)
    {
        for (; n > 127; n >>= 7) yield return (byte)(n | 128);
        yield return (byte)n;
    }

    // ir_version 8, a graph with one initializer.
    private static byte[] Model(byte[] tensor) => [0x08, 8, .. Field(7, Field(5, tensor))];
}
