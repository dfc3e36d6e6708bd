using Nn.Planning.Gpu;

namespace Nn.Backends.Vulkan;

/// <summary>A kernel's SPIR-V module, with entry point <c>main</c>, and the values of its specialization constants.</summary>
internal sealed record ShaderCode(uint[] Words, IReadOnlyList<(int Id, int Value)> Specialization)
{
    /// <summary>The code of a kernel.</summary>
    public static ShaderCode Of(GpuKernel kernel) => kernel switch
    {
        GeneratedKernel g => new ShaderCode(SpirvWriter.Write(g), []),
        TunedKernel t => new ShaderCode(t.SpirvWords().ToArray(), t.Specialization()),
        _ => throw new NotSupportedException($"there is no SPIR-V for {kernel.Name}"),
    };
}
