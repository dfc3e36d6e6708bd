namespace Silk.NET.OpenCL;

/// <summary>Properties of a program.</summary>
public enum ProgramInfo : int
{
    BinarySizes = 0x1165,
    Binaries = 0x1166,
}
