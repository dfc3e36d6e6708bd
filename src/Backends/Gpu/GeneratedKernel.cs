namespace Nn.Backends.Gpu;

/// <summary>
/// A kernel generated from a fused program. <see cref="OpenClWriter.Write(GeneratedKernel, string)"/> gives its OpenCL C text (function <c>main_</c>),
/// <see cref="SpirvWriter.Write(GeneratedKernel)"/> its SPIR-V module (entry point <c>main</c>).
/// </summary>
public sealed record GeneratedKernel : GpuKernel
{
    /// <summary>What it does.</summary>
    public required KernelCode Code { get; init; }

    /// <summary>Number of 32-bit words behind the buffers: offsets, then constants.</summary>
    public int Words => Buffers.Count + ConstantCount;
}
