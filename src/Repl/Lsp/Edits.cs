using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>Changes that the server proposes: formatting, and repairs of mistakes.</summary>
internal static class Edits
{
    /// <summary>
    /// The formatter's changes, a line each, so that the cursor stays where it is; within some lines only, if these are given. None for a script that cannot be
    /// parsed.
    /// </summary>
    public static IReadOnlyList<TextEdit> Format(Document d, Range? only)
    {
        string formatted;
        try
        {
            formatted = Formatter.Format(d.Source);
        }
        catch (ScriptException)
        {
            return [];
        }

        IEnumerable<TextEdit> edits = Lines(d.Text, formatted);
        if (only is not { } range) return [.. edits];
        // A selection that ends at the beginning of a line leaves that line out.
        int last = range.End.Character > 0 || range.End == range.Start ? range.End.Line : range.End.Line - 1;
        return [.. edits.Where(e => e.Range.Start.Line >= range.Start.Line && e.Range.Start.Line <= last)];
    }

    /// <summary>Repairs of the mistakes in a range.</summary>
    public static IReadOnlyList<CodeAction> Fixes(Document d, CodeActionParams p)
    {
        if (p.Context?.Only is { } only && !only.Any(k => "quickfix".StartsWith(k, StringComparison.Ordinal))) return [];
        (int start, int end) = (d.Lines.Offset(p.Range.Start), d.Lines.Offset(p.Range.End));
        return
        [
            .. from m in Mistakes.InScript(d)
               where m.Replacement is not null && m.Span.Start <= end && start <= m.Span.End
               let range = d.Lines.Range(m.Span)
               select new CodeAction(
                   $"write {m.Replacement}", "quickfix", [Mistakes.Shown(d, m)], true,
                   new WorkspaceEdit(new Dictionary<string, IReadOnlyList<TextEdit>> { [d.Uri] = [new TextEdit(range, m.Replacement!)] })),
        ];
    }

    // The formatter keeps lines and leaves out blank ones.
    private static IEnumerable<TextEdit> Lines(string text, string formatted)
    {
        string[] before = [.. text.Split('\n').Select(l => l.TrimEnd('\r'))], after = formatted.TrimEnd('\n').Split('\n');
        int next = 0;
        for (int i = 0; i < before.Length; i++)
        {
            bool blank = before[i].AsSpan().Trim(" \t").IsEmpty, last = i == before.Length - 1;
            if (last && blank && next == after.Length)
            {
                if (before[i].Length > 0) yield return Edit(i, 0, i, before[i].Length, "");
            }
            else if (blank && (next == after.Length || after[next].Length > 0))
            {
                yield return Edit(i, 0, i + 1, 0, "");
            }
            else
            {
                if (before[i] != after[next]) yield return Edit(i, 0, i, before[i].Length, after[next]);
                next++;
                if (last) yield return Edit(i, before[i].Length, i, before[i].Length, "\n");
            }
        }
    }

    private static TextEdit Edit(int line, int character, int endLine, int endCharacter, string text) =>
        new(new Range(new Position(line, character), new Position(endLine, endCharacter)), text);
}
