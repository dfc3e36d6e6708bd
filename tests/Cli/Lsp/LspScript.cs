using System.Text.Json.Nodes;
using Nn.Repl.Lsp;

namespace Nn.Tests.Cli.Lsp;

/// <summary>A script opened in a server, with a cursor where its text has a <c>¦</c>.</summary>
internal sealed class LspScript
{
    private static int _count;

    private readonly LspClient _client;
    private int _version = 1;

    public LspScript(LspClient client, string marked, string? path = null)
    {
        _client = client;
        int cursor = marked.IndexOf('¦');
        Text = marked.Replace("¦", "");
        Cursor = cursor < 0 ? 0 : cursor;
        Uri = path is null ? $"file:///scripts/{Interlocked.Increment(ref _count)}.nn" : new Uri(path).AbsoluteUri;
        client.Tell("textDocument/didOpen", new { textDocument = new { uri = Uri, languageId = "nn", version = _version, text = Text } });
    }

    public string Uri { get; }

    public string Text { get; private set; }

    public int Cursor { get; }

    public object Document => new { uri = Uri };

    public static object Everything => new { start = new { line = 0, character = 0 }, end = new { line = 10_000, character = 0 } };

    /// <summary>Line and character of a place of the text, counted here: lines end with a line feed.</summary>
    public static (int Line, int Character) Position(string text, int offset)
    {
        string before = text[..offset];
        return (before.Count(c => c == '\n'), offset - (before.LastIndexOf('\n') + 1));
    }

    public static object Json((int Line, int Character) p) => new { line = p.Line, character = p.Character };

    /// <summary>Asks about the cursor, or about a word of the script.</summary>
    public JsonNode? At(string method, string? word = null) => _client.Ask(method,
        new { textDocument = Document, position = Json(Position(Text, word is null ? Cursor : Text.IndexOf(word, StringComparison.Ordinal))) });

    public JsonNode? Whole(string method) => _client.Ask(method, new { textDocument = Document, range = Everything });

    public string Hover(string? word = null) => (string)At("textDocument/hover", word)!["contents"]!["value"]!;

    public JsonArray Diagnostics() => _client.Diagnostics(Uri, _version);

    /// <summary>Replaces a part of the text, by its offsets.</summary>
    public void Edit(int start, int end, string text)
    {
        _client.Tell("textDocument/didChange", new
        {
            textDocument = new { uri = Uri, version = ++_version },
            contentChanges = new[] { new { range = new { start = Json(Position(Text, start)), end = Json(Position(Text, end)) }, text } },
        });
        Text = Text[..start] + text + Text[end..];
    }

    /// <summary>The text between the ends of a range.</summary>
    public string Part(JsonNode range) => Text[Offset(range["start"]!)..Offset(range["end"]!)];

    public int Offset(JsonNode position) => Offset(Text, (int)position["line"]!, (int)position["character"]!);

    public static int Offset(string text, int line, int character)
    {
        int at = 0;
        for (; line > 0; line--) at = text.IndexOf('\n', at) + 1;
        return at + character;
    }

    /// <summary>The text with changes applied, the last first, so that places stay what they are.</summary>
    public string With(JsonNode edits) => edits.AsArray().OrderByDescending(e => Offset(e!["range"]!["start"]!))
        .Aggregate(Text, (text, e) => text[..Offset(e!["range"]!["start"]!)] + (string)e["newText"]! + text[Offset(e["range"]!["end"]!)..]);

    /// <summary>The text with a rename applied.</summary>
    public string Renamed(string name)
    {
        JsonNode edit = _client.Ask("textDocument/rename", new { textDocument = Document, position = Json(Position(Text, Cursor)), newName = name })!;
        return With(edit["changes"]![Uri]!);
    }

    public (int Code, string Message) NotRenamed(string name) =>
        _client.Refused("textDocument/rename", new { textDocument = Document, position = Json(Position(Text, Cursor)), newName = name });

    public string[] Completions() => [.. At("textDocument/completion")!["items"]!.AsArray().Select(i => (string)i!["label"]!)];
}
