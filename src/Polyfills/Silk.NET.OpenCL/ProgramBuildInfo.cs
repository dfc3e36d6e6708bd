namespace Silk.NET.OpenCL;

/// <summary>How building a program went.</summary>
public enum ProgramBuildInfo : int
{
    BuildStatus = 0x1181,
    BuildOptions = 0x1182,
    BuildLog = 0x1183,
}
