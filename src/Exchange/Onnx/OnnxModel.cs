namespace Nn.Exchange.Onnx;

/// <summary>Element types of the format; the numbers are those of its <c>TensorProto.DataType</c>.</summary>
public enum OnnxType
{
    /// <summary>No type, or one that is not known here.</summary>
    Undefined = 0,

    /// <summary>32-bit floating point.</summary>
    Float = 1,

    /// <summary>Bytes.</summary>
    UInt8 = 2,

    /// <summary>Signed bytes.</summary>
    Int8 = 3,

    /// <summary>16-bit whole numbers from 0.</summary>
    UInt16 = 4,

    /// <summary>16-bit whole numbers.</summary>
    Int16 = 5,

    /// <summary>32-bit whole numbers.</summary>
    Int32 = 6,

    /// <summary>64-bit whole numbers.</summary>
    Int64 = 7,

    /// <summary>Flags, a byte each.</summary>
    Bool = 9,

    /// <summary>16-bit floating point.</summary>
    Float16 = 10,

    /// <summary>64-bit floating point.</summary>
    Double = 11,

    /// <summary>32-bit whole numbers from 0.</summary>
    UInt32 = 12,

    /// <summary>64-bit whole numbers from 0.</summary>
    UInt64 = 13,

    /// <summary>16-bit floating point with the range of 32 bits.</summary>
    BFloat16 = 16,
}

/// <summary>A model file of the ONNX format (onnx.proto3), as far as it is read or written here.</summary>
public sealed class OnnxModel
{
    /// <summary>Version of the format itself; 8 belongs to opset 17.</summary>
    public long IrVersion { get; set; } = 8;

    /// <summary>The program that wrote it.</summary>
    public string Producer { get; set; } = "";

    /// <summary>That program's version.</summary>
    public string ProducerVersion { get; set; } = "";

    /// <summary>Free text.</summary>
    public string Description { get; set; } = "";

    /// <summary>Versions of the operator sets in use, by domain; the standard one's is empty.</summary>
    public SortedDictionary<string, long> Opsets { get; } = new(StringComparer.Ordinal);

    /// <summary>Free text by key.</summary>
    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>The computation.</summary>
    public OnnxGraph Graph { get; set; } = new();
}

/// <summary>A computation: nodes in an order in which values come before their uses.</summary>
public sealed class OnnxGraph
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The operations.</summary>
    public List<OnnxNode> Nodes { get; } = [];

    /// <summary>Stored tensors.</summary>
    public List<OnnxTensor> Initializers { get; } = [];

    /// <summary>What is given; in old files the stored tensors too.</summary>
    public List<OnnxValue> Inputs { get; } = [];

    /// <summary>What comes out.</summary>
    public List<OnnxValue> Outputs { get; } = [];
}

/// <summary>An operation.</summary>
/// <param name="Type">The operator: <c>Conv</c>.</param>
/// <param name="Name">For messages; may be empty.</param>
/// <param name="Inputs">Names of values; an empty name leaves an optional input out.</param>
/// <param name="Outputs">Names of the values made.</param>
public sealed record OnnxNode(string Type, string Name, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs)
{
    /// <summary>The operator set, empty for the standard one.</summary>
    public string Domain { get; init; } = "";

    /// <summary>
    /// Attributes by name: <see cref="long"/>, <see cref="float"/>, <see cref="string"/>, arrays of these, <see cref="OnnxTensor"/>, or <see
    /// cref="OnnxGraph"/>; the rarer kinds are read as null.
    /// </summary>
    public SortedDictionary<string, object?> Attributes { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>A stored tensor.</summary>
/// <param name="Name">By which nodes use it.</param>
/// <param name="Type">Type of an element.</param>
/// <param name="Dims">Extents.</param>
/// <param name="Bytes">The elements, little-endian, row-major.</param>
public sealed record OnnxTensor(string Name, OnnxType Type, IReadOnlyList<long> Dims, ReadOnlyMemory<byte> Bytes);

/// <summary>An input or output.</summary>
/// <param name="Name">By which nodes use it.</param>
/// <param name="Type">Type of an element.</param>
/// <param name="Dims">Extents: a number, a name for one that is chosen at each run, or neither; null where nothing is said.</param>
public sealed record OnnxValue(string Name, OnnxType Type, IReadOnlyList<OnnxDim>? Dims);

/// <summary>An extent: a number, or a name for one that is chosen at each run.</summary>
public readonly record struct OnnxDim(long? Size, string? Name = null);
