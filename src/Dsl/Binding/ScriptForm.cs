namespace Nn.Dsl;

/// <summary>What of a script decides over the graph of its training.</summary>
public static class ScriptForm
{
    /// <summary>
    /// The <c>let</c>s that occur nowhere but in the numbers of optimizers and schedules, epochs, seed and early stopping, or in the search: other values for
    /// them change no kernel.
    /// </summary>
    /// <param name="script">The script as parsed.</param>
    public static IReadOnlySet<string> Numbers(Script script)
    {
        TextSpan[] free =
        [
            .. script.Statements.OfType<SearchStatement>().Select(s => s.Span),
            .. script.Statements.OfType<TrainStatement>().SelectMany(t => All(t.Settings)).Where(i => Rows.Any(r => r.Name == i.Head.Name)).Select(i => i.Span),
        ];
        IReadOnlyList<NameUse> names = ScriptNames.Of(script).Uses;
        HashSet<Symbol> used = new(ReferenceEqualityComparer.Instance);
        foreach (NameUse u in names.Where(u => !u.Defines && !free.Any(s => u.Span.Start >= s.Start && u.Span.End <= s.End))) used.Add(u.Symbol);
        return names.Select(u => u.Symbol).Where(s => s.Kind == SymbolKind.Let && !used.Contains(s)).Select(s => s.Name).ToHashSet();
    }

    private static IEnumerable<WordEntry> Rows => StepSettings.Rows.Concat<WordEntry>(TrainSettings.Rows).Where(r => r.IsNumbersAlone);

    private static IEnumerable<Item> All(IEnumerable<Item> items) => items.SelectMany(i => i.Blocks.SelectMany(All).Prepend(i));
}
