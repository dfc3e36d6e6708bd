using Nn.Backends.Gpu;
using Nn.Graphs;

namespace Nn.Backends.OpenCl;

/// <summary>
/// The launches of an entry, ready to be enqueued: a kernel object each, which keeps the arguments, so that a run sets none.
/// </summary>
internal sealed unsafe class LaunchList : IDisposable
{
    private readonly ClApi _api;
    private readonly List<nint> _kernels = [];
    // Three axes a launch.
    private readonly nuint[] _globalSizes, _localSizes;

    /// <exception cref="NnException">A kernel does not fit the device.</exception>
    public LaunchList(IReadOnlyList<Launch> launches, Func<Graphs.Arena, nint> memory, OpenClDevice device, ClApi api, KernelPrograms programs)
    {
        _api = api;
        // OpenCL knows no launch of nothing.
        Launch[] some = [.. launches.Where(l => l.Groups is { X: > 0, Y: > 0, Z: > 0 })];
        _globalSizes = [.. some.SelectMany(l => Axes(l.Groups).Zip(Axes(l.Kernel.GroupSize), (groups, size) => groups * size))];
        _localSizes = [.. some.SelectMany(l => Axes(l.Kernel.GroupSize))];
        Kernels = [.. some.Select(l => l.Step)];
        try
        {
            foreach (Launch launch in some) Add(launch, memory, device, programs);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The kernel of the plan that each launch is part of.</summary>
    public IReadOnlyList<Planning.PlanStep> Kernels { get; }

    /// <summary>Number of launches.</summary>
    public int Count => _kernels.Count;

    /// <summary>Enqueues one of the launches; its event, where asked for, is the caller's to release.</summary>
    public void Enqueue(nint queue, int launch, nint* done)
    {
        fixed (nuint* global = &_globalSizes[3 * launch], local = &_localSizes[3 * launch]) _api.Launch(queue, _kernels[launch], global, local, done);
    }

    public void Dispose()
    {
        foreach (nint kernel in _kernels) _api.ReleaseKernel(kernel);
        _kernels.Clear();
    }

    private void Add(Launch launch, Func<Graphs.Arena, nint> memory, OpenClDevice device, KernelPrograms programs)
    {
        GpuKernel k = launch.Kernel;
        nint kernel = programs.Create(k);
        _kernels.Add(kernel);
        long most = _api.MaxGroupSize(kernel, device.Handle);
        if (!MayRun(k.GroupSize, _api.CompiledGroupSize(kernel, device.Handle), most))
            throw new NnException(ExitCode.NoDevice, $"{device.Info.Name} runs {k.Name} in groups of {most} at most, it needs {Size(k)}; take another device");
        int index = 0;
        foreach (BufferRange range in launch.Buffers) _api.SetArgument(kernel, index++, memory(range.Arena));
        for (int i = 0; i < launch.Buffers.Count; i++) _api.SetArgument(kernel, index++, FirstElement(launch.Buffers[i], k.Buffers[i].Type));
        foreach (int constant in launch.Constants) _api.SetArgument(kernel, index++, constant);
    }

    /// <summary>
    /// Whether a kernel may be launched in groups of a size. A driver that compiled it for that very size is taken at its word, whatever it says of the largest
    /// size: rusticl of Mesa 22 says 32 of every kernel. If it cannot run it after all, it refuses the launch.
    /// </summary>
    /// <param name="wanted">The size.</param>
    /// <param name="compiled">The size that the kernel was compiled for; zeros where it was for none.</param>
    /// <param name="most">The most invocations of a group that the driver tells.</param>
    internal static bool MayRun((int X, int Y, int Z) wanted, (long X, long Y, long Z) compiled, long most) =>
        compiled == wanted || (long)wanted.X * wanted.Y * wanted.Z <= most;

    private static long Size(GpuKernel kernel) => (long)kernel.GroupSize.X * kernel.GroupSize.Y * kernel.GroupSize.Z;

    private static int FirstElement(BufferRange range, DType type)
    {
        long element = range.Offset / type.Size();
        if (element > int.MaxValue)
            throw new NnException(
                ExitCode.OutOfMemory, $"{range.Arena.Name} has {range.Arena.Bytes:N0} bytes; kernels address {int.MaxValue:N0} elements; "
                    + "use a smaller batch or model, or `limit` on the data");
        return (int)element;
    }

    private static nuint[] Axes((int X, int Y, int Z) size) => [(nuint)size.X, (nuint)size.Y, (nuint)size.Z];
}
