using Nn.Dsl;
using Nn.Networks.Figures;
using Nn.Repl.Help;
using Nn.Repl.Session;

namespace Nn.Repl.Interactive;

/// <summary>What may stand at the cursor: words that begin with what is typed.</summary>
internal sealed class Completer(ReplSession session)
{
    /// <summary>Where the word at the cursor begins, and all words that it may become, in order.</summary>
    public (int Start, IReadOnlyList<string> Words) Complete(string text, int cursor)
    {
        string before = text[..cursor];
        if (before.TrimStart().StartsWith(':')) return Command(before);
        int quote = OpenQuote(before);
        if (quote >= 0) return (quote + 1, Files(before[(quote + 1)..]));
        int start = cursor;
        while (start > 0 && (char.IsAsciiLetterOrDigit(before[start - 1]) || before[start - 1] == '_')) start--;
        string word = before[start..];
        (string? body, string? head) = Place(before[..start]);
        IEnumerable<string> words = head is null ? LanguageReference.LineStarts(body) : LanguageReference.Following(head);
        if (body is not null) words = words.Concat(session.Workspace.Snippets.Where(s => Fits(s, body, head)).Select(s => s.Name));
        return (start, Beginning(words, word));
    }

    private (int Start, IReadOnlyList<string> Words) Command(string before)
    {
        int colon = before.IndexOf(':'), space = before.IndexOf(' ', colon);
        if (space < 0) return (colon + 1, Beginning(session.Commands.Select(c => c.Name), before[(colon + 1)..]));
        int start = before.LastIndexOf(' ') + 1;
        string word = before[start..];
        return session.Find(before[(colon + 1)..space])?.Name switch
        {
            "load" or "open" or "save" or "export" or "import" or "sample" => (start, Files(word)),
            "help" => (start, Beginning(new HelpText([.. session.Commands]).Names, word)),
            "device" => (start, Beginning(DeviceRequest.Names, word)),
            "plot" => (start, Beginning(FigureKinds.All.Select(k => k.Name), word)),
            "train" => (start, Beginning(["epochs", "steps"], word)),
            "bench" => (start, Beginning(["all"], word)),
            "show" or "drop" => (start, Beginning(session.Workspace.Snippets.Select(s => s.Name), word)),
            "set" => (start, Beginning(session.Workspace.Snippets.Where(s => s.Kind == "let").Select(s => s.Name).Append("lr").Select(n => n + "="), word)),
            _ => (start, []),
        };
    }

    private static bool Fits(Snippet s, string body, string? head) => body switch
    {
        _ when LanguageReference.HoldsLayers(body) => head is null ? s.Kind is "layer" or "block" or "model" : s.Kind is "let" or "fn",
        "train" or "step" => head switch { "optimizer" => s.Kind == "optimizer", null => false, _ => s.Kind is "let" or "fn" or "model" },
        _ => s.Kind is "let" or "fn",
    };

    // The body around the end of a text, and the first word of its last line; null where there is none.
    private static (string? Body, string? Head) Place(string text)
    {
        var bodies = new Stack<string>();
        string? head = null;
        var source = new SourceText("", text);
        foreach (Token t in Lexer.Tokenize(source, new Diagnostics(source)))
        {
            if (t.Kind == TokenKind.Separator) head = null;
            else if (t.Is("{"))
            {
                bodies.Push(head ?? "");
                head = null;
            }
            else if (t.Is("}"))
            {
                bodies.TryPop(out _);
                head = null;
            }
            else head ??= t.Text;
        }

        return (bodies.TryPeek(out string? body) ? body : null, head);
    }

    private static int OpenQuote(string text)
    {
        int line = text.LastIndexOf('\n') + 1;
        int count = text[line..].Count(c => c == '"');
        return count % 2 == 1 ? text.LastIndexOf('"') : -1;
    }

    private static string[] Beginning(IEnumerable<string> words, string word) =>
        [.. words.Where(w => w.StartsWith(word, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];

    private static string[] Files(string start)
    {
        int slash = start.LastIndexOf('/') + 1;
        string folder = slash == 0 ? "." : start[..slash];
        try
        {
            return
            [
                .. Directory.EnumerateFileSystemEntries(folder)
                    .Where(p => Path.GetFileName(p).StartsWith(start[slash..], StringComparison.Ordinal) && !Path.GetFileName(p).StartsWith('.'))
                    .Select(p => start[..slash] + Path.GetFileName(p) + (Directory.Exists(p) ? "/" : "")).Order(StringComparer.Ordinal).Take(200),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }
}
