using Nn.Planning.Gpu;

namespace Nn.Backends.OpenCl;

/// <summary>OpenCL C of the kernels in use.</summary>
internal static class KernelSource
{
    /// <summary>The kernel's function, the same in all sources.</summary>
    public const string Function = OpenClWriter.EntryPoint;

    /// <summary>A kernel's whole source.</summary>
    public static string Write(GpuKernel kernel) => kernel switch
    {
        GeneratedKernel generated => OpenClWriter.Write(generated),
        TunedKernel tuned => tuned.OpenClSource(),
        _ => throw new ArgumentException($"no OpenCL source for {kernel.Name}"),
    };
}
