using System.Runtime.InteropServices;
using System.Text;

namespace Nn.Backends.Vulkan;

/// <summary>Names for a native call: zero-terminated UTF-8, one by one and as an array, until disposed.</summary>
internal sealed unsafe class NativeText : IDisposable
{
    private readonly byte** _names;

    public NativeText(params ReadOnlySpan<string> names)
    {
        Count = (uint)names.Length;
        _names = (byte**)NativeMemory.AllocZeroed((nuint)names.Length + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < names.Length; i++) _names[i] = (byte*)Marshal.StringToCoTaskMemUTF8(names[i]);
    }

    /// <summary>How many.</summary>
    public uint Count { get; }

    /// <summary>The array.</summary>
    public byte** All => _names;

    /// <summary>The first.</summary>
    public byte* First => _names[0];

    /// <summary>The text in a fixed field of a structure.</summary>
    public static string Of(byte* text) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    public void Dispose()
    {
        for (uint i = 0; i < Count; i++) Marshal.FreeCoTaskMem((nint)_names[i]);
        NativeMemory.Free(_names);
    }
}
