using System.Security.Cryptography;
using System.Text;

namespace Nn.Dsl;

/// <summary>The values of <c>let</c>s as places in the text of a script.</summary>
public static class LetEdits
{
    /// <summary>The text with other values for some of its <c>let</c>s; every other character stays.</summary>
    /// <param name="script">The script as parsed.</param>
    /// <param name="values">New values by name; each is a <c>let</c> of the script.</param>
    public static string Apply(Script script, IReadOnlyDictionary<string, string> values)
    {
        var text = new StringBuilder(script.Source.Text);
        // From the end, so that the places before stay where they are.
        foreach ((LetStatement let, TextSpan value) in Values(script, values.Keys).Reverse())
            text.Remove(value.Start, value.Length).Insert(value.Start, values[let.Name.Name]);
        return text.ToString();
    }

    /// <summary>
    /// Stands for what a search does: script, values set from outside, seed and epochs. Comments, blank space, the written values of the <c>let</c>s that are
    /// searched, and the number of trials make no difference.
    /// </summary>
    /// <param name="script">The script as parsed.</param>
    /// <param name="searched">The <c>let</c>s that are searched.</param>
    /// <param name="options">What the command line changes.</param>
    public static string Identity(Script script, IEnumerable<string> searched, BindOptions options)
    {
        TextSpan[] open =
        [
            .. Values(script, searched).Select(v => v.Value),
            .. script.Statements.OfType<SearchStatement>().SelectMany(s => s.Options).Where(a => a.Name == "trials").Select(a => a.Value.Span),
        ];
        var text = new StringBuilder();
        foreach (Token t in Tokens(script))
        {
            if (open.Any(s => t.Span.Start >= s.Start && t.Span.End <= s.End)) continue;
            if (t.Kind != TokenKind.Separator) text.Append(t.Kind).Append(' ').Append(t.Text).Append('\n');
        }

        foreach ((string name, string value) in options.Set.OrderBy(s => s.Key, StringComparer.Ordinal)) text.Append($"set {name} {value}\n");
        text.Append($"seed {options.Seed} epochs {options.Epochs}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }

    // A value goes from the first token after '=' to the last of its line: brackets at its ends belong to it.
    private static IEnumerable<(LetStatement Let, TextSpan Value)> Values(Script script, IEnumerable<string> names)
    {
        IReadOnlyList<Token> tokens = Tokens(script);
        foreach (LetStatement let in script.Statements.OfType<LetStatement>().Where(l => names.Contains(l.Name.Name)).OrderBy(l => l.Span.Start))
        {
            Token[] line = [.. tokens.Where(t => t.Span.Start > let.Name.Span.Start && t.Span.End <= let.Span.End)];
            yield return (let, TextSpan.Between(line[1].Span, line[^1].Span));
        }
    }

    private static IReadOnlyList<Token> Tokens(Script script) => Lexer.Tokenize(script.Source, new Diagnostics(script.Source));
}
