using Nn.Graphs;

namespace Nn.Planning;

/// <summary>Memory for a temporary value, from the step that writes it first to the step that reads it last.</summary>
internal sealed class TemporaryBuffer(long bytes)
{
    private TemporaryBuffer? _parent;
    private long _offset;
    private Slot? _fixed;

    /// <summary>Size.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>First step that uses it.</summary>
    public int First { get; private set; } = int.MaxValue;

    /// <summary>Last step that uses it.</summary>
    public int Last { get; private set; } = -1;

    /// <summary>The buffer that this one lies in, and where.</summary>
    public (TemporaryBuffer Root, long Offset) Root
    {
        get
        {
            (TemporaryBuffer b, long offset) = (this, 0);
            while (b._parent is { } parent) (b, offset) = (parent, offset + b._offset);
            return (b, offset);
        }
    }

    /// <summary>Whether it is part of another.</summary>
    public bool Embedded => _parent is not null;

    /// <summary>The persistent slot that serves as its memory, if any.</summary>
    public Slot? Fixed => Root.Root._fixed;

    /// <summary>Place in the work arena, once laid out.</summary>
    public long Offset { get; set; }

    /// <summary>Makes it a part of another.</summary>
    public void Embed(TemporaryBuffer parent, long offset)
    {
        if (_fixed is not null || Root.Root == parent.Root.Root) throw new InvalidOperationException("a buffer cannot be embedded twice");
        (_parent, _offset) = (parent, offset);
    }

    /// <summary>Uses a persistent slot as its memory.</summary>
    public void Fix(Slot slot) => Root.Root._fixed = slot;

    /// <summary>Notes that a step uses it.</summary>
    public void Touch(int step)
    {
        TemporaryBuffer root = Root.Root;
        (root.First, root.Last) = (Math.Min(root.First, step), Math.Max(root.Last, step));
    }
}

/// <summary>
/// Gives temporaries their places: the largest first, each at the lowest offset where nothing that lives at the same time lies
/// (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020: greedy by size).
/// </summary>
internal static class MemoryLayout
{
    /// <summary>Sets the offsets of root buffers and returns the bytes needed.</summary>
    public static long Place(IEnumerable<TemporaryBuffer> values)
    {
        TemporaryBuffer[] buffers = [.. values];
        // In the order of their offsets.
        var placed = new List<TemporaryBuffer>();
        long total = 0;
        foreach (TemporaryBuffer b in buffers.Where(b => b.Last >= 0).OrderByDescending(b => b.Bytes).ThenBy(b => b.First))
        {
            long offset = 0;
            foreach (TemporaryBuffer p in placed)
            {
                if (p.First > b.Last || b.First > p.Last) continue;
                if (p.Offset - offset >= b.Bytes) break;
                offset = Math.Max(offset, Arena.Align(p.Offset + p.Bytes));
            }

            b.Offset = offset;
            int at = placed.BinarySearch(b, Comparer<TemporaryBuffer>.Create((x, y) => x.Offset.CompareTo(y.Offset)));
            placed.Insert(at < 0 ? ~at : at, b);
            total = Math.Max(total, offset + b.Bytes);
        }

        Verification.Demand("the layout of memory", () => PlanVerifier.Overlaps(buffers));
        return total;
    }
}
