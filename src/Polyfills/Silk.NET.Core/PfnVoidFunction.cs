namespace Silk.NET.Core;

/// <summary>The address of a function whose signature the caller knows.</summary>
public readonly unsafe struct PfnVoidFunction(delegate* unmanaged[Cdecl]<void> ptr)
{
    /// <summary>The address.</summary>
    public delegate* unmanaged[Cdecl]<void> Handle { get; } = ptr;

    /// <summary>The address as a number.</summary>
    public static implicit operator nint(PfnVoidFunction pfn) => (nint)pfn.Handle;
}
