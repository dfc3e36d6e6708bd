using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>Memory for the partial results of one step, from the start of the arena that all steps share.</summary>
internal sealed class ScratchMemory(Arena arena)
{
    private long _end;

    /// <summary>A range that no other of the step overlaps.</summary>
    public BufferRange Reserve(long bytes)
    {
        long offset = Arena.Align(_end);
        _end = checked(offset + bytes);
        arena.Grow(_end);
        return new BufferRange(arena, offset, bytes);
    }
}
