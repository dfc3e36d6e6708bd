using System.Runtime.InteropServices;

namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// An image spread out over a larger one of zeros: pixel (y, x) goes to (y·stepY + top, x·stepX + left); what falls outside
/// is dropped. Kernels read the larger one and know no borders.
/// </summary>
internal sealed unsafe class PaddedImage(
    int height, int width, int channels, int stepY, int stepX, int top, int left, int paddedHeight, int paddedWidth)
{
    /// <summary>Whether it differs from the image; otherwise kernels read the image itself.</summary>
    public bool Differs { get; } = stepY != 1 || stepX != 1 || top != 0 || left != 0 || paddedHeight != height || paddedWidth != width;

    /// <summary>Elements from row to row.</summary>
    public long Pitch { get; } = (long)paddedWidth * channels;

    /// <summary>Floats of the larger image.</summary>
    public long Floats { get; } = (long)paddedHeight * paddedWidth * channels;

    /// <summary>Floats of the image.</summary>
    public long ImageFloats { get; } = (long)height * width * channels;

    /// <summary>Zeroes the larger image; needed once before any number of <see cref="Fill"/>.</summary>
    public void Clear(float* padded) => NativeMemory.Clear(padded, (nuint)(Floats * sizeof(float)));

    /// <summary>Copies an image to its places.</summary>
    public void Fill(float* image, float* padded)
    {
        for (int y = 0; y < height; y++)
        {
            int row = y * stepY + top;
            if (row < 0 || row >= paddedHeight) continue;
            float* source = image + (long)y * width * channels, target = padded + row * Pitch;
            if (stepX == 1)
            {
                int first = Math.Max(0, -left), after = Math.Min(width, paddedWidth - left);
                if (after > first) Copy(source + (long)first * channels, target + (long)(first + left) * channels, (after - first) * channels);
                continue;
            }
            for (int x = 0; x < width; x++)
            {
                int column = x * stepX + left;
                if (column >= 0 && column < paddedWidth) Copy(source + (long)x * channels, target + (long)column * channels, channels);
            }
        }
    }

    private static void Copy(float* source, float* target, int floats) =>
        new ReadOnlySpan<float>(source, floats).CopyTo(new Span<float>(target, floats));
}
