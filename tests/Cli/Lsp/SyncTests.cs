using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>The text that the server has is the text that the editor has, and its mistakes are told of that text.</summary>
public sealed class SyncTests(LspServer server) : IClassFixture<LspServer>
{
    private const string Good = """
        model net { dense 4, relu; dense classes, softmax }
        data d { builtin moons; split 80/20 }
        train { loss cross_entropy; optimizer adam }
        """;

    private readonly LspClient _client = server.Client;

    [Fact]
    public void Mistakes_come_and_go_with_what_is_typed()
    {
        var s = new LspScript(_client, Good);
        Assert.Empty(s.Diagnostics());
        int relu = s.Text.IndexOf("relu", StringComparison.Ordinal);
        s.Edit(relu, relu + 4, "rleu");
        JsonNode mistake = Assert.Single(s.Diagnostics())!;
        Assert.Equal(1, (int)mistake["severity"]!);
        Assert.Equal("rleu", s.Part(mistake["range"]!));
        Assert.Equal("there is no 'rleu' here\nhelp: did you mean 'relu'?", (string)mistake["message"]!);
        s.Edit(relu + 1, relu + 3, "el");
        Assert.Empty(s.Diagnostics());
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_told()
    {
        var s = new LspScript(_client, "model net {\n  input 28x28x1\n  flatten\n  conv 6, 5x5\n}\n");
        JsonNode mistake = Assert.Single(s.Diagnostics())!;
        Assert.Equal("conv 6, 5x5", s.Part(mistake["range"]!));
        Assert.Contains("784", (string)mistake["message"]!);
    }

    [Fact]
    public void Mistakes_of_lines_that_cannot_be_read_do_not_hide_behind_others_nor_make_new_ones()
    {
        // The model and the data are right; only the train block breaks off.
        var s = new LspScript(_client, Good.Replace("loss cross_entropy;", "loss ;"));
        JsonNode mistake = Assert.Single(s.Diagnostics())!;
        Assert.Equal(2, (int)mistake["range"]!["start"]!["line"]!);
        Assert.Contains("→ 2", string.Join(' ', s.Whole("textDocument/inlayHint")!.AsArray().Select(h => (string)h!["label"]!)));
    }

    [Fact]
    public void A_file_that_is_missing_is_a_warning_and_the_rest_is_checked_all_the_same()
    {
        var s = new LspScript(_client,
            "model m { input 4; dense 3, softmaks }\ndata d { csv \"nowhere.csv\"; target t }\ntrain { loss mse; optimizer adam; epochs -1 }\n");
        JsonArray all = s.Diagnostics();
        JsonNode file = Assert.Single(all, d => (int)d!["severity"]! == 2)!;
        Assert.Equal("\"nowhere.csv\"", s.Part(file["range"]!));
        Assert.Contains("there is no file 'nowhere.csv'", (string)file["message"]!);
        Assert.Contains(all, d => s.Part(d!["range"]!) == "softmaks");
        Assert.Contains(all, d => ((string)d!["message"]!).Contains("epochs"));
    }

    [Fact]
    public void Places_count_in_utf_16_and_lines_end_in_three_ways()
    {
        // A smiley is two units, an umlaut one, in a comment and in a text; a lone carriage return ends a line for the protocol, not for the language.
        var s = new LspScript(_client, "# 😀 ä\r\nlet aa = 2 # 😀\r\nmodel m { input 3; densé 4 }\r\nlet bb = aaa");
        JsonArray all = s.Diagnostics();
        Assert.Contains(all,
            d => (int)d!["range"]!["start"]!["line"]! == 2 && (int)d["range"]!["start"]!["character"]! == 23 && (int)d["range"]!["end"]!["character"]! == 24);
        s.Edit(s.Text.IndexOf('é'), s.Text.IndexOf('é') + 1, "e");
        JsonNode name = Assert.Single(s.Diagnostics())!;
        Assert.Equal((3, 9), ((int)name["range"]!["start"]!["line"]!, (int)name["range"]!["start"]!["character"]!));
        var smiley = new LspScript(_client, "model m { input 3; dense 4 } # 😀\ndata d { csv \"😀.csv\"; target tt }; let c = 1; let c = 2");
        JsonNode twice = Assert.Single(smiley.Diagnostics(), d => (int)d!["severity"]! == 1)!;
        // Counted by hand: 14 to the smiley, 2 for it, 35 from there to the second c.
        Assert.Equal((1, 51), ((int)twice["range"]!["start"]!["line"]!, (int)twice["range"]!["start"]!["character"]!));
        JsonNode old = Assert.Single(new LspScript(_client, "let a = (1\r+ b)").Diagnostics())!;
        Assert.Equal((1, 2), ((int)old["range"]!["start"]!["line"]!, (int)old["range"]!["start"]!["character"]!));
    }

    [Fact]
    public void Positions_outside_the_text_stand_for_its_ends()
    {
        var s = new LspScript(_client, "let a = 1\nlet b = 2\n");
        _client.Tell("textDocument/didChange", new
        {
            textDocument = new { uri = s.Uri, version = 2 },
            contentChanges = new[]
            {
                new { range = new { start = new { line = 0, character = 99 }, end = new { line = 1, character = 0 } }, text = "0\n" },
                new { range = new { start = new { line = 99, character = 5 }, end = new { line = 99, character = 9 } }, text = "let c = z\n" },
            },
        });
        JsonNode mistake = Assert.Single(_client.Diagnostics(s.Uri, 2))!;
        Assert.Equal((2, 8), ((int)mistake["range"]!["start"]!["line"]!, (int)mistake["range"]!["start"]!["character"]!));
        Assert.Contains("let a = 10",
            (string)_client.Ask("textDocument/hover", new { textDocument = s.Document, position = new { line = 0, character = 4 } })!["contents"]!["value"]!);
    }

    [Fact]
    public void Changes_without_a_range_are_the_whole_text()
    {
        var s = new LspScript(_client, Good);
        _client.Tell("textDocument/didChange", new { textDocument = new { uri = s.Uri, version = 2 }, contentChanges = new[] { new { text = "let a = b" } } });
        Assert.Contains("there is no 'b' here", (string)Assert.Single(_client.Diagnostics(s.Uri, 2))!["message"]!);
        _client.Tell("textDocument/didClose", new { textDocument = s.Document });
        Assert.Equal(-32602, _client.Refused("textDocument/hover", new { textDocument = s.Document, position = new { line = 0, character = 0 } }).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void After_any_edits_the_server_has_the_text_of_the_editor(int seed)
    {
        var random = new Random(seed);
        string[] pieces = ["\n", "{", "}", " dense 4, relu", "let a = 1", "😀", "ä", "\"", "#", ";", " ", "(", ")", "model", "train", ",", ":", "1e-3", "", "",
            "\n\n", "28x28x1", "é\n", "if", "->"];
        string text = File.ReadAllText(Nn.Example(new[] { "gan.nn", "custom.nn", "char-gpt.nn" }[seed - 1]));
        var s = new LspScript(_client, text);
        for (int i = 0; i < 120; i++)
        {
            // Not between the halves of a surrogate pair: no editor does that.
            int a = Whole(s.Text, random.Next(s.Text.Length + 1)), b = random.Next(3) == 0 ? Whole(s.Text, Math.Min(s.Text.Length, a + random.Next(12))) : a;
            s.Edit(a, Math.Max(a, b), pieces[random.Next(pieces.Length)]);
            if (i % 10 == 9)
            {
                foreach (string method in new[] { "hover", "completion", "signatureHelp", "definition", "documentHighlight" })
                    _client.Ask($"textDocument/{method}", new
                    {
                        textDocument = s.Document,
                        position = LspScript.Json(LspScript.Position(s.Text, Whole(s.Text, random.Next(s.Text.Length + 1))))
                    });
                foreach (string method in new[] { "documentSymbol", "foldingRange", "semanticTokens/full" })
                    _client.Ask($"textDocument/{method}", new { textDocument = s.Document });
                s.Whole("textDocument/inlayHint");
            }
        }

        // The same text opened at once has the same mistakes and the same words in the same places.
        var whole = new LspScript(_client, s.Text);
        Assert.Equal(whole.Diagnostics().ToJsonString(), s.Diagnostics().ToJsonString());
        Assert.Equal(
            _client.Ask("textDocument/semanticTokens/full", new { textDocument = whole.Document })!.ToJsonString(),
            _client.Ask("textDocument/semanticTokens/full", new { textDocument = s.Document })!.ToJsonString());
        Assert.DoesNotContain("Exception", _client.Errors);
    }

    private static int Whole(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
