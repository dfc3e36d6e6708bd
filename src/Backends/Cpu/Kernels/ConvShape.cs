namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// Extents of a 2-D convolution: images Images×Height×Width×Channels, weights KernelY×KernelX×(Channels/Groups)×Features, output
/// Images×OutHeight×OutWidth×Features.
/// </summary>
internal readonly record struct ConvShape(int Images, int Height, int Width, int Channels, int KernelY, int KernelX, int Features)
{
    /// <summary>Rows from one output to the next.</summary>
    public int StrideY { get; init; } = 1;

    /// <summary>Columns from one output to the next.</summary>
    public int StrideX { get; init; } = 1;

    /// <summary>Rows of zeros above the image.</summary>
    public int Top { get; init; }

    /// <summary>Rows of zeros below the image.</summary>
    public int Bottom { get; init; }

    /// <summary>Columns of zeros left of the image.</summary>
    public int Left { get; init; }

    /// <summary>Columns of zeros right of the image.</summary>
    public int Right { get; init; }

    /// <summary>Rows from one tap to the next.</summary>
    public int DilationY { get; init; } = 1;

    /// <summary>Columns from one tap to the next.</summary>
    public int DilationX { get; init; } = 1;

    /// <summary>Number of groups that channels and features fall into; each group of features sees one group of channels.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Rows of the output.</summary>
    public int OutHeight => (Height + Top + Bottom - DilationY * (KernelY - 1) - 1) / StrideY + 1;

    /// <summary>Columns of the output.</summary>
    public int OutWidth => (Width + Left + Right - DilationX * (KernelX - 1) - 1) / StrideX + 1;

    /// <summary>Channels that one feature sees.</summary>
    public int GroupChannels => Channels / Groups;

    /// <summary>Features of one group.</summary>
    public int GroupFeatures => Features / Groups;

    /// <summary>Floats of one image.</summary>
    public long ImageFloats => (long)Height * Width * Channels;

    /// <summary>Floats of the output for one image.</summary>
    public long OutFloats => (long)OutHeight * OutWidth * Features;

    /// <summary>Number of weights.</summary>
    public long WeightFloats => (long)KernelY * KernelX * GroupChannels * Features;

    /// <summary>Multiplications and additions of each of the three passes, those with padding included.</summary>
    public double Flops => 2.0 * Images * OutHeight * OutWidth * WeightFloats;

    /// <summary>Whether it is a matrix product of pixels by channels with channels by features.</summary>
    public bool IsMatMul => KernelY == 1 && KernelX == 1 && StrideY == 1 && StrideX == 1 && Groups == 1 && (Top | Bottom | Left | Right) == 0;

    /// <summary>Refuses shapes that are no convolution.</summary>
    /// <exception cref="ArgumentException">An extent does not fit the others.</exception>
    public void Validate()
    {
        if (Images < 0 || Height < 1 || Width < 1 || Channels < 1 || KernelY < 1 || KernelX < 1 || Features < 1)
            throw new ArgumentException($"convolution: an extent is too small in {this}");
        if (StrideY < 1 || StrideX < 1 || DilationY < 1 || DilationX < 1 || Top < 0 || Bottom < 0 || Left < 0 || Right < 0)
            throw new ArgumentException($"convolution: strides and dilations are at least 1, padding at least 0, not as in {this}");
        if (Groups < 1 || Channels % Groups != 0 || Features % Groups != 0)
            throw new ArgumentException($"convolution: {Groups} groups do not divide {Channels} channels and {Features} features");
        if (Height + Top + Bottom < DilationY * (KernelY - 1) + 1 || Width + Left + Right < DilationX * (KernelX - 1) + 1)
            throw new ArgumentException($"convolution: the kernel is larger than the padded image in {this}");
    }
}
