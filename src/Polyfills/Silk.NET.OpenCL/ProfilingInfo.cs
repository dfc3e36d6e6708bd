namespace Silk.NET.OpenCL;

/// <summary>Times of a command, in nanoseconds of the device's clock.</summary>
public enum ProfilingInfo : int
{
    Queued = 0x1280,
    Submit = 0x1281,
    Start = 0x1282,
    End = 0x1283,
    Complete = 0x1284,
}
