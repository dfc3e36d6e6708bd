using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>Transposes rectangles of 32-bit elements in registers.</summary>
internal static unsafe class Transposition
{
    /// <summary>
    /// target[c·targetStride + r] = source[r·sourceStride + c] for r &lt; <paramref name="rows"/>, c &lt; <paramref name="columns"/>.
    /// </summary>
    public static void Run(float* source, long sourceStride, float* target, long targetStride, int rows, int columns)
    {
        int r = 0;
        if (Avx.IsSupported)
        {
            for (; r + 8 <= rows; r += 8)
            {
                int c = 0;
                for (; c + 8 <= columns; c += 8)
                    Block8(source + r * sourceStride + c, sourceStride, target + c * targetStride + r, targetStride);
                Scalar(source + r * sourceStride + c, sourceStride, target + c * targetStride + r, targetStride, 8, columns - c);
            }
        }
        Scalar(source + r * sourceStride, sourceStride, target + r, targetStride, rows - r, columns);
    }

    private static void Scalar(float* source, long sourceStride, float* target, long targetStride, int rows, int columns)
    {
        for (int c = 0; c < columns; c++)
            for (int r = 0; r < rows; r++)
                target[c * targetStride + r] = source[r * sourceStride + c];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block8(float* s, long ss, float* t, long ts)
    {
        // Halves are joined on load, so that one kind of shuffle fewer is needed.
        Vector256<float> a0 = Join(s, s + 4 * ss), a1 = Join(s + ss, s + 5 * ss);
        Vector256<float> a2 = Join(s + 2 * ss, s + 6 * ss), a3 = Join(s + 3 * ss, s + 7 * ss);
        Vector256<float> a4 = Join(s + 4, s + 4 * ss + 4), a5 = Join(s + ss + 4, s + 5 * ss + 4);
        Vector256<float> a6 = Join(s + 2 * ss + 4, s + 6 * ss + 4), a7 = Join(s + 3 * ss + 4, s + 7 * ss + 4);
        Store4(a0, a1, a2, a3, t, ts);
        Store4(a4, a5, a6, a7, t + 4 * ts, ts);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Join(float* low, float* high) =>
        Avx.InsertVector128(Vector128.Load(low).ToVector256Unsafe(), Vector128.Load(high), 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store4(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, float* t, long ts)
    {
        Vector256<float> ab0 = Avx.UnpackLow(a, b), ab1 = Avx.UnpackHigh(a, b), cd0 = Avx.UnpackLow(c, d), cd1 = Avx.UnpackHigh(c, d);
        Avx.Shuffle(ab0, cd0, 0x44).Store(t);
        Avx.Shuffle(ab0, cd0, 0xEE).Store(t + ts);
        Avx.Shuffle(ab1, cd1, 0x44).Store(t + 2 * ts);
        Avx.Shuffle(ab1, cd1, 0xEE).Store(t + 3 * ts);
    }
}
