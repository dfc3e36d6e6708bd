namespace Silk.NET.OpenCL;

/// <summary>Properties of a queue.</summary>
[Flags]
public enum CommandQueueProperties : ulong
{
    None = 0,
    OutOfOrderExecModeEnable = 1,
    ProfilingEnable = 2,
}
