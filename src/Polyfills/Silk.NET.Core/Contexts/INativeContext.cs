namespace Silk.NET.Core.Contexts;

/// <summary>Where the entry points of a native API come from.</summary>
public interface INativeContext : IDisposable
{
    /// <summary>The address of an entry point.</summary>
    /// <exception cref="Loader.SymbolLoadingException">There is none of that name.</exception>
    nint GetProcAddress(string proc, int? slot = default);

    /// <summary>The address of an entry point, if there is one of that name.</summary>
    bool TryGetProcAddress(string proc, out nint addr, int? slot = default);
}
