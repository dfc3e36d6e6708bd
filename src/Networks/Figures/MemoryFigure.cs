using Nn.Networks.Inspection;

namespace Nn.Networks.Figures;

/// <summary>The work memory of an entry as a picture.</summary>
public static class MemoryFigure
{
    /// <summary>The picture: steps across, addresses upwards.</summary>
    public static Figure Of(MemoryMap map)
    {
        (double unit, string name) = MemoryMap.Unit(map.Highest);
        Dictionary<LivingValue, int> order = map.Largest(26).Select((l, i) => (l.Value, i)).ToDictionary();
        WordBox Box(LivingValue v) =>
            new(v.First + 1, v.Last + 2, v.Offset / unit, v.End / unit, order.TryGetValue(v, out int i) ? ((char)('A' + i)).ToString() : "");
        BoxLayer[] layers = [.. map.Values.Select((v, i) => (Value: v, Colour: i % FigureLayer.Colours)).GroupBy(v => v.Colour)
            .Select(g => new BoxLayer(g.Key, [.. g.Select(v => Box(v.Value))]))];
        return new AxesFigure($"work memory of {map.Entry}: {MemoryMap.Scaled(map.Highest)}, most alive in step {map.Peak + 1}", "step", name, layers);
    }
}
