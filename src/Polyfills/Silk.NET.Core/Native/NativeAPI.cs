using Silk.NET.Core.Contexts;

namespace Silk.NET.Core.Native;

/// <summary>A native API as a class: one method an entry point.</summary>
public abstract class NativeAPI : NativeApiContainer
{
    /// <summary>An API whose entry points come from <paramref name="ctx"/>.</summary>
    protected NativeAPI(INativeContext ctx)
        : base(ctx) => Context = ctx;

    /// <summary>Where the entry points come from.</summary>
    public INativeContext Context { get; }
}

/// <summary>An extension of a native API.</summary>
public abstract class NativeExtension<T> : NativeApiContainer
    where T : NativeAPI
{
    /// <summary>An extension whose entry points come from <paramref name="ctx"/>.</summary>
    protected NativeExtension(INativeContext ctx)
        : base(ctx)
    {
    }
}
