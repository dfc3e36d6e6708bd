namespace Nn.Dsl;

/// <summary>The words of the language: all rows that name no value; names of values are in <see cref="LanguageReference"/>.</summary>
public static class WordReference
{
    private static readonly Dictionary<(string Where, string Name), WordEntry> Table =
        PlainWords.All.Concat([SearchBinder.Row,
            SearchBinder.Range]).Concat(StructuralRow.All.Values).Concat(DataBinder.Rows).Concat(TrainSettings.OfOneStep).Append(TrainSettings.Step)
            .Concat(StepSettings.Own).Concat(ScheduleBinder.Rows).Concat(MetricBinder.Rows).Concat(Initializers.Rows).Concat(SearchBinder.Methods)
            .Concat(SearchBinder.Prunings).Concat(DrawBinder.Rows)
            .ToDictionary(e => (e.Where, e.Name));

    /// <summary>All words.</summary>
    public static IEnumerable<WordEntry> All => Table.Values;

    /// <summary>A word at its place; null where there is none of that name.</summary>
    public static WordEntry? Find(string where, string name) => Table.GetValueOrDefault((where, name)) ?? where switch
    {
        // A step has the settings that it shares with the whole training.
        "step" => Table.GetValueOrDefault(("train", name)),
        "early_stop" or "minimize" or "maximize" or "metric" => Find("metrics", name),
        "metrics" when name.StartsWith("val_", StringComparison.Ordinal) => Find(where, name[4..]) is { } m
            ? m with { Name = name, Summary = $"{m.Summary}; of the validation part" } : null,
        "metrics" when name.StartsWith("top_", StringComparison.Ordinal) =>
            new WordEntry(where, name, $"share of samples whose class is among the {name[4..]} largest outputs", ""),
        _ => null,
    };

    /// <summary>The words that may stand at a place.</summary>
    public static IEnumerable<WordEntry> In(string where) => Table.Values.Where(e => e.Where == where);
}
