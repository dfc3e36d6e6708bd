using Google.Protobuf;

namespace Nn.Exchange.Onnx;

/// <summary>Writes models. The field numbers are those of the published onnx.proto3.</summary>
public static class OnnxWriter
{
    /// <summary>Writes a file, whole or not at all.</summary>
    public static void Save(OnnxModel model, string path)
    {
        long bytes = model.Graph.Initializers.Sum(t => (long)t.Bytes.Length);
        if (bytes > int.MaxValue - (1 << 24))
            throw new NnException(ExitCode.BadFile, $"cannot write {path}: an ONNX file holds at most 2 GB, the weights are {bytes / 1e9:F1} GB");
        AtomicFile.Write(path, stream => Write(model, stream));
    }

    /// <summary>Writes to a stream.</summary>
    public static void Write(OnnxModel model, Stream stream) => Message(o =>
    {
        Number(o, 1, model.IrVersion);
        Text(o, 2, model.Producer);
        Text(o, 3, model.ProducerVersion);
        Text(o, 6, model.Description);
        Nested(o, 7, m => Graph(m, model.Graph));
        foreach ((string domain, long version) in model.Opsets)
        {
            Nested(o, 8, m =>
            {
                Text(m, 1, domain);
                Number(m, 2, version);
            });
        }

        foreach ((string key, string value) in model.Metadata)
        {
            Nested(o, 14, m =>
            {
                Text(m, 1, key);
                Text(m, 2, value);
            });
        }
    }).WriteTo(stream);

    private static void Graph(CodedOutputStream o, OnnxGraph graph)
    {
        foreach (OnnxNode node in graph.Nodes) Nested(o, 1, m => Node(m, node));
        Text(o, 2, graph.Name);
        foreach (OnnxTensor tensor in graph.Initializers) Nested(o, 5, m => Tensor(m, tensor));
        foreach (OnnxValue value in graph.Inputs) Nested(o, 11, m => Value(m, value));
        foreach (OnnxValue value in graph.Outputs) Nested(o, 12, m => Value(m, value));
    }

    private static void Node(CodedOutputStream o, OnnxNode node)
    {
        foreach (string name in node.Inputs) Always(o, 1, name);
        foreach (string name in node.Outputs) Always(o, 2, name);
        Text(o, 3, node.Name);
        Text(o, 4, node.Type);
        foreach ((string name, object? value) in node.Attributes) Nested(o, 5, m => Attribute(m, name, value));
        Text(o, 7, node.Domain);
    }

    private static void Attribute(CodedOutputStream o, string name, object? value)
    {
        Text(o, 1, name);
        switch (value)
        {
            case float f:
                o.WriteTag(2, WireFormat.WireType.Fixed32);
                o.WriteFloat(f);
                Number(o, 20, 1);
                break;
            case long i:
                Number(o, 3, i);
                Number(o, 20, 2);
                break;
            case string s:
                Always(o, 4, s);
                Number(o, 20, 3);
                break;
            case OnnxTensor t:
                Nested(o, 5, m => Tensor(m, t));
                Number(o, 20, 4);
                break;
            case OnnxGraph g:
                Nested(o, 6, m => Graph(m, g));
                Number(o, 20, 5);
                break;
            case float[] all:
                foreach (float f in all)
                {
                    o.WriteTag(7, WireFormat.WireType.Fixed32);
                    o.WriteFloat(f);
                }

                Number(o, 20, 6);
                break;
            case long[] all:
                foreach (long i in all) Number(o, 8, i);
                Number(o, 20, 7);
                break;
            default: throw new ArgumentException($"an attribute cannot be {value?.GetType().Name ?? "null"}");
        }
    }

    private static void Tensor(CodedOutputStream o, OnnxTensor tensor)
    {
        foreach (long dim in tensor.Dims) Number(o, 1, dim);
        Number(o, 2, (long)tensor.Type);
        Text(o, 8, tensor.Name);
        o.WriteTag(9, WireFormat.WireType.LengthDelimited);
        o.WriteBytes(UnsafeByteOperations.UnsafeWrap(tensor.Bytes));
    }

    private static void Value(CodedOutputStream o, OnnxValue value)
    {
        Text(o, 1, value.Name);
        Nested(o, 2, type => Nested(type, 1, tensor =>
        {
            Number(tensor, 1, (long)value.Type);
            if (value.Dims is not { } dims) return;
            Nested(tensor, 2, shape =>
            {
                foreach (OnnxDim dim in dims)
                {
                    Nested(shape, 1, d =>
                    {
                        if (dim.Size is { } size) Number(d, 1, size);
                        else if (dim.Name is { } name) Text(d, 2, name);
                    });
                }
            });
        }));
    }

    private static void Nested(CodedOutputStream o, int field, Action<CodedOutputStream> write)
    {
        o.WriteTag(field, WireFormat.WireType.LengthDelimited);
        o.WriteBytes(Message(write));
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var o = new CodedOutputStream(bytes, leaveOpen: true)) write(o);
        return UnsafeByteOperations.UnsafeWrap(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
    }

    private static void Number(CodedOutputStream o, int field, long value)
    {
        o.WriteTag(field, WireFormat.WireType.Varint);
        o.WriteInt64(value);
    }

    private static void Text(CodedOutputStream o, int field, string text)
    {
        if (text.Length > 0) Always(o, field, text);
    }

    private static void Always(CodedOutputStream o, int field, string text)
    {
        o.WriteTag(field, WireFormat.WireType.LengthDelimited);
        o.WriteString(text);
    }
}
