using System.Runtime.InteropServices;

namespace Nn.Exchange.Onnx;

/// <summary>A tensor whose elements are known before anything runs; numbers of all types in double precision.</summary>
/// <param name="Type">Type of an element.</param>
/// <param name="Dims">Extents.</param>
/// <param name="Values">The elements, row-major.</param>
internal sealed record OnnxKnown(OnnxType Type, int[] Dims, double[] Values)
{
    /// <summary>Whether its elements are whole numbers.</summary>
    public bool Whole => IsWhole(Type);

    /// <summary>Whether a type holds whole numbers alone.</summary>
    public static bool IsWhole(OnnxType type) => Range(type) is not null;

    /// <summary>What a type of whole numbers holds; null for other types.</summary>
    public static (double Least, double Most)? Range(OnnxType type) => type switch
    {
        OnnxType.UInt8 => (0, byte.MaxValue),
        OnnxType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        OnnxType.UInt16 => (0, ushort.MaxValue),
        OnnxType.Int16 => (short.MinValue, short.MaxValue),
        OnnxType.UInt32 => (0, uint.MaxValue),
        OnnxType.Int32 => (int.MinValue, int.MaxValue),
        OnnxType.UInt64 => (0, ulong.MaxValue),
        OnnxType.Int64 => (long.MinValue, long.MaxValue),
        _ => null,
    };

    /// <summary>The only element, or null where there are several.</summary>
    public double? Single => Values is [var v] ? v : null;

    /// <summary>A stored tensor.</summary>
    public static OnnxKnown Of(OnnxTensor t)
    {
        double[] values = t.Type switch
        {
            OnnxType.Float => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(t.Bytes).ToArray(), v => (double)v),
            OnnxType.Double => MemoryMarshal.Cast<byte, double>(t.Bytes).ToArray(),
            OnnxType.Float16 => Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(t.Bytes).ToArray(), v => (double)v),
            OnnxType.Int64 => Array.ConvertAll(MemoryMarshal.Cast<byte, long>(t.Bytes).ToArray(), v => (double)v),
            OnnxType.Int32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(t.Bytes).ToArray(), v => (double)v),
            OnnxType.UInt64 => Array.ConvertAll(MemoryMarshal.Cast<byte, ulong>(t.Bytes).ToArray(), v => (double)v),
            OnnxType.UInt32 => Array.ConvertAll(MemoryMarshal.Cast<byte, uint>(t.Bytes).ToArray(), v => (double)v),
            OnnxType.Int16 => Array.ConvertAll(MemoryMarshal.Cast<byte, short>(t.Bytes).ToArray(), v => (double)v),
            OnnxType.UInt16 => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(t.Bytes).ToArray(), v => (double)v),
            // The upper half of a 32-bit number.
            OnnxType.BFloat16 =>
                Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(t.Bytes).ToArray(), v => (double)BitConverter.UInt32BitsToSingle((uint)v << 16)),
            OnnxType.Int8 => Array.ConvertAll(t.Bytes, v => (double)(sbyte)v),
            _ => Array.ConvertAll(t.Bytes, v => (double)v),
        };
        return new OnnxKnown(t.Type, [.. t.Dims.Select(d => (int)d)], values);
    }

    /// <summary>A list of whole numbers.</summary>
    public static OnnxKnown List(params int[] values) => new(OnnxType.Int64, [values.Length], Array.ConvertAll(values, v => (double)v));

    /// <summary>The elements as extents or places, kept within ±2³¹; null where they are no whole numbers, or too many.</summary>
    public int[]? Integers(int most = 32) =>
        Whole && Values.Length <= most ? Array.ConvertAll(Values, v => (int)Math.Clamp(v, -int.MaxValue, int.MaxValue)) : null;

    /// <summary>The elements as 32-bit numbers.</summary>
    public float[] Floats() => Array.ConvertAll(Values, v => (float)v);
}
