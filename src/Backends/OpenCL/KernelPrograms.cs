using Nn.Files;
using Nn.Planning.Gpu;

namespace Nn.Backends.OpenCl;

/// <summary>Compiled kernels of a context, each compiled once; what the compiler made is kept on disk for the next time.</summary>
internal sealed class KernelPrograms(ClApi api, nint context, OpenClDevice device, DiskCache cache, Func<GpuKernel, string> source) : IDisposable
{
    private const string Options = "-cl-std=CL1.2";

    private readonly Dictionary<GpuKernel, nint> _programs = [];

    /// <summary>The program of a kernel.</summary>
    /// <exception cref="NnException">It does not compile; the message has the build log.</exception>
    public nint Get(GpuKernel kernel)
    {
        if (!_programs.TryGetValue(kernel, out nint program)) _programs[kernel] = program = Load(kernel);
        return program;
    }

    public void Dispose()
    {
        foreach (nint program in _programs.Values) api.ReleaseProgram(program);
        _programs.Clear();
    }

    private nint Load(GpuKernel kernel)
    {
        string text = source(kernel), file = DiskCache.Key(text, Options, device.Identity) + ".clbin";
        if (cache.Read(file) is { } binary && TryBinary(kernel, binary) is { } cached) return cached;
        nint program = api.CreateProgram(context, text);
        try
        {
            api.Build(program, device.Handle, Options, kernel.Name);
            if (api.Binary(program) is { Length: > 0 } made) cache.Write(file, made);
            return program;
        }
        catch
        {
            api.ReleaseProgram(program);
            throw;
        }
    }

    // A driver may refuse what it made itself, after an update that its version does not tell; then the source is compiled again.
    private nint? TryBinary(GpuKernel kernel, byte[] binary)
    {
        nint program = 0;
        try
        {
            program = api.CreateProgram(context, device.Handle, binary);
            api.Build(program, device.Handle, Options, kernel.Name);
            return program;
        }
        catch (NnException)
        {
            if (program != 0) api.ReleaseProgram(program);
            return null;
        }
    }
}
