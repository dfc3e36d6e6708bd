using Nn.Backends.Gpu;

namespace Nn.Backends.Vulkan;

/// <summary>What a driver is given of a kernel.</summary>
internal static class ShaderCode
{
    /// <summary>The words of a kernel's SPIR-V module, with entry point <c>main</c>; it has no specialization constants.</summary>
    public static uint[] Of(GpuKernel kernel) => kernel switch
    {
        GeneratedKernel g => SpirvWriter.Write(g),
        TunedKernel t => t.SpirvWords(),
        _ => throw new NotSupportedException($"there is no SPIR-V for {kernel.Name}"),
    };
}
