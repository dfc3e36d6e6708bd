namespace Silk.NET.Core;

/// <summary>A version in 32 bits: major in the top 10, minor in 10, patch in 12.</summary>
public readonly struct Version32
{
    private Version32(uint value) => Value = value;

    /// <summary>Packs a version.</summary>
    public Version32(uint major, uint minor, uint patch) => Value = major << 22 | minor << 12 | patch;

    /// <summary>The packed bits.</summary>
    public uint Value { get; }

    /// <summary>Major version.</summary>
    public uint Major => Value >> 22;

    /// <summary>Minor version.</summary>
    public uint Minor => Value >> 12 & 0x3FF;

    /// <summary>Patch.</summary>
    public uint Patch => Value & 0xFFF;

    /// <summary>From packed bits.</summary>
    public static explicit operator Version32(uint val) => new(val);

    /// <summary>To packed bits.</summary>
    public static implicit operator uint(Version32 val) => val.Value;
}
