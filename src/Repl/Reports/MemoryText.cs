using System.Globalization;
using System.Text;
using Nn.Graphs;
using Nn.Networks.Figures;
using Nn.Networks.Inspection;
using Nn.Planning;
using Nn.Repl.Plots;
using Nn.Repl.Terminal;

namespace Nn.Repl.Reports;

/// <summary>A plan's memory in the terminal: its arenas, the map of the work memory in blocks, the largest values, the peak.</summary>
internal static class MemoryText
{
    private const int Rows = 16, Listed = 12, Margin = 10;

    /// <summary>All of it, in lines no wider than the style allows; <paramref name="updates"/> are the names of the step's updates.</summary>
    public static string Write(Plan plan, MemoryMap map, IReadOnlyCollection<string> updates, TextStyle style)
    {
        string Name(LivingValue v)
        {
            // The number tells nodes of the graph apart, which nobody sees here. What is no layer is named after its update.
            string name = v.Name.LastIndexOf('%') is var at and > 0 ? v.Name[..at] : v.Name;
            return updates.Contains(name) ? $"{name}: loss and gradients" : name;
        }

        var s = new StringBuilder();
        foreach (Arena a in plan.Arenas.Where(a => a.Persistent))
        {
            string[] largest = [.. plan.Slots.Where(x => x.Arena == a).OrderByDescending(x => x.Bytes).Take(3)
                .Select(x => $"{x.Name} {MemoryMap.Scaled(x.Bytes)}")];
            Line(s, $"{a.Name,-12} {MemoryMap.Scaled(a.Bytes),11}  {string.Join(", ", largest)}", style.Width);
        }

        string[] needs = [.. plan.Entries.Select(e => $"{e.Name} {MemoryMap.Scaled(MemoryMap.Of(plan, e.Name).Highest)}")];
        Line(s, $"{"work",-12} {MemoryMap.Scaled(map.Size),11}  used in turn by {string.Join(", ", needs)}", style.Width);
        s.Append($"{"all",-12} {MemoryMap.Scaled(plan.Bytes),11}\n");
        if (map.Values.Count == 0) return s.Append($"\n{map.Entry} keeps nothing between its steps").ToString();
        s.Append($"\n{map.Entry}, step by step:\n");
        Map(s, map, style);
        s.Append('\n');
        int number = map.Steps.Count.ToString(CultureInfo.InvariantCulture).Length, width = map.Largest(Listed).Max(l => Name(l.Value).Length),
            shape = map.Largest(Listed).Max(l => l.Value.Shape.ToString().Length);
        foreach ((char letter, LivingValue v) in map.Largest(Listed))
            Line(s, $"  {letter}  {MemoryMap.Scaled(v.Bytes),11}  {Name(v).PadRight(width)}  {v.Shape.ToString().PadRight(shape)}  steps "
                + $"{(v.First + 1).ToString().PadLeft(number)} to {(v.Last + 1).ToString().PadLeft(number)}", style.Width);
        int peak = map.Peak;
        PlanStep at = map.Steps[peak];
        s.Append($"most is alive in step {peak + 1} ({at.Kind} {at.Label}): {MemoryMap.Scaled(map.Alive(peak))} of {map.Values.Count(v => v.LivesIn(peak))} "
            + $"values, {(100.0 * map.Alive(peak) / map.Highest).ToString("F0", CultureInfo.InvariantCulture)} % of what {map.Entry} needs\n");
        long apart = map.Values.Sum(v => v.Bytes);
        s.Append($"without sharing, its {map.Values.Count} values would take {MemoryMap.Scaled(apart)}");
        return s.ToString();
    }

    private static void Map(StringBuilder s, MemoryMap map, TextStyle style)
    {
        int steps = map.Steps.Count, room = Math.Max(20, style.Width - Margin - 2), each = Math.Max(1, Math.Min(6, room / steps)),
            columns = Math.Min(room, steps * each);
        Dictionary<LivingValue, char> letters = map.Largest(26).ToDictionary(l => l.Value, l => l.Letter);
        Dictionary<LivingValue, int> colours = map.Values.Select((v, i) => (v, i % FigureLayer.Colours)).ToDictionary();
        var told = new HashSet<LivingValue>();
        for (int r = 0; r < Rows; r++)
        {
            long low = map.Highest * (Rows - 1 - r) / Rows, high = map.Highest * (Rows - r) / Rows;
            s.Append(((r % 4 == 0) ? MemoryMap.Scaled(high) : "").PadLeft(Margin - 1)).Append(" │");
            for (int c = 0; c < columns; c++)
            {
                int step = (int)((long)c * steps / columns);
                LivingValue? v = map.Values.Where(x => x.LivesIn(step) && x.Offset < high && low < x.End)
                    .MaxBy(x => Math.Min(x.End, high) - Math.Max(x.Offset, low));
                if (v is null)
                {
                    s.Append(' ');
                    continue;
                }

                // Of several in a row the largest is shown, as a low block if it does not fill half of it.
                bool part = 2 * (Math.Min(v.End, high) - Math.Max(v.Offset, low)) < high - low;
                char letter = letters.GetValueOrDefault(v, '·');
                // With colours a letter names a block once, without them it is the block.
                if (!style.Colours) s.Append(part ? char.ToLowerInvariant(letter) : letter);
                else if (part) s.Append($"{Code(38, colours[v])}▄{Ansi.Csi}0m");
                else s.Append($"{Code(48, colours[v])}{Ansi.Csi}38;2;255;255;255m{(letter != '·' && told.Add(v) ? letter : ' ')}{Ansi.Csi}0m");
            }

            s.Append('\n');
        }

        s.Append(' ', Margin).Append('└').Append('─', columns).Append('\n');
        char[] marks = [.. Enumerable.Repeat(' ', columns)];
        int every = Math.Max(1, (int)Math.Ceiling(steps * 6.0 / columns)), free = 0;
        for (int step = 0; step < steps; step += every)
        {
            string text = (step + 1).ToString(CultureInfo.InvariantCulture);
            int at = (int)Math.Ceiling((double)step * columns / steps);
            if (at < free || at + text.Length > columns) continue;
            text.CopyTo(0, marks, at, text.Length);
            free = at + text.Length + 1;
        }

        s.Append("step".PadLeft(Margin - 1)).Append("  ").Append(new string(marks).TrimEnd()).Append('\n');
    }

    private static string Code(int what, int colour)
    {
        Rgb c = Palette.Of(colour);
        return $"{Ansi.Csi}{what};2;{c.R};{c.G};{c.B}m";
    }

    private static void Line(StringBuilder s, string line, int width) =>
        s.Append(line.Length <= width ? line.TrimEnd() : line[..(width - 1)] + "…").Append('\n');
}
