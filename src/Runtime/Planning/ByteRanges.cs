using Nn.Graphs;

namespace Nn.Planning;

/// <summary>A set of bytes. Gaps of less than the alignment of slots count as filled: packed rows have such.</summary>
internal sealed class ByteRanges
{
    private const long Gap = Arena.Alignment - 1;

    private readonly SortedList<long, long> _ends = [];

    /// <summary>Adds a range.</summary>
    public void Add(long start, long bytes)
    {
        if (bytes <= 0) return;
        long end = start + bytes;
        foreach ((long from, long to) in _ends.Where(r => r.Key <= end + Gap && r.Value + Gap >= start).ToArray())
        {
            (start, end) = (Math.Min(start, from), Math.Max(end, to));
            _ends.Remove(from);
        }

        _ends[start] = end;
    }

    /// <summary>Whether all bytes of a range are in it.</summary>
    public bool Contains(long start, long bytes) => _ends.Any(r => r.Key <= start && r.Value + Gap >= start + bytes);
}
