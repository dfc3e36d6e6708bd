using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Tests.Unit.Files;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tensors_and_metadata_survive_a_round_trip()
    {
        Safetensors file = Sample();
        file.Save(_folder.File("a"));
        Safetensors read = Safetensors.Load(_folder.File("a"));
        Assert.Equal(file.Metadata, read.Metadata);
        Assert.Equal(file.Tensors.Keys, read.Tensors.Keys);
        foreach ((string name, StoredTensor t) in file.Tensors)
        {
            Assert.Equal((t.Shape, t.Type), (read.Tensors[name].Shape, read.Tensors[name].Type));
            Assert.Equal(t.Bytes, read.Tensors[name].Bytes);
        }
    }

    [Fact]
    public void The_layout_is_the_published_one()
    {
        var file = new Safetensors();
        file.Tensors["b"] = new StoredTensor(new Shape(2), DType.F32, [1, 2, 3, 4, 5, 6, 7, 8]);
        file.Metadata["k"] = "v";
        byte[] bytes = Bytes(file);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.Equal(0, (8 + length) % 8);
        // The sum by Python's hashlib over each text, its length before it, and the bytes.
        Assert.Equal(
            """{"__metadata__":{"nn.sha256":"1774825fcf62729355980599f64ea04fc7f85fda79c284c2b1dc11ebafdece9f","k":"v"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], bytes[(8 + length)..]);
    }

    [Fact]
    public void No_bit_of_what_a_file_holds_changes_unnoticed()
    {
        Safetensors file = Sample();
        byte[] whole = Bytes(file);
        int refused = 0;
        for (int bit = 0; bit < 8 * whole.Length; bit++)
        {
            byte[] changed = [.. whole];
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            Safetensors read;
            try
            {
                read = Read(changed);
            }
            catch (NnException e)
            {
                Assert.Equal(ExitCode.BadFile, e.Code);
                refused++;
                continue;
            }

            // What is let through names the sum in another way, or a key of the header, and holds the same.
            foreach ((string key, string value) in file.Metadata) Assert.Equal(value, read.Metadata[key]);
            foreach ((string name, StoredTensor t) in file.Tensors)
                Assert.True(t.Shape == read.Tensors[name].Shape && t.Bytes.AsSpan().SequenceEqual(read.Tensors[name].Bytes));
        }

        Assert.InRange(refused, 8 * (whole.Length - 40), 8 * whole.Length);
    }

    [Fact]
    public void A_file_is_whole_in_whatever_order_another_program_writes_it()
    {
        byte[] whole = Bytes(Sample());
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        string digest = JsonDocument.Parse(Encoding.UTF8.GetString(whole, 8, length)).RootElement.GetProperty("__metadata__").GetProperty("nn.sha256")
            .GetString()!;
        var sample = Sample();
        var header = new StringBuilder("{");
        var data = new MemoryStream();
        foreach ((string name, StoredTensor t) in sample.Tensors.Reverse())
        {
            long at = data.Length;
            data.Write(t.Bytes);
            string type = t.Type == DType.U8 ? "U8" : t.Type == DType.I32 ? "I32" : "F32";
            header.Append(
                $"{JsonSerializer.Serialize(name)}:{{\"dtype\":\"{type}\",\"shape\":[{string.Join(',', t.Shape)}],\"data_offsets\":[{at},{data.Length}]}},");
        }

        sample.Metadata["nn.sha256"] = digest;
        header.Append($"\"__metadata__\":{JsonSerializer.Serialize(sample.Metadata)}}}");
        Assert.Equal(sample.Tensors.Keys, Read(Raw(header.ToString(), data.ToArray())).Tensors.Keys);
        Assert.Contains("does not have the SHA-256", Assert.Throws<NnException>(() => Read(Raw(header.ToString(), [.. data.ToArray()[..^1], 99]))).Message);
    }

    [Fact]
    public void A_file_of_another_writer_is_read()
    {
        // Offsets not in the order of the names, spaces, unknown order of keys, a scalar, an empty tensor.
        byte[] bytes = Raw(
            """{ "z":{"shape":[],"dtype":"F32","data_offsets":[0,4]}, "a":{"data_offsets":[4,6],"dtype":"U8","shape":[2,1]}, "e":{"dtype":"I32","shape":[0,3],"data_offsets":[6,6]} }  """, [0, 0, 128, 63, 7, 8]);
        Safetensors read = Read(bytes);
        Assert.Equal(1f, BitConverter.ToSingle(read.Tensors["z"].Bytes));
        Assert.Equal([7, 8], read.Tensors["a"].Bytes);
        Assert.Equal(new Shape(0, 3), read.Tensors["e"].Shape);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "does not take bytes 0..4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "begins at 4, where 0 is wanted")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "without gap or overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'a' appears twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "promises 4 bytes of data, it has 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[250000000000000000],"data_offsets":[0,1000000000000000000]}}""", "extent of 250000000000000000")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""", "does not take bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1000000000000000000]}}""", "does not take bytes")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2000000000],"data_offsets":[0,2000000000]}}""", "promises 2,000,000,000 bytes of data, it has 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}}""", "extent of -1")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "does not take bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "two offsets")]
    [InlineData("""{"a":{"dtype":"","shape":[1],"data_offsets":[0,8]}}""", "'a' has no type")]
    [InlineData("""{"a":{"dtype":"I8","shape":[1],"data_offsets":[4,8]}}""", "begins at 4, where 0 is wanted")]
    [InlineData("""{"a":{"dtype":5,"shape":[1],"data_offsets":[0,8]}}""", "no valid JSON of this format")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,8]}}""", "no valid JSON of this format")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,8]}}""", "no valid JSON of this format")]
    [InlineData("""{"a":7}""", "no valid JSON of this format")]
    [InlineData("""{"__metadata__":{"k":7}}""", "no valid JSON of this format")]
    [InlineData("""{"__metadata__":7}""", "no valid JSON of this format")]
    [InlineData("""[]""", "its header is no object")]
    [InlineData("""{"a":""", "no valid JSON of this format")]
    [InlineData("""{} {}""", "no valid JSON of this format")]
    [InlineData("", "no valid JSON of this format")]
    public void A_header_that_breaks_a_rule_is_refused_with_the_rule(string header, string message)
    {
        NnException e = Assert.Throws<NnException>(() => Read(Raw(header, new byte[8])));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.StartsWith("test is no valid safetensors file: ", e.Message);
        Assert.Contains(message, e.Message);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(1ul)]
    [InlineData(100ul)]
    [InlineData(99_999_999ul)]
    [InlineData(1ul << 62)]
    [InlineData(ulong.MaxValue)]
    public void A_lying_header_length_takes_no_memory(ulong length)
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Read(bytes)).Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Deep_and_broad_headers_end_in_bounded_memory()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<NnException>(() => Read(Raw(new string('[', 1_000_000), [])));
        Assert.Throws<NnException>(() => Read(Raw(string.Concat(Enumerable.Repeat("{\"a\":", 300_000)), [])));
        Assert.Throws<NnException>(
            () =>
                Read(Raw("{" + string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"))
                    + "}", [1])));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000_000);
    }

    // Quantized weights, places, masks: what is beside the weights must not keep them from being read.
    [Fact]
    public void Tensors_of_other_types_are_passed_over_and_named()
    {
        byte[] bytes = Raw(
            """{"q":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"w":{"dtype":"F32","shape":[1],"data_offsets":[2,6]},"p":{"dtype":"F4","shape":[4],"data_offsets":[6,8]}}""", [1, 2, 0, 0, 128, 63, 9, 9]);
        Safetensors read = Read(bytes);
        Assert.Equal(1f, BitConverter.ToSingle(read.Tensors.Single().Value.Bytes));
        Assert.Equal(new Dictionary<string, string> { ["q"] = "I8", ["p"] = "F4" }, read.Unread);
    }

    [Theory]
    [InlineData("PK\u0003\u0004 and what a zip archive has more of")]
    [InlineData("\u0080\u0002}q\u0000(X and what a pickle has more of")]
    public void A_pickle_under_another_name_is_told_as_one(string start)
    {
        string message = Assert.Throws<NnException>(() => Read(Encoding.Latin1.GetBytes(start))).Message;
        Assert.Contains("it is a pickle of Python", message);
        Assert.Contains("safetensors.torch.save_file(", message);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] bytes = Bytes(Sample());
        for (int length = 0; length < bytes.Length; length++)
            Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Read(bytes[..length])).Code);
    }

    [Fact]
    public void A_missing_file_says_so()
    {
        NnException e = Assert.Throws<NnException>(() => Safetensors.Load(_folder.File("none")));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains("none", e.Message);
        Assert.Equal(ExitCode.BadFile, Assert.Throws<NnException>(() => Safetensors.Load(_folder.Path)).Code);
    }

    private static Safetensors Sample()
    {
        var file = new Safetensors();
        file.Tensors["weights"] = new StoredTensor(new Shape(2, 3), DType.F32, [.. Enumerable.Range(0, 24).Select(i => (byte)i)]);
        file.Tensors["step"] = new StoredTensor(Shape.Scalar, DType.I32, [1, 0, 0, 0]);
        file.Tensors["image"] = new StoredTensor(new Shape(5), DType.U8, [1, 2, 3, 4, 5]);
        file.Tensors["nothing"] = new StoredTensor(new Shape(0), DType.F32, []);
        file.Metadata["script"] = "model m { dense 1 } # \"quoted\" Ü\n";
        return file;
    }

    private static byte[] Bytes(Safetensors file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }

    private static byte[] Raw(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. data];
    }

    private static Safetensors Read(byte[] bytes) => Safetensors.Read(new MemoryStream(bytes), bytes.Length, "test");
}
