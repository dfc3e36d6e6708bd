using System.Runtime.InteropServices;
using Silk.NET.Core.Loader;

namespace Silk.NET.Core.Contexts;

/// <summary>Entry points of a shared library.</summary>
public class DefaultNativeContext : INativeContext
{
    private nint _library;

    /// <summary>Loads the first library of these names that the system finds.</summary>
    /// <exception cref="FileNotFoundException">It finds none of them.</exception>
    public DefaultNativeContext(string[] names)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out _library)) return;
        }

        throw new FileNotFoundException($"none of these libraries could be loaded: {string.Join(", ", names)}", names[0]);
    }

    /// <inheritdoc/>
    public nint GetProcAddress(string proc, int? slot = default) =>
        TryGetProcAddress(proc, out nint address, slot) ? address : throw new SymbolLoadingException(proc);

    /// <inheritdoc/>
    public bool TryGetProcAddress(string proc, out nint addr, int? slot = default) => NativeLibrary.TryGetExport(_library, proc, out addr);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_library == 0) return;
        NativeLibrary.Free(_library);
        _library = 0;
        GC.SuppressFinalize(this);
    }
}
