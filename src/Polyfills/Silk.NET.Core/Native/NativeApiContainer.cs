namespace Silk.NET.Core.Native;

/// <summary>Something that calls into a native library.</summary>
public abstract class NativeApiContainer : IDisposable
{
    private readonly Contexts.INativeContext _context;

    private protected NativeApiContainer(Contexts.INativeContext ctx) => _context = ctx;

    /// <summary>Releases the library.</summary>
    public void Dispose()
    {
        _context.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The address of an entry point, looked up at its first use and kept in <paramref name="slot"/>.</summary>
    protected nint Load(ref nint slot, string proc) => slot != 0 ? slot : slot = _context.GetProcAddress(proc);
}
