using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>Formatting, repairs, and the shape of a script: symbols, folds, colours.</summary>
public sealed class EditTests(LspServer server) : IClassFixture<LspServer>
{
    private readonly LspClient _client = server.Client;

    private LspScript Open(string marked) => new(_client, marked);

    [Fact]
    public void Formatting_is_that_of_nn_fmt_line_by_line()
    {
        string text = "\n\nlet a=1\nlet longer  = 2\n\n\n\nmodel m {\ndense   a\n  relu   # kept\n}\n\n";
        LspScript s = Open(text);
        using var folder = new ScriptFolder();
        folder.Write("a.nn", text);
        folder.Run("fmt", "a.nn", "--quiet").Good();
        string expected = File.ReadAllText(folder.File("a.nn"));
        Assert.NotEqual(text, expected);
        JsonNode edits = _client.Ask("textDocument/formatting", new { textDocument = s.Document, options = new { tabSize = 2, insertSpaces = true } })!;
        Assert.Equal(expected, s.With(edits));
        Assert.All(edits.AsArray(), e => Assert.InRange((int)e!["range"]!["end"]!["line"]! - (int)e["range"]!["start"]!["line"]!, 0, 1));
        // A range: the line of `dense` alone.
        JsonNode some = _client.Ask("textDocument/rangeFormatting", new
        {
            textDocument = s.Document,
            range = new
            {
                start = new { line = 8, character = 0 },
                end = new { line = 8, character = 3 }
            },
            options = new { }
        })!;
        Assert.Equal(text.Replace("\ndense   a\n", "\n  dense a\n"), s.With(some));
        // Already formatted, or not to be parsed: nothing to change. Ends of lines stay what they are.
        Assert.Empty(_client.Ask("textDocument/formatting", new { textDocument = Open(expected).Document, options = new { } })!.AsArray());
        Assert.Empty(_client.Ask("textDocument/formatting", new { textDocument = Open("let a=(\nmodel m { dense }").Document, options = new { } })!.AsArray());
        LspScript windows = Open("let a=1\r\nlet b=2");
        Assert.Equal("let a = 1\r\nlet b = 2\n",
            windows.With(_client.Ask("textDocument/formatting", new { textDocument = windows.Document, options = new { } })!));
    }

    [Theory]
    [InlineData("custom.nn")]
    [InlineData("gan.nn")]
    [InlineData("vae.nn")]
    public void Formatting_untidy_examples_gives_what_nn_fmt_gives(string example)
    {
        string tidy = File.ReadAllText(Nn.Example(example)), untidy = tidy.Replace("  ", "    ").Replace(" = ", "=").Replace("\n}", "\n\n }") + "\n\n";
        using var folder = new ScriptFolder();
        folder.Write("a.nn", untidy);
        folder.Run("fmt", "a.nn", "--quiet").Good();
        LspScript s = Open(untidy);
        Assert.Equal(File.ReadAllText(folder.File("a.nn")),
            s.With(_client.Ask("textDocument/formatting", new { textDocument = s.Document, options = new { } })!));
    }

    [Theory]
    [InlineData("model net { input 3; dense 4, rleu }", "model net { input 3; dense 4, relu }")]
    [InlineData("modle net { dense 4 }", "model net { dense 4 }")]
    [InlineData("model net { input 3x3x1; conv 4, 3x3, strid: 2 }", "model net { input 3x3x1; conv 4, 3x3, stride: 2 }")]
    [InlineData("let width = 3\nlet b = widht", "let width = 3\nlet b = width")]
    [InlineData("data d { csv 'a b.csv'; target t }", "data d { csv \"a b.csv\"; target t }")]
    [InlineData("train { loss mse; optimizer adam; metrics acuracy }", "train { loss mse; optimizer adam; metrics accuracy }")]
    public void Code_actions_write_what_was_meant(string text, string expected)
    {
        LspScript s = Open(text);
        JsonNode mistake = s.Diagnostics()
            .First(d => ((string)d!["message"]!).Contains("help: did you mean") || ((string)d["message"]!).Contains("help: write: \""))!;
        JsonNode action = Assert.Single(_client.Ask("textDocument/codeAction",
            new { textDocument = s.Document, range = mistake["range"], context = new { diagnostics = new[] { mistake } } })!.AsArray())!;
        Assert.Equal("quickfix", (string)action["kind"]!);
        Assert.Equal(expected, s.With(action["edit"]!["changes"]![s.Uri]!));
        Assert.Empty(_client.Ask("textDocument/codeAction", new
        {
            textDocument = s.Document,
            range = mistake["range"],
            context = new { diagnostics = new[] { mistake }, only = new[] { "refactor" } }
        })!.AsArray());
    }

    [Fact]
    public void Symbols_and_folds_follow_the_statements()
    {
        LspScript s = Open(LspServer.Net);
        JsonArray symbols = _client.Ask("textDocument/documentSymbol", new { textDocument = s.Document })!.AsArray();
        Assert.Equal(["hidden", "swish", "unit", "net", "strokes", "train net", "search"], symbols.Select(x => (string)x!["name"]!));
        JsonNode net = symbols[3]!;
        Assert.Equal("net", s.Part(net["selectionRange"]!));
        Assert.StartsWith("model net {", s.Part(net["range"]!));
        Assert.EndsWith("}", s.Part(net["range"]!));
        Assert.Equal(["input", "conv", "maxpool", "flatten", "first = dense", "residual", "repeat", "add", "dense"],
            net["children"]!.AsArray().Select(x => (string)x!["name"]!));
        Assert.Equal("28x28x1", (string)net["children"]![0]!["detail"]!);
        LspScript folded = Open("# one\n# two\nmodel m {\n  add { dense 3 } {\n    dense 3\n    relu\n  }\n}\n");
        JsonArray folds = _client.Ask("textDocument/foldingRange", new { textDocument = folded.Document })!.AsArray();
        Assert.Equal([(0, 1), (2, 6), (3, 5)], folds.Select(f => ((int)f!["startLine"]!, (int)f["endLine"]!)).Order());
    }

    [Fact]
    public void Semantic_tokens_name_what_each_word_is()
    {
        LspScript s = Open("let n = 3 # ä\nmodel m { dense n, relu }\ntrain { optimizer adam(lr: 1); metrics accuracy }");
        string[] types = ["keyword", "variable", "parameter", "function", "class", "property", "enumMember", "number", "string", "comment"];
        int[] data = [.. _client.Ask("textDocument/semanticTokens/full", new { textDocument = s.Document })!["data"]!.AsArray().Select(n => (int)n!)];
        var found = new List<string>();
        (int line, int character) = (0, 0);
        foreach (int[] token in data.Chunk(5))
        {
            (line, character) = token[0] > 0 ? (line + token[0], token[1]) : (line, character + token[1]);
            int at = LspScript.Offset(s.Text, line, character);
            found.Add($"{s.Text[at..(at + token[2])]} {types[token[3]]}{((token[4] & 1) > 0 ? " declared" : "")}");
        }

        Assert.Equal(
            [
                "let keyword", "n variable declared", "3 number", "# ä comment", "model keyword", "m class declared", "dense class", "n variable",
                "relu function", "train keyword",
                "optimizer property", "adam function", "lr property", "1 number", "metrics property", "accuracy enumMember",
            ],
            found);
    }
}
