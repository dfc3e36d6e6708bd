using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Files;

/// <summary>Element types of NumPy that are read.</summary>
public enum NumpyType
{
    /// <summary>float32.</summary>
    F4,

    /// <summary>float64.</summary>
    F8,

    /// <summary>float16.</summary>
    F2,

    /// <summary>int32.</summary>
    I4,

    /// <summary>int64.</summary>
    I8,

    /// <summary>uint8.</summary>
    U1,

    /// <summary>bool, a byte each.</summary>
    B1,
}

/// <summary>An array of NumPy: little-endian, row-major.</summary>
/// <param name="Shape">Extents.</param>
/// <param name="Type">Type of an element.</param>
/// <param name="Bytes">The elements.</param>
public sealed record NumpyArray(Shape Shape, NumpyType Type, byte[] Bytes)
{
    /// <summary>Numbers of type float32.</summary>
    public static NumpyArray Of(Shape shape, ReadOnlySpan<float> values) => Of(shape, NumpyType.F4, MemoryMarshal.AsBytes(values));

    /// <summary>Numbers of type int32.</summary>
    public static NumpyArray Of(Shape shape, ReadOnlySpan<int> values) => Of(shape, NumpyType.I4, MemoryMarshal.AsBytes(values));

    /// <summary>Whether elements are whole numbers.</summary>
    public bool IsWhole => Type is not (NumpyType.F2 or NumpyType.F4 or NumpyType.F8);

    /// <summary>Number of elements.</summary>
    public int Count => Bytes.Length / SizeOf(Type);

    /// <summary>Bytes of an element.</summary>
    public static int SizeOf(NumpyType type) => type switch { NumpyType.F8 or NumpyType.I8 => 8, NumpyType.F4 or NumpyType.I4 => 4, NumpyType.F2 => 2, _ => 1 };

    /// <summary>The elements as 32-bit floating-point numbers, rounded where they have more digits.</summary>
    public float[] ToFloats() => Type switch
    {
        NumpyType.F4 => MemoryMarshal.Cast<byte, float>(Bytes).ToArray(),
        NumpyType.F8 => Array.ConvertAll(MemoryMarshal.Cast<byte, double>(Bytes).ToArray(), v => (float)v),
        NumpyType.F2 => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(Bytes).ToArray(), v => (float)v),
        NumpyType.I4 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(Bytes).ToArray(), v => (float)v),
        NumpyType.I8 => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(Bytes).ToArray(), v => (float)v),
        _ => Array.ConvertAll(Bytes, v => (float)v),
    };

    /// <summary>The elements as 32-bit whole numbers.</summary>
    /// <exception cref="OverflowException">One does not fit.</exception>
    /// <exception cref="InvalidOperationException">They are no whole numbers.</exception>
    public int[] ToInts() => Type switch
    {
        NumpyType.I4 => MemoryMarshal.Cast<byte, int>(Bytes).ToArray(),
        NumpyType.I8 => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(Bytes).ToArray(), v => checked((int)v)),
        NumpyType.U1 or NumpyType.B1 => Array.ConvertAll(Bytes, v => (int)v),
        _ => throw new InvalidOperationException($"an array of {Type} has no whole numbers"),
    };

    private static NumpyArray Of(Shape shape, NumpyType type, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != shape.Count * SizeOf(type)) throw new ArgumentException($"{bytes.Length} bytes are not {shape} of {type}");
        return new NumpyArray(shape, type, bytes.ToArray());
    }
}
