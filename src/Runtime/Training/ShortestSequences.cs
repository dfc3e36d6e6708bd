using Nn.Data;

namespace Nn.Training;

/// <summary>Of a sequence that is too short for a window nothing would be left, and what a model makes of nothing is no answer.</summary>
public static class ShortestSequences
{
    // No window of a script is wider.
    private const int Most = 1 << 20;

    /// <summary>Why models cannot take sequences as short as these, with the least that they take; null where they can.</summary>
    /// <param name="models">The models.</param>
    /// <param name="shortest">Places of the shortest sequence by the name of its length; others are not looked at.</param>
    public static string? Refusal(IEnumerable<Model> models, IReadOnlyDictionary<string, int> shortest)
    {
        foreach (Model model in models)
        {
            if (model.Layers.FirstOrDefault(l => LeavesNothing(l, n => shortest[n], shortest)) is not { } layer) continue;
            int least = shortest.Values.Min();
            string given = Plural.Of(least, "place");
            while (least < Most && model.Layers.Any(l => LeavesNothing(l, n => Math.Max(shortest[n], least), shortest))) least++;
            return $"{layer.Name} ({layer.Kind}) leaves nothing of a sequence of {given}; {model.Name} takes sequences of at least {Plural.Of(least, "place")}";
        }

        return null;
    }

    /// <summary>Places of the shortest sequence by the name of its length.</summary>
    /// <param name="fields">What the fields are.</param>
    /// <param name="stored">For each of them samples as it stores them.</param>
    public static IReadOnlyDictionary<string, int> Among(IReadOnlyList<Field> fields, IReadOnlyList<byte[]> stored) =>
        fields.Zip(stored).Where(f => f.First.Form.Length is not null && f.Second.Length > 0)
            .GroupBy(f => f.First.Form.Length!, f => f.First.Form.Lengths(f.Second).Min()).ToDictionary(g => g.Key, g => g.Min());

    private static bool LeavesNothing(LayerSummary layer, Func<string, int> places, IReadOnlyDictionary<string, int> known) =>
        layer.Output.Any(d => d is { IsKnown: false, IsLength: true } && d.Names.All(known.ContainsKey) && d.Bound(places).Extent < 1);
}
