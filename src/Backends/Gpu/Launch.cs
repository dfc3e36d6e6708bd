using Nn.Graphs;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>A byte range of an arena that a launch binds.</summary>
public readonly record struct BufferRange(Arena Arena, long Offset, long Bytes)
{
    /// <summary>The range of a slot.</summary>
    public static BufferRange Of(Slot slot) => new(slot.Arena, slot.Offset, slot.Bytes);

    /// <summary>Whether two ranges share a byte.</summary>
    public bool Overlaps(BufferRange other) =>
        Arena == other.Arena && Offset < other.Offset + other.Bytes && other.Offset < Offset + Bytes;
}

/// <summary>One run of a kernel: what it binds and how many work groups it takes.</summary>
public sealed class Launch(GpuKernel kernel, IReadOnlyList<BufferRange> buffers, IReadOnlyList<int> constants, (int X, int Y, int Z) groups)
{
    /// <summary>What runs.</summary>
    public GpuKernel Kernel { get; } = kernel;

    /// <summary>One range for each of the kernel's buffers.</summary>
    public IReadOnlyList<BufferRange> Buffers { get; } = buffers;

    /// <summary>The kernel's constants.</summary>
    public IReadOnlyList<int> Constants { get; } = constants;

    /// <summary>Work groups along x, y, z.</summary>
    public (int X, int Y, int Z) Groups { get; } = groups;

    /// <summary>The step that it is part of.</summary>
    public required PlanStep Step { get; init; }

    /// <summary>Whether it has to wait for launches since the last one that waited.</summary>
    public bool Waits { get; internal set; }
}
