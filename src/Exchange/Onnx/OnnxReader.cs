using System.Buffers.Binary;
using Google.Protobuf;
using static Google.Protobuf.WireFormat;
using static Nn.Exchange.Onnx.ProtoField;

namespace Nn.Exchange.Onnx;

/// <summary>
/// Reads models. Graphs within attributes are followed a few levels deep; elements are checked against the extents, in 64 bits, before anything is made of
/// them.
/// </summary>
public static class OnnxReader
{
    private const int MaxRank = 32;

    // Loops within loops.
    private const int MaxDepth = 4;

    /// <summary>Bytes of an element of each type that is read.</summary>
    public static IReadOnlyDictionary<OnnxType, int> ElementSizes { get; } = new Dictionary<OnnxType, int>
    {
        [OnnxType.Float] = 4,
        [OnnxType.UInt8] = 1,
        [OnnxType.Int8] = 1,
        [OnnxType.Int32] = 4,
        [OnnxType.Int64] = 8,
        [OnnxType.Bool] = 1,
        [OnnxType.Float16] = 2,
        [OnnxType.Double] = 8,
        [OnnxType.Int16] = 2,
        [OnnxType.UInt16] = 2,
        [OnnxType.UInt32] = 4,
        [OnnxType.UInt64] = 8,
        [OnnxType.BFloat16] = 2,
    };

    // Types of elements that are not read, by number.
    private static readonly Dictionary<long, string> OtherTypes = new()
    {
        [8] = "string",
        [14] = "complex64",
        [15] = "complex128",
        [17] = "float8e4m3fn",
        [18] = "float8e4m3fnuz",
        [19] = "float8e5m2",
        [20] = "float8e5m2fnuz",
        [21] = "uint4",
        [22] = "int4",
        [23] = "float4e2m1",
        [24] = "float8e8m0",
        [25] = "uint2",
        [26] = "int2",
    };

    // The name of what is read, and the folder in which it lies, for elements kept in a file beside it.
    private readonly record struct Origin(string Name, string? Folder, ReadOnlyMemory<byte> Bytes);

    /// <summary>Reads a file, and what it keeps in files beside it.</summary>
    /// <exception cref="NnException">It is missing or damaged, or has elements of types that are not read.</exception>
    public static OnnxModel Load(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > int.MaxValue - 64 })
                throw new NnException(ExitCode.BadFile, $"cannot read {path}: ONNX files end at 2 GB");
            return Read(InputFile.Bytes(path), path, Path.GetDirectoryName(Path.GetFullPath(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException
                ? "there is no such file"
                : Directory.Exists(path)
                ? "it is a folder"
                : e.Message;
            throw new NnException(ExitCode.BadFile, $"cannot read '{path}': {why}", e);
        }
    }

    /// <summary>Reads a file's content.</summary>
    /// <param name="bytes">The content.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="folder">Where files lie in which it keeps elements; null: there are none.</param>
    /// <exception cref="NnException">It is damaged, or has elements of types that are not read.</exception>
    public static OnnxModel Read(byte[] bytes, string name, string? folder = null)
    {
        var origin = new Origin(name, folder, bytes);
        var model = new OnnxModel { IrVersion = 0 };
        bool graph = false;
        try
        {
            ReadMessage(
                new CodedInputStream(bytes),
                One(1, m => model.IrVersion = m.ReadInt64()),
                One(2, m => model.Producer = m.ReadString()),
                One(3, m => model.ProducerVersion = m.ReadString()),
                One(6, m => model.Description = m.ReadString()),
                Message(7, m =>
                {
                    model.Graph = Graph(m, origin, 0);
                    graph = true;
                }),
                Message(8, m =>
                {
                    (string domain, long version) = ("", 0L);
                    ReadMessage(m, One(1, f => domain = f.ReadString()), One(2, f => version = f.ReadInt64()));
                    model.Opsets[Domain(domain)] = version;
                }),
                Message(14, m =>
                {
                    (string key, string value) = ("", "");
                    ReadMessage(m, One(1, f => key = f.ReadString()), One(2, f => value = f.ReadString()));
                    model.Metadata[key] = value;
                }));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw Bad(name, e.Message.Split('\n')[0], e);
        }

        return graph && model.IrVersion > 0 ? model : throw Bad(name, "it has no graph");
    }

    private static OnnxGraph Graph(CodedInputStream input, Origin file, int depth)
    {
        if (depth > MaxDepth) throw Bad(file.Name, $"its graphs are nested more than {MaxDepth} deep");
        var graph = new OnnxGraph();
        ReadMessage(
            input,
            Message(1, m => graph.Nodes.Add(Node(m, file, depth))),
            One(2, m => graph.Name = m.ReadString()),
            Message(5, m => graph.Initializers.Add(Tensor(m, file))),
            Message(11, m => graph.Inputs.Add(Value(m))),
            Message(12, m => graph.Outputs.Add(Value(m))),
            One(15, _ => throw Unread(file.Name, "it has sparse tensors")));
        return graph;
    }

    private static OnnxNode Node(CodedInputStream input, Origin file, int depth)
    {
        List<string> inputs = [], outputs = [];
        string name = "", type = "", domain = "";
        var attributes = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        ReadMessage(
            input,
            One(1, m => inputs.Add(m.ReadString())),
            One(2, m => outputs.Add(m.ReadString())),
            One(3, m => name = m.ReadString()),
            One(4, m => type = m.ReadString()),
            Message(5, m =>
            {
                (string key, object? value) = Attribute(m, file, depth);
                attributes[key] = value;
            }),
            One(7, m => domain = m.ReadString()));
        return new OnnxNode(type, name, inputs, outputs) { Domain = Domain(domain), Attributes = attributes };
    }

    private static (string Name, object? Value) Attribute(CodedInputStream input, Origin file, int depth)
    {
        string name = "", text = "";
        (float single, long whole, OnnxTensor? tensor, OnnxGraph? graph, long kind) = (0, 0, null, null, 0);
        List<float> floats = [];
        List<long> wholes = [];
        List<string> texts = [];
        ReadMessage(
            input,
            One(1, m => name = m.ReadString()),
            One(2, m => single = m.ReadFloat()),
            One(3, m => whole = m.ReadInt64()),
            One(4, m => text = m.ReadBytes().ToStringUtf8()),
            Message(5, m => tensor = Tensor(m, file)),
            Message(6, m => graph = Graph(m, file, depth + 1)),
            List(7, WireType.Fixed32, m => floats.Add(m.ReadFloat())),
            List(8, WireType.Varint, m => wholes.Add(m.ReadInt64())),
            One(9, m => texts.Add(m.ReadBytes().ToStringUtf8())),
            One(20, m => kind = m.ReadInt64()));
        object? value = kind switch
        {
            1 => single,
            2 => whole,
            3 => text,
            4 => tensor,
            5 => graph,
            6 => floats.ToArray(),
            7 => wholes.ToArray(),
            8 => texts.ToArray(),
            _ => null,
        };
        return (name, value);
    }

    private static OnnxTensor Tensor(CodedInputStream input, Origin file)
    {
        string name = "";
        (long type, ReadOnlyMemory<byte>? raw, bool elsewhere) = (0, null, false);
        var entries = new Dictionary<string, string>();
        List<long> dims = [];
        // Elements in lists of their own kind, where they are not raw bytes.
        List<float> floats = [];
        List<double> doubles = [];
        List<long> wholes = [];
        ReadMessage(
            input,
            List(1, WireType.Varint, m => dims.Add(m.ReadInt64())),
            One(2, m => type = m.ReadInt64()),
            List(4, WireType.Fixed32, m => floats.Add(m.ReadFloat())),
            List(5, WireType.Varint, m => wholes.Add(m.ReadInt32())),
            List(7, WireType.Varint, m => wholes.Add(m.ReadInt64())),
            One(8, m => name = m.ReadString()),
            Raw(9, file.Bytes, m => raw = m),
            List(10, WireType.Fixed64, m => doubles.Add(m.ReadDouble())),
            List(11, WireType.Varint, m => wholes.Add(unchecked((long)m.ReadUInt64()))),
            Message(13, m =>
            {
                (string key, string value) = ("", "");
                ReadMessage(m, One(1, f => key = f.ReadString()), One(2, f => value = f.ReadString()));
                entries[key] = value;
            }),
            One(14, m => elsewhere = m.ReadInt64() == 1));
        if (!ElementSizes.TryGetValue((OnnxType)type, out int size))
            throw OtherTypes.TryGetValue(type, out string? other)
                ? Unread(file.Name, $"'{name}' has elements of type {other}, which are not read")
                : Bad(file.Name, $"'{name}' has elements of type {type}, which there is not");
        if (dims.Count > MaxRank) throw Bad(file.Name, $"'{name}' has {dims.Count} axes");
        double count = 1;
        foreach (long dim in dims) count *= dim is >= 0 and <= int.MaxValue ? dim : throw Bad(file.Name, $"'{name}' has an extent of {dim}");
        if (elsewhere)
        {
            if (count * size > Array.MaxLength) throw Unread(file.Name, $"'{name}' of {string.Join('x', dims)} is too large");
            raw = OnnxExternal.Read(file.Folder, entries, (long)count * size, out string why) ?? throw Unread(file.Name, $"'{name}' is not in it: {why}");
        }

        ReadOnlyMemory<byte> bytes = raw ?? (OnnxType)type switch
        {
            OnnxType.Float => Bytes(floats, size, (b, v) => BinaryPrimitives.WriteSingleLittleEndian(b, v)),
            OnnxType.Double => Bytes(doubles, size, (b, v) => BinaryPrimitives.WriteDoubleLittleEndian(b, v)),
            _ => Bytes(wholes, size, (b, v) =>
            {
                for (int i = 0; i < b.Length; i++) b[i] = (byte)(v >> (8 * i));
            }),
        };
        if (count * size != bytes.Length) throw Bad(file.Name, $"'{name}' of {string.Join('x', dims)} has {bytes.Length:N0} bytes, not {count * size:N0}");
        return new OnnxTensor(name, (OnnxType)type, dims, bytes);
    }

    private delegate void Put<T>(Span<byte> to, T value);

    private static byte[] Bytes<T>(List<T> values, int size, Put<T> put)
    {
        var bytes = new byte[checked(values.Count * size)];
        for (int i = 0; i < values.Count; i++) put(bytes.AsSpan(i * size, size), values[i]);
        return bytes;
    }

    private static OnnxValue Value(CodedInputStream input)
    {
        string name = "";
        long type = 0;
        List<OnnxDim>? dims = null;
        ReadMessage(
            input,
            One(1, m => name = m.ReadString()),
            Message(2, m => ReadMessage(m, Message(1, tensor => ReadMessage(
                tensor,
                One(1, f => type = f.ReadInt64()),
                Message(2, shape =>
                {
                    dims = [];
                    ReadMessage(shape, Message(1, dim =>
                    {
                        (long? size, string? text) = (null, null);
                        ReadMessage(dim, One(1, f => size = f.ReadInt64()), One(2, f => text = f.ReadString()));
                        dims.Add(new OnnxDim(size, text));
                    }));
                }))))));
        return new OnnxValue(name, Enum.IsDefined((OnnxType)type) ? (OnnxType)type : OnnxType.Undefined, dims);
    }

    private static string Domain(string name) => name == "ai.onnx" ? "" : name;

    private static NnException Bad(string name, string why, Exception? inner = null) => new(ExitCode.BadFile, $"{name} is no valid ONNX file: {why}", inner);

    // What is valid, and not read all the same.
    private static NnException Unread(string name, string why) => new(ExitCode.BadFile, $"{name} cannot be imported: {why}");
}
