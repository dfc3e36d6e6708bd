namespace Silk.NET.Core;

/// <summary>A truth value of four bytes; true is 1.</summary>
public readonly struct Bool32(uint val) : IEquatable<Bool32>
{
    /// <summary>A truth value of four bytes.</summary>
    public Bool32(bool val)
        : this(val ? 1u : 0u)
    {
    }

    /// <summary>0 or 1.</summary>
    public uint Value { get; } = val;

    /// <summary>Whether it is 1.</summary>
    public static implicit operator bool(Bool32 val) => val.Value == 1;

    /// <summary>The number.</summary>
    public static implicit operator uint(Bool32 val) => val.Value;

    /// <summary>1 for true.</summary>
    public static implicit operator Bool32(bool val) => new(val);

    /// <summary>The number as a truth value.</summary>
    public static implicit operator Bool32(uint val) => new(val);

    /// <summary>Same number.</summary>
    public static bool operator ==(Bool32 left, Bool32 right) => left.Value == right.Value;

    /// <summary>Other number.</summary>
    public static bool operator !=(Bool32 left, Bool32 right) => left.Value != right.Value;

    /// <inheritdoc/>
    public bool Equals(Bool32 other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Bool32 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();
}
