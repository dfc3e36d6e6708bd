using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nn.Backends.Cpu.Emit;

/// <summary>What emitted code needs besides the operations of vectors: folds over the lanes in a fixed order, bytes, partial stores.</summary>
internal static unsafe class VectorHelpers
{
    /// <summary>The sum of the lanes in every lane: halves are added until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FoldSum<T>(Vector512<T> v) => Vector512.Create(FoldSum(v.GetLower() + v.GetUpper()).ToScalar());

    /// <inheritdoc cref="FoldSum{T}(Vector512{T})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> FoldSum<T>(Vector256<T> v) => Vector256.Create(FoldSum(v.GetLower() + v.GetUpper()).ToScalar());

    /// <inheritdoc cref="FoldSum{T}(Vector512{T})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> FoldSum<T>(Vector128<T> v)
    {
        v += Swap(v);
        return v + Neighbours(v);
    }

    /// <summary>The largest lane in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FoldMax<T>(Vector512<T> v) => Vector512.Create(FoldMax(Vector256.MaxNative(v.GetLower(), v.GetUpper())).ToScalar());

    /// <inheritdoc cref="FoldMax{T}(Vector512{T})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> FoldMax<T>(Vector256<T> v) => Vector256.Create(FoldMax(Vector128.MaxNative(v.GetLower(), v.GetUpper())).ToScalar());

    /// <inheritdoc cref="FoldMax{T}(Vector512{T})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> FoldMax<T>(Vector128<T> v)
    {
        v = Vector128.MaxNative(v, Swap(v));
        return Vector128.MaxNative(v, Neighbours(v));
    }

    /// <summary>The smallest lane in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> FoldMin(Vector512<int> v) => -FoldMax(-v);

    /// <inheritdoc cref="FoldMin(Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> FoldMin(Vector256<int> v) => -FoldMax(-v);

    /// <inheritdoc cref="FoldMin(Vector512{int})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> FoldMin(Vector128<int> v) => -FoldMax(-v);

    /// <summary>Sixteen bytes as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadBytes512(byte* p) => Avx512F.ConvertToVector512Int32(Vector128.Load(p));

    /// <summary>Eight bytes as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadBytes256(byte* p) => Vector256.Create(LoadBytes128(p), LoadBytes128(p + 4));

    /// <summary>Four bytes as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> LoadBytes128(byte* p) =>
        Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)p).AsByte())).AsInt32();

    /// <summary>Fills <paramref name="count"/> elements with copies of the first <paramref name="period"/>.</summary>
    public static void Repeat(nint from, nint to, nint period, nint count)
    {
        int* source = (int*)from, target = (int*)to;
        for (nint i = 0; i < period; i++) target[i] = source[i];
        for (nint i = period; i < count; i++) target[i] = target[i - period];
    }

    /// <summary>Stores the first lanes.</summary>
    public static void StorePartly(float* p, Vector128<float> v, nint count)
    {
        for (int i = 0; i < count; i++) p[i] = v[i];
    }

    /// <inheritdoc cref="StorePartly(float*, Vector128{float}, nint)"/>
    public static void StorePartly(float* p, Vector256<float> v, nint count)
    {
        for (int i = 0; i < count; i++) p[i] = v[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Swap<T>(Vector128<T> v) => Vector128.Shuffle(v.AsInt32(), Vector128.Create(2, 3, 0, 1)).As<int, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Neighbours<T>(Vector128<T> v) => Vector128.Shuffle(v.AsInt32(), Vector128.Create(1, 0, 3, 2)).As<int, T>();
}
