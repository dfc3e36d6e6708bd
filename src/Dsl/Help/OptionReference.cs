namespace Nn.Dsl;

/// <summary>Finds the rows of options.</summary>
public static class OptionReference
{
    private static readonly OptionRow Activation = new("activation", OptionKind.Value, "", "a function of each value after the layer");
    private static readonly OptionRow Over = new("over", OptionKind.Word, "", "axes that are reduced: features, all, time, batch; in an optimizer tensor",
        PlainWords.In("over"));

    /// <summary>The options of something of the language; none where it has none.</summary>
    /// <param name="of">A layer, function, optimizer, schedule or setting.</param>
    /// <param name="where">The setting or block in which it stands; decides between a schedule and a setting of one name.</param>
    public static IReadOnlyList<OptionRow> Of(string of, string where) =>
        WordReference.Find(where, of) is { Options.Count: > 0 } word ? word.Options
        : LanguageReference.Entries.TryGetValue(of, out ReferenceEntry? e) ? e.Options
        : WordReference.All.FirstOrDefault(w => w.Name == of && w.Options.Count > 0)?.Options ?? [];

    /// <summary>An option by its name; null where there is none.</summary>
    /// <param name="of">What it belongs to, as in <see cref="Of"/>.</param>
    /// <param name="where">As in <see cref="Of"/>.</param>
    /// <param name="option">Its name.</param>
    public static OptionRow? Find(string of, string where, string option) => Of(of, where).FirstOrDefault(o => o.Name == option) ?? option switch
    {
        // Those of every layer that takes one, and of every function that reduces.
        "activation" when LanguageReference.TakesActivation(of) => Activation,
        "over" => Over,
        _ => null,
    };
}
