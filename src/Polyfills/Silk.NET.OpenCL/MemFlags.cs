namespace Silk.NET.OpenCL;

/// <summary>How memory is used.</summary>
[Flags]
public enum MemFlags : ulong
{
    None = 0,
    ReadWrite = 1,
    WriteOnly = 2,
    ReadOnly = 4,
    UseHostPtr = 8,
    AllocHostPtr = 0x10,
    CopyHostPtr = 0x20,
}
