using Nn.Backends.Gpu;

namespace Nn.Backends.OpenCl;

/// <summary>OpenCL C of the kernels in use.</summary>
internal static class KernelSource
{
    /// <summary>A kernel's whole source; <paramref name="function"/> names the function of a generated one.</summary>
    public static string Write(GpuKernel kernel, string function) => kernel switch
    {
        GeneratedKernel generated => OpenClWriter.Write(generated, function),
        TunedKernel tuned => tuned.OpenClSource(),
        _ => throw new ArgumentException($"no OpenCL source for {kernel.Name}"),
    };
}
