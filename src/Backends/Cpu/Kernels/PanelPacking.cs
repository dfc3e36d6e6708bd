using System.Runtime.Intrinsics;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// Copies a part of op(B) into panels: each holds some columns of all terms, the columns of a term side by side, so that a tile reads
/// memory in order.
/// </summary>
internal static unsafe class PanelPacking
{
    /// <summary>Panels filled together: rows of B are read in longer pieces.</summary>
    private const int Together = 4;

    /// <summary>
    /// Packs <paramref name="terms"/> terms and <paramref name="columns"/> columns into panels of <paramref name="width"/> columns (a multiple
    /// of 4), each <paramref name="panelFloats"/> after the one before. <paramref name="b"/> points at their first element; up to 31 bytes
    /// past them may be read. Lanes past the last column keep what was there, or anything: nobody stores what they yield.
    /// </summary>
    public static void Run(float* b, long strideB, bool transposed, float* packed, int width, long panelFloats, int terms, int columns)
    {
        int together = transposed ? 1 : Together;
        for (int column = 0; column < columns; column += together * width, packed += together * panelFloats)
        {
            int count = Math.Min(together * width, columns - column);
            if (transposed) Transposition.Run(b + column * strideB, strideB, packed, width, count, terms);
            else Copy(b + column, strideB, packed, width, panelFloats, terms, count);
        }
    }

    private static void Copy(float* source, long stride, float* packed, int width, long panelFloats, int terms, int columns)
    {
        for (int k = 0; k < terms; k++, source += stride, packed += width)
        {
            float* target = packed;
            for (int first = 0; first < columns; first += width, target += panelFloats)
            {
                int count = Math.Min(width, columns - first);
                if (width % 8 == 0)
                    for (int i = 0; i < count; i += 8) Vector256.Load(source + first + i).Store(target + i);
                else
                    for (int i = 0; i < count; i += 4) Vector128.Load(source + first + i).Store(target + i);
            }
        }
    }
}
