using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Nn.Serving.Protocol;

/// <summary>A type of elements as the Open Inference Protocol names it, and how its binary form is read: little-endian, row after row.</summary>
internal sealed class TensorType
{
    private readonly Floats _floats;
    private readonly Ints? _ints;

    private delegate void Floats(ReadOnlySpan<byte> binary, Span<float> into);

    private delegate void Ints(ReadOnlySpan<byte> binary, Span<int> into);

    private TensorType(string name, int size, Floats floats, Ints? ints) => (Name, Size, _floats, _ints) = (name, size, floats, ints);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Bytes of an element.</summary>
    public int Size { get; }

    /// <summary>Whether elements are whole numbers, which symbols may be.</summary>
    public bool IsWhole => _ints is not null;

    /// <summary>All that are read.</summary>
    public static IReadOnlyList<TensorType> All { get; } =
    [
        new("FP32", 4, static (b, x) => MemoryMarshal.Cast<byte, float>(b).CopyTo(x), null),
        Real<double>("FP64"), Real<Half>("FP16"),
        Whole<byte>("UINT8"), Whole<ushort>("UINT16"), Whole<uint>("UINT32"), Whole<ulong>("UINT64"),
        Whole<sbyte>("INT8"), Whole<short>("INT16"), Whole<int>("INT32"), Whole<long>("INT64"),
    ];

    /// <summary>The type of that name; null: there is none.</summary>
    public static TensorType? Of(string? name)
    {
        foreach (TensorType type in All)
        {
            if (type.Name == name) return type;
        }

        return null;
    }

    /// <summary>Reads elements as numbers.</summary>
    public void Read(ReadOnlySpan<byte> binary, Span<float> into) => _floats(binary, into);

    /// <summary>Reads elements as symbols; what 32 bits do not hold becomes the largest or smallest number that they do.</summary>
    public void Read(ReadOnlySpan<byte> binary, Span<int> into) => _ints!(binary, into);

    private static TensorType Real<T>(string name) where T : unmanaged, INumber<T> => new(name, Marshal.SizeOf<T>(), As<T, float>, null);

    private static TensorType Whole<T>(string name) where T : unmanaged, INumber<T> => new(name, Marshal.SizeOf<T>(), As<T, float>, As<T, int>);

    private static void As<TFrom, TTo>(ReadOnlySpan<byte> binary, Span<TTo> into)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : INumber<TTo>
    {
        ReadOnlySpan<TFrom> from = MemoryMarshal.Cast<byte, TFrom>(binary);
        for (int i = 0; i < into.Length; i++) into[i] = TTo.CreateSaturating(from[i]);
    }
}
