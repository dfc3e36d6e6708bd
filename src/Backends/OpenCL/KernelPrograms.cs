using Nn.Backends.Gpu;
using Nn.Files;

namespace Nn.Backends.OpenCl;

/// <summary>
/// Compiled kernels of a context, each compiled once; what the compiler made is kept in the cache, if there is one. Generated kernels of a plan
/// are one program: compilers take longer to start than to compile one of them.
/// </summary>
internal sealed class KernelPrograms(ClApi api, nint context, OpenClDevice device, DiskCache? cache, Func<GpuKernel, string, string> source) : IDisposable
{
    private const string Options = "-cl-std=CL1.2";

    private readonly Dictionary<GpuKernel, (nint Program, string Function)> _kernels = [];
    private readonly List<nint> _programs = [];

    /// <summary>Compiles those that are new.</summary>
    /// <exception cref="NnException">One does not compile; the message has the build log.</exception>
    public void Compile(IEnumerable<GpuKernel> kernels)
    {
        GpuKernel[] missing = [.. kernels.Where(k => !_kernels.ContainsKey(k)).Distinct()];
        GpuKernel[] together = [.. missing.OfType<GeneratedKernel>()];
        if (together.Length > 0) Compile(together, i => $"{OpenClWriter.EntryPoint}{i}");
        foreach (GpuKernel kernel in missing.Except(together)) Compile([kernel], _ => OpenClWriter.EntryPoint);
    }

    /// <summary>A kernel object of its own of a compiled kernel.</summary>
    public nint Create(GpuKernel kernel)
    {
        (nint program, string function) = _kernels[kernel];
        return api.CreateKernel(program, function);
    }

    public void Dispose()
    {
        foreach (nint program in _programs) api.ReleaseProgram(program);
        _programs.Clear();
        _kernels.Clear();
    }

    private void Compile(GpuKernel[] kernels, Func<int, string> function)
    {
        string text = string.Join('\n', kernels.Select((k, i) => source(k, function(i))));
        nint program = Load(text, kernels.Length == 1 ? kernels[0].Name : $"{kernels.Length} generated kernels");
        _programs.Add(program);
        for (int i = 0; i < kernels.Length; i++) _kernels[kernels[i]] = (program, function(i));
    }

    private nint Load(string text, string what)
    {
        string file = DiskCache.Key(text, Options, device.Identity) + ".clbin";
        if (cache?.Read(file) is { } binary && TryBinary(binary, what) is { } cached) return cached;
        nint program = api.CreateProgram(context, text);
        try
        {
            api.Build(program, device.Handle, Options, what);
            if (cache is not null && api.Binary(program) is { Length: > 0 } made) cache.Write(file, made);
            return program;
        }
        catch
        {
            api.ReleaseProgram(program);
            throw;
        }
    }

    // A driver may refuse what it made itself, after an update that its version does not tell; then the source is compiled again.
    private nint? TryBinary(byte[] binary, string what)
    {
        nint program = 0;
        try
        {
            program = api.CreateProgram(context, device.Handle, binary);
            api.Build(program, device.Handle, Options, what);
            return program;
        }
        catch (NnException)
        {
            if (program != 0) api.ReleaseProgram(program);
            return null;
        }
    }
}
