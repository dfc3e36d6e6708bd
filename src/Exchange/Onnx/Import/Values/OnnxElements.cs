using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Exchange.Onnx;

/// <summary>Elements that are known before anything runs, one after the other.</summary>
internal abstract class OnnxElements
{
    /// <summary>An element in double precision; for one whose number is not known, not a number.</summary>
    public abstract double Number(long at);

    /// <summary>An element as 32 bits hold it.</summary>
    public virtual float Single(long at) => (float)Number(at);

    /// <summary>An element as an extent, kept within ±2³¹: a multiple of the batch where it counts that.</summary>
    public virtual Dim Size(long at) => (int)Math.Clamp(Number(at), -int.MaxValue, int.MaxValue);

    /// <summary>Whether all numbers are known.</summary>
    public virtual bool AreNumbers => true;

    /// <summary>Elements that were computed.</summary>
    public static OnnxElements Of(double[] values) => new Computed(values);

    /// <summary>Extents.</summary>
    public static OnnxElements Of(Dim[] sizes) => new Sizes(sizes);

    /// <summary>Elements as a file has them.</summary>
    public static OnnxElements Of(OnnxType type, ReadOnlyMemory<byte> bytes) => new Stored(type, bytes);

    /// <summary>Neighbours as 32 bits hold them.</summary>
    public virtual float[] Singles(long start, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = Single(start + i);
        return values;
    }

    private sealed class Computed(double[] values) : OnnxElements
    {
        public override double Number(long at) => values[at];
    }

    private sealed class Sizes(Dim[] sizes) : OnnxElements
    {
        public override bool AreNumbers => Array.TrueForAll(sizes, s => s.IsKnown);

        public override double Number(long at) => sizes[at].IsKnown ? sizes[at].Extent : double.NaN;

        public override Dim Size(long at) => sizes[at];
    }

    // Little-endian; weights stay where the file was read to, until a layer takes them.
    private sealed class Stored(OnnxType type, ReadOnlyMemory<byte> bytes) : OnnxElements
    {
        public override double Number(long at) => type switch
        {
            OnnxType.Float => Read<float>(at),
            OnnxType.Double => Read<double>(at),
            OnnxType.Float16 => (double)Read<Half>(at),
            // The upper half of a 32-bit number.
            OnnxType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)Read<ushort>(at) << 16),
            OnnxType.Int64 => Read<long>(at),
            OnnxType.Int32 => Read<int>(at),
            OnnxType.UInt64 => Read<ulong>(at),
            OnnxType.UInt32 => Read<uint>(at),
            OnnxType.Int16 => Read<short>(at),
            OnnxType.UInt16 => Read<ushort>(at),
            OnnxType.Int8 => Read<sbyte>(at),
            _ => Read<byte>(at),
        };

        public override float Single(long at) => type == OnnxType.Float ? Read<float>(at) : (float)Number(at);

        public override float[] Singles(long start, int count) => type == OnnxType.Float
            ? MemoryMarshal.Cast<byte, float>(bytes.Span).Slice((int)start, count).ToArray()
            : base.Singles(start, count);

        private T Read<T>(long at)
            where T : struct => MemoryMarshal.Cast<byte, T>(bytes.Span)[(int)at];
    }
}
