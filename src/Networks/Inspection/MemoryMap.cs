using Nn.Graphs;
using Nn.Planning;

namespace Nn.Networks.Inspection;

/// <summary>A value in the work memory of an entry.</summary>
/// <param name="Name">What it is: the layer or op that made it.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Bytes">Size.</param>
/// <param name="First">The step that writes it, from 0.</param>
/// <param name="Last">The last step that reads it.</param>
public sealed record LivingValue(string Name, Shape Shape, long Offset, long Bytes, int First, int Last)
{
    /// <summary>The byte after its last one.</summary>
    public long End => Offset + Bytes;

    /// <summary>Whether it is there in a step.</summary>
    public bool LivesIn(int step) => First <= step && step <= Last;
}

/// <summary>Who lives when and where in the work memory that all entries of a plan share, seen for one of them.</summary>
/// <param name="Entry">Its name.</param>
/// <param name="Steps">Its steps.</param>
/// <param name="Size">Bytes of the memory, as the plan has it for all its entries.</param>
/// <param name="Values">In the order in which they are written.</param>
public sealed record MemoryMap(string Entry, IReadOnlyList<PlanStep> Steps, long Size, IReadOnlyList<LivingValue> Values)
{
    /// <summary>Bytes that are alive in a step.</summary>
    public long Alive(int step) => Values.Where(v => v.LivesIn(step)).Sum(v => v.Bytes);

    /// <summary>The step in which most bytes are alive, from 0.</summary>
    public int Peak => Steps.Count == 0 ? 0 : Enumerable.Range(0, Steps.Count).MaxBy(Alive);

    /// <summary>The end of the highest value: what the entry needs of the memory.</summary>
    public long Highest => Values.Select(v => v.End).DefaultIfEmpty().Max();

    /// <summary>
    /// Reads it off the plan's steps: a value lives from the step that writes its slot to the last that reads it, under its own name or as a view of the same
    /// bytes. Where a step writes its result in place of an operand, the operand ends with the step before.
    /// </summary>
    public static MemoryMap Of(Plan plan, string entry)
    {
        Entry e = plan.Entries.FirstOrDefault(x => x.Name == entry)
            ?? throw new NnException(ExitCode.Usage, $"there is no entry '{entry}'; there are {string.Join(", ", plan.Entries.Select(x => x.Name))}");
        var values = new List<LivingValue>();
        // Views of the same bytes may have a name in common with others elsewhere.
        var known = new Dictionary<(string, long, long), int>();
        static (string, long, long) Key(Slot s) => (s.Name, s.Offset, s.Bytes);
        // Those that have not been written over.
        var present = new List<int>();
        void Extend(int v, int step) => values[v] = values[v] with { Last = Math.Max(values[v].Last, step) };
        for (int s = 0; s < e.Steps.Count; s++)
        {
            Slot[] writes = [.. e.Steps[s].Writes.Where(w => !w.Persistent && w.Bytes > 0)];
            foreach (Slot read in e.Steps[s].Reads.Where(r => !r.Persistent))
            {
                // By its own name also where something was written over it: such a plan would be wrong, and is to be seen.
                if (known.TryGetValue(Key(read), out int own)) Extend(own, s);
                // A loop reads what it has written itself.
                else if (!writes.Any(w => Key(w) == Key(read))) foreach (int v in present.Where(v => Overlap(values[v], read))) Extend(v, s);
            }

            foreach (Slot written in writes)
            {
                if (known.TryGetValue(Key(written), out int again))
                {
                    Extend(again, s);
                    continue;
                }

                // The first states of a loop are copied into its result before.
                int first = s;
                while (e.Steps[s] is ScanStep && first > 0 && e.Steps[first - 1] is CopyStep { Output: { Persistent: false } part }
                    && written.Offset <= part.Offset && part.Offset + part.Bytes <= written.Offset + written.Bytes)
                    first--;
                foreach (int v in present.Where(v => values[v].First >= first && values[v].First < s && Overlap(values[v], written)))
                    values[v] = values[v] with { Last = -1 };
                foreach (int v in present.Where(v => Overlap(values[v], written)).ToArray())
                {
                    present.Remove(v);
                    bool whole = values[v].Offset == written.Offset && values[v].Bytes == written.Bytes;
                    if (whole && values[v].Last == s) values[v] = values[v] with { Last = s - 1 };
                }

                known[Key(written)] = values.Count;
                present.Add(values.Count);
                values.Add(new LivingValue(written.Name, written.Shape, written.Offset, written.Bytes, first, s));
            }
        }

        // A product that its epilogue replaces on the spot never was there.
        return new MemoryMap(entry, e.Steps, plan.Arenas.Where(a => !a.Persistent).Sum(a => a.Bytes), [.. values.Where(v => v.Last >= v.First)]);
    }

    /// <summary>The largest values, the largest first, with the letters by which they are called in pictures.</summary>
    public IReadOnlyList<(char Letter, LivingValue Value)> Largest(int count) =>
        [.. Values.OrderByDescending(v => v.Bytes).ThenBy(v => v.First).Take(Math.Min(count, 26)).Select((v, i) => ((char)('A' + i), v))];

    /// <summary>Bytes for people.</summary>
    public static string Scaled(long bytes)
    {
        (double unit, string name) = Unit(bytes);
        return $"{(bytes / unit).ToString(unit == 1 ? "N0" : "N1", System.Globalization.CultureInfo.InvariantCulture)} {name}";
    }

    /// <summary>The unit in which so many bytes are told.</summary>
    internal static (double Unit, string Name) Unit(long bytes) => bytes switch
    {
        < 10_000 => (1, "bytes"),
        < 1_000_000 => (1e3, "kB"),
        < 1_000_000_000 => (1e6, "MB"),
        _ => (1e9, "GB")
    };

    private static bool Overlap(LivingValue v, Slot s) => v.Offset < s.Offset + s.Bytes && s.Offset < v.End;
}
