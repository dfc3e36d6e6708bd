namespace Silk.NET.OpenCL;

/// <summary>Properties of a device.</summary>
public enum DeviceInfo : int
{
    Type = 0x1000,
    VendorID = 0x1001,
    MaxComputeUnits = 0x1002,
    MaxWorkItemDimensions = 0x1003,
    MaxWorkGroupSize = 0x1004,
    MaxWorkItemSizes = 0x1005,
    MaxClockFrequency = 0x100C,
    AddressBits = 0x100D,
    MaxMemAllocSize = 0x1010,
    MaxParameterSize = 0x1017,
    MemBaseAddrAlign = 0x1019,
    GlobalMemSize = 0x101F,
    LocalMemType = 0x1022,
    LocalMemSize = 0x1023,
    EndianLittle = 0x1026,
    Available = 0x1027,
    CompilerAvailable = 0x1028,
    Name = 0x102B,
    Vendor = 0x102C,
    DriverVersion = 0x102D,
    Profile = 0x102E,
    Version = 0x102F,
    Extensions = 0x1030,
    Platform = 0x1031,
}
