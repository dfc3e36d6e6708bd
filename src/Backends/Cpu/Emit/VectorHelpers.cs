using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nn.Backends.Cpu.Emit;

/// <summary>What emitted code calls where no single vector method does the job; one overload a width.</summary>
internal static unsafe class VectorHelpers
{
    /// <summary>Sixteen bytes as ints.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadBytes512(byte* p) => Avx512F.ConvertToVector512Int32(Vector128.Load(p));

    /// <summary>Eight bytes as ints.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadBytes256(byte* p) => Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(*(long*)p).AsByte());

    /// <summary>Four bytes as ints.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadBytes128(byte* p) => Vector128.Create(p[0], p[1], p[2], p[3]);

    /// <summary>The first <paramref name="count"/> lanes of a vector to memory, for widths without masked stores.</summary>
    public static void StorePartial128(float* p, Vector128<float> v, nint count)
    {
        for (int i = 0; i < count; i++) p[i] = v.GetElement(i);
    }

    /// <summary>Largest lane.</summary>
    public static float Max512(Vector512<float> v) => Max256(Vector256.MaxNative(v.GetLower(), v.GetUpper()));

    /// <summary>Largest lane.</summary>
    public static float Max256(Vector256<float> v) => Max128(Vector128.MaxNative(v.GetLower(), v.GetUpper()));

    /// <summary>Largest lane.</summary>
    public static float Max128(Vector128<float> v)
    {
        v = Vector128.MaxNative(v, Vector128.Shuffle(v, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(v, Vector128.Shuffle(v, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <summary>The index of the largest value, the smallest index where several are equal.</summary>
    public static int ArgMax512(Vector512<float> values, Vector512<int> indices)
    {
        float* v = stackalloc float[16];
        int* i = stackalloc int[16];
        values.Store(v);
        indices.Store(i);
        return ArgMax(v, i, 16);
    }

    /// <summary>The index of the largest value, the smallest index where several are equal.</summary>
    public static int ArgMax256(Vector256<float> values, Vector256<int> indices)
    {
        float* v = stackalloc float[8];
        int* i = stackalloc int[8];
        values.Store(v);
        indices.Store(i);
        return ArgMax(v, i, 8);
    }

    /// <summary>The index of the largest value, the smallest index where several are equal.</summary>
    public static int ArgMax128(Vector128<float> values, Vector128<int> indices)
    {
        float* v = stackalloc float[4];
        int* i = stackalloc int[4];
        values.Store(v);
        indices.Store(i);
        return ArgMax(v, i, 4);
    }

    private static int ArgMax(float* values, int* indices, int count)
    {
        int best = 0;
        for (int k = 1; k < count; k++)
        {
            if (values[k] > values[best] || (values[k] == values[best] && indices[k] < indices[best])) best = k;
        }

        return indices[best];
    }
}
