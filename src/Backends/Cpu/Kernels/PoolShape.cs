namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// Extents of pooling: images Images×Height×Width×Channels, output Images×OutHeight×OutWidth×Channels. A global pool has the
/// image as its window.
/// </summary>
internal readonly record struct PoolShape(int Images, int Height, int Width, int Channels, int WindowY, int WindowX, int StrideY, int StrideX)
{
    /// <summary>Rows of padding above the image.</summary>
    public int Top { get; init; }

    /// <summary>Rows of padding below the image.</summary>
    public int Bottom { get; init; }

    /// <summary>Columns of padding left of the image.</summary>
    public int Left { get; init; }

    /// <summary>Columns of padding right of the image.</summary>
    public int Right { get; init; }

    /// <summary>Rows of the output.</summary>
    public int OutHeight => (Height + Top + Bottom - WindowY) / StrideY + 1;

    /// <summary>Columns of the output.</summary>
    public int OutWidth => (Width + Left + Right - WindowX) / StrideX + 1;

    /// <summary>Floats of one image.</summary>
    public long ImageFloats => (long)Height * Width * Channels;

    /// <summary>Floats of the output for one image.</summary>
    public long OutFloats => (long)OutHeight * OutWidth * Channels;

    /// <summary>First and past-the-last row of the image under the windows of an output row.</summary>
    public (int First, int After) RowsOf(int outRow) => Clip(outRow * StrideY - Top, WindowY, Height);

    /// <summary>First and past-the-last column of the image under the windows of an output column.</summary>
    public (int First, int After) ColumnsOf(int outColumn) => Clip(outColumn * StrideX - Left, WindowX, Width);

    /// <summary>Refuses shapes whose windows do not fit, or lie in the padding altogether.</summary>
    /// <exception cref="ArgumentException">An extent does not fit the others.</exception>
    public void Validate()
    {
        if (Images < 0 || Height < 1 || Width < 1 || Channels < 1 || WindowY < 1 || WindowX < 1 || StrideY < 1 || StrideX < 1)
            throw new ArgumentException($"pooling: an extent is too small in {this}");
        if (Top < 0 || Bottom < 0 || Left < 0 || Right < 0 || Top >= WindowY || Bottom >= WindowY || Left >= WindowX || Right >= WindowX)
            throw new ArgumentException($"pooling: padding is at least 0 and smaller than the window, not as in {this}");
        if (Height + Top + Bottom < WindowY || Width + Left + Right < WindowX)
            throw new ArgumentException($"pooling: the window is larger than the padded image in {this}");
    }

    private static (int First, int After) Clip(int start, int window, int extent) => (Math.Max(0, start), Math.Min(extent, start + window));
}
