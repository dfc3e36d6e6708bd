using Nn.Graphs;

namespace Nn.Graphs;

/// <summary>
/// A region of memory of one backend: all its slots live or die together. Persistent arenas keep their content between runs.
/// </summary>
public sealed class Arena(string name, bool persistent)
{
    /// <summary>Every slot starts on a multiple of this many bytes.</summary>
    public const int Alignment = 64;

    /// <summary>Shown in plans: parameters, gradients, data, work, …</summary>
    public string Name { get; } = name;

    /// <summary>Whether the content outlives a run.</summary>
    public bool Persistent { get; } = persistent;

    /// <summary>Size so far; grows until the plan is complete.</summary>
    public long Bytes { get; private set; }

    /// <summary>Reserves <paramref name="bytes"/> at the end and returns their aligned offset.</summary>
    public long Reserve(long bytes)
    {
        long offset = Align(Bytes);
        Bytes = checked(offset + bytes);
        return offset;
    }

    /// <summary>Makes the arena at least so large.</summary>
    public void Grow(long bytes) => Bytes = Math.Max(Bytes, bytes);

    /// <summary>The next multiple of <see cref="Alignment"/>.</summary>
    public static long Align(long bytes) => checked((bytes + Alignment - 1) / Alignment * Alignment);
}

/// <summary>
/// A contiguous row-major tensor at a fixed place in an arena. Slots may overlap: a parameter is a piece of the slot of
/// all parameters; temporaries share memory once dead.
/// </summary>
public sealed class Slot(string name, Shape shape, DType type, Arena arena, long offset)
{
    /// <summary>A slot that lies nowhere yet, alone in an arena of its own; its extents need not be known.</summary>
    public static Slot Placeholder(string name, Shape shape, DType type)
    {
        var arena = new Arena(name, persistent: true);
        return new Slot(name, shape, type, arena, shape.IsKnown ? arena.Reserve(shape.Count * type.Size()) : 0);
    }

    /// <summary>Unique within its plan where persistent, else descriptive.</summary>
    public string Name { get; } = name;

    /// <summary>Extents.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>Element type.</summary>
    public DType Type { get; } = type;

    /// <summary>Where it lies.</summary>
    public Arena Arena { get; } = arena;

    /// <summary>Byte offset in the arena.</summary>
    public long Offset { get; } = offset;

    /// <summary>Size in bytes.</summary>
    public long Bytes => Shape.Count * Type.Size();

    /// <summary>Whether the content outlives a run.</summary>
    public bool Persistent => Arena.Persistent;

    /// <summary>Whether two slots share a byte.</summary>
    public bool Overlaps(Slot other) =>
        Arena == other.Arena && Offset < other.Offset + other.Bytes && other.Offset < Offset + Bytes;

    /// <summary>The same memory from <paramref name="offset"/> bytes on, seen with another shape.</summary>
    public Slot View(string name, Shape shape, long offset = 0)
    {
        if (offset < 0 || offset + shape.Count * Type.Size() > Bytes)
            throw new ArgumentException($"a view of {shape} at byte {offset} lies outside {Name} ({Bytes} bytes)");
        return new Slot(name, shape, Type, Arena, Offset + offset);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Type.Name()} {Shape}";
}
