namespace Nn.Backends.Cpu.Kernels;

/// <summary>Copies a part of op(B) into a panel: rows of terms, each <c>width</c> floats long, the columns side by side.</summary>
internal static unsafe class PanelPacking
{
    /// <summary>
    /// Packs <paramref name="terms"/> terms and <paramref name="columns"/> columns. <paramref name="b"/> points at their first element.
    /// Lanes between <paramref name="columns"/> and <paramref name="width"/> keep what was there: nobody stores what they yield.
    /// </summary>
    public static void Run(float* b, long strideB, bool transposed, float* panel, int width, int terms, int columns)
    {
        if (transposed)
        {
            Transposition.Run(b, strideB, panel, width, columns, terms);
            return;
        }
        for (int k = 0; k < terms; k++)
            new ReadOnlySpan<float>(b + k * strideB, columns).CopyTo(new Span<float>(panel + (long)k * width, columns));
    }
}
