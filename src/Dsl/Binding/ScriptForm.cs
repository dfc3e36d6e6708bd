namespace Nn.Dsl;

/// <summary>What of a script decides over the graph of its training.</summary>
public static class ScriptForm
{
    private static readonly string[] Settings = ["optimizer", "schedule", "epochs", "seed", "early_stop"];

    /// <summary>
    /// The <c>let</c>s that occur nowhere but in the numbers of optimizers and schedules, epochs, seed and early stopping, or in the search: other values for
    /// them change no kernel.
    /// </summary>
    /// <param name="script">The script as parsed.</param>
    public static IReadOnlySet<string> Numbers(Script script)
    {
        TextSpan[] free =
        [
            .. script.Statements.OfType<LetStatement>().Select(l => l.Name.Span),
            .. script.Statements.OfType<SearchStatement>().Select(s => s.Span),
            .. script.Statements.OfType<TrainStatement>().SelectMany(t => All(t.Settings)).Where(i => Settings.Contains(i.Head.Name)).Select(i => i.Span),
        ];
        HashSet<string> used =
        [
            .. Lexer.Tokenize(script.Source, new Diagnostics(script.Source))
                .Where(t => t.Kind == TokenKind.Name && !free.Any(s => t.Span.Start >= s.Start && t.Span.End <= s.End))
                .Select(t => t.Text),
        ];
        return script.Statements.OfType<LetStatement>().Select(l => l.Name.Name).Where(n => !used.Contains(n)).ToHashSet();
    }

    private static IEnumerable<Item> All(IEnumerable<Item> items) => items.SelectMany(i => i.Blocks.SelectMany(All).Prepend(i));
}
