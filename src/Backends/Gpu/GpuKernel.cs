using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>One buffer of a kernel: its element type and whether the kernel writes it.</summary>
public readonly record struct KernelBuffer(DType Type, bool Written);

/// <summary>
/// A kernel as both GPU backends see it. Its buffers are numbered from 0: storage buffers at set 0, binding i in Vulkan, the first
/// arguments in OpenCL. Behind them come 32-bit words: first, for each buffer, the element in the bound range at which the
/// operand starts, then <see cref="ConstantCount"/> constants; push constants in Vulkan, arguments in OpenCL.
/// Two kernels are equal where they run the same code, so a backend compiles each once.
/// </summary>
public abstract record GpuKernel
{
    /// <summary>Most words of a kernel: push constants hold at least 128 bytes.</summary>
    public const int MostWords = 32;

    /// <summary>For plans, profiles and errors.</summary>
    public required string Name { get; init; }

    /// <summary>Invocations of a work group along x, y, z.</summary>
    public required (int X, int Y, int Z) GroupSize { get; init; }

    /// <summary>The buffers in order.</summary>
    public required EquatableList<KernelBuffer> Buffers { get; init; }

    /// <summary>Number of constants behind the offsets.</summary>
    public int ConstantCount { get; init; }
}
