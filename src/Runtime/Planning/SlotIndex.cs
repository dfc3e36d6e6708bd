using System.Numerics;
using Nn.Graphs;

namespace Nn.Planning;

/// <summary>Things at slots, found by the memory that they share with another slot.</summary>
/// <typeparam name="T">What is at a slot.</typeparam>
internal sealed class SlotIndex<T>
{
    // Slots of like size lie in the order of their offsets: of those that begin far before another slot none can reach into it.
    private readonly Dictionary<Arena, (long Longest, (Slot Slot, T Value)[] Sorted)[]> _byArena;

    /// <summary>Indexes them all.</summary>
    public SlotIndex(IEnumerable<(Slot Slot, T Value)> entries) => _byArena = entries.GroupBy(e => e.Slot.Arena).ToDictionary(
        arena => arena.Key,
        arena => arena.GroupBy(e => BitOperations.Log2((ulong)e.Slot.Bytes))
            .Select(like => (like.Max(e => e.Slot.Bytes), like.OrderBy(e => e.Slot.Offset).ToArray())).ToArray());

    /// <summary>What is at slots that overlap with one.</summary>
    public IEnumerable<T> Overlapping(Slot slot)
    {
        if (!_byArena.TryGetValue(slot.Arena, out var sizes)) yield break;
        foreach ((long longest, (Slot Slot, T Value)[] sorted) in sizes)
        {
            for (int i = FirstAfter(sorted, slot.Offset - longest); i < sorted.Length && sorted[i].Slot.Offset < slot.Offset + slot.Bytes; i++)
            {
                if (sorted[i].Slot.Overlaps(slot)) yield return sorted[i].Value;
            }
        }
    }

    private static int FirstAfter((Slot Slot, T Value)[] sorted, long offset)
    {
        (int low, int high) = (0, sorted.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle].Slot.Offset > offset) high = middle;
            else low = middle + 1;
        }

        return low;
    }
}
