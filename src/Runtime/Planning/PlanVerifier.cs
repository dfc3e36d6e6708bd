using Nn.Graphs;

namespace Nn.Planning;

/// <summary>What must hold of a plan: places within their arenas, nothing read before it is written, no two living values at one place.</summary>
internal static class PlanVerifier
{
    /// <summary>One sentence for each thing that does not hold.</summary>
    public static IEnumerable<string> Mistakes(Plan plan)
    {
        foreach (Slot slot in plan.Slots)
        {
            if (!slot.Persistent) yield return $"{slot} is named by the plan, but does not outlive a run";
            if (Outside(slot, plan) is { } mistake) yield return mistake;
        }

        foreach (Entry entry in plan.Entries)
        {
            foreach (string mistake in Mistakes(plan, entry)) yield return $"{entry.Name}: {mistake}";
        }
    }

    /// <summary>Of temporaries that have their places: those that share memory while both live.</summary>
    internal static IEnumerable<string> Overlaps(IEnumerable<TemporaryBuffer> buffers)
    {
        TemporaryBuffer[] roots = [.. buffers.Where(b => b.Last >= 0 && b.Bytes > 0).OrderBy(b => b.Offset)];
        for (int i = 0; i < roots.Length; i++)
        {
            for (int k = i + 1; k < roots.Length && roots[k].Offset < roots[i].Offset + roots[i].Bytes; k++)
            {
                if (roots[i].First <= roots[k].Last && roots[k].First <= roots[i].Last)
                {
                    yield return $"two values lie at {roots[k].Offset} of the work memory, one from step {roots[i].First} to {roots[i].Last}, "
                        + $"the other from {roots[k].First} to {roots[k].Last}";
                }
            }
        }
    }

    private static IEnumerable<string> Mistakes(Plan plan, Entry entry)
    {
        // Ranges of work memory that hold a value of this run.
        var written = new Dictionary<Arena, ByteRanges>();
        for (int i = 0; i < entry.Steps.Count; i++)
        {
            PlanStep step = entry.Steps[i];
            foreach (Slot slot in step.Reads.Concat(step.Writes))
            {
                if (Outside(slot, plan) is { } mistake) yield return $"step {i + 1}, {step.Kind} {step.Label}: {mistake}";
            }

            // A loop reads what the copies before it and its own iterations have written.
            foreach (Slot slot in step.Reads.Where(s => !s.Persistent && !step.Writes.Contains(s)))
            {
                if (slot.Bytes > 0 && !(written.TryGetValue(slot.Arena, out ByteRanges? ranges) && ranges.Contains(slot.Offset, slot.Bytes)))
                    yield return $"step {i + 1}, {step.Kind} {step.Label}, reads {slot}, which no step before it has written";
            }

            foreach (Slot slot in step.Writes.Where(s => !s.Persistent))
            {
                if (!written.TryGetValue(slot.Arena, out ByteRanges? ranges)) written[slot.Arena] = ranges = new ByteRanges();
                ranges.Add(slot.Offset, slot.Bytes);
            }
        }
    }

    private static string? Outside(Slot slot, Plan plan) =>
        !plan.Arenas.Contains(slot.Arena) ? $"{slot} lies in {slot.Arena.Name}, which the plan does not have"
        : slot.Offset < 0 || slot.Offset + slot.Bytes > slot.Arena.Bytes
            ? $"{slot} at byte {slot.Offset} does not lie within the {slot.Arena.Bytes} bytes of {slot.Arena.Name}"
        : null;
}
