using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>The language server as a partner of JSON-RPC: its life, its order, and what it does when a client makes mistakes.</summary>
public sealed class ProtocolTests
{
    private const int ParseError = -32700, InvalidRequest = -32600, MethodNotFound = -32601, InvalidParams = -32602, NotInitialized = -32002,
        Cancelled = -32800;

    [Fact]
    public void It_ends_with_0_after_shutdown_and_exit()
    {
        using LspClient c = LspClient.Start();
        Assert.Null(c.Ask("shutdown", null));
        c.Tell("exit", null);
        Assert.Equal(0, c.Exit());
        Assert.Equal("", c.Errors.Trim());
    }

    [Fact]
    public void It_takes_the_word_that_editors_add()
    {
        using LspClient c = LspClient.Start(more: "--stdio");
        c.Ask("shutdown", null);
        c.Tell("exit", null);
        Assert.Equal(0, c.Exit());
    }

    [Fact]
    public void It_ends_with_1_without_a_shutdown()
    {
        using LspClient exits = LspClient.Start();
        exits.Tell("exit", null);
        Assert.Equal(1, exits.Exit());
        using LspClient leaves = LspClient.Start();
        Assert.Equal(1, leaves.End());
        using LspClient early = LspClient.Start(handshake: false);
        early.Tell("exit", null);
        Assert.Equal(1, early.Exit());
    }

    [Fact]
    public void Initialize_comes_first_once_and_nothing_after_shutdown()
    {
        using LspClient c = LspClient.Start(handshake: false);
        Assert.Equal(NotInitialized, c.Refused("textDocument/hover", new { }).Code);
        JsonNode answer = c.Ask("initialize", new { processId = 1, capabilities = new { } })!;
        Assert.Equal("nn", (string)answer["serverInfo"]!["name"]!);
        Assert.Equal("utf-16", (string)answer["capabilities"]!["positionEncoding"]!);
        Assert.Equal(2, (int)answer["capabilities"]!["textDocumentSync"]!["change"]!);
        Assert.Equal(InvalidRequest, c.Refused("initialize", new { processId = 1, capabilities = new { } }).Code);
        c.Ask("shutdown", null);
        Assert.Equal(InvalidRequest, c.Refused("textDocument/hover", new { }).Code);
        c.Tell("exit", null);
        Assert.Equal(0, c.Exit());
    }

    [Fact]
    public void Mistakes_of_a_client_are_answered_and_survived()
    {
        using LspClient c = LspClient.Start();
        Assert.Equal(MethodNotFound, c.Refused("textDocument/teleport", new { }).Code);
        Assert.Equal(InvalidParams, c.Refused("textDocument/hover", new { textDocument = "x" }).Code);
        Assert.Equal(InvalidParams, c.Refused("textDocument/hover", new { textDocument = new { uri = "file:///x.nn" } }).Code);
        Assert.Equal(InvalidParams, c.Refused("textDocument/hover", new[] { 1, 2 }).Code);
        Assert.Equal(InvalidParams,
            c.Refused("textDocument/hover", new { textDocument = new { uri = "file:///not-open.nn" }, position = new { line = 0, character = 0 } }).Code);
        foreach ((string json, int code) in new[]
        {
            ("{", ParseError), ("", ParseError), ("\u0001", ParseError), ("3", InvalidRequest), ("null", InvalidRequest), ("{}", InvalidRequest),
            ("[[]]", InvalidRequest),
            ("""{"jsonrpc":"2.0","method":3}""", InvalidRequest), (new string('[', 5000), ParseError), ("""{"method":"\ud800"}""", ParseError),
        })
        {
            c.RawMessage(json);
            Assert.Equal(code, (int)c.AnswerToNobody()["error"]!["code"]!);
        }

        c.RawMessage("[]");
        c.RawMessage(
            """{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///nowhere.nn","version":1},"contentChanges":[]}}""");
        c.RawMessage("""{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":null}}}""");
        c.RawMessage("""{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":77}}""");
        c.RawMessage("""{"jsonrpc":"2.0","method":"$/cancelRequest"}""");
        c.RawMessage("""{"jsonrpc":"2.0","method":"$/setTrace","params":{"value":"off"}}""");
        c.RawMessage("""{"jsonrpc":"2.0","id":"not-asked","result":null}""");
        c.RawMessage(
            """{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"not a uri","languageId":"nn","version":1,"text":"let a = 1"}}}""");
        Assert.Empty(c.Diagnostics("not a uri", 1));
        Assert.Contains("a", new LspScript(c, "let a = 1\nlet b = ¦a").Hover());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_parameters_come_the_answer_is_no_defect(int seed)
    {
        using LspClient c = LspClient.Start();
        var random = new Random(seed);
        string[] methods = ["hover", "completion", "signatureHelp", "definition", "references", "documentHighlight", "prepareRename", "rename", "inlayHint",
            "semanticTokens/full", "documentSymbol",
            "foldingRange", "formatting", "rangeFormatting", "codeAction", "didOpen", "didChange", "didClose", "didSave"];
        int[] numbers = [0, 1, -1, 5, 99, int.MaxValue, int.MinValue];
        int Number() => numbers[random.Next(numbers.Length)];
        string Place() => $$"""{"line":{{Number()}},"character":{{Number()}}}""";
        string Text() => new[] { "\"\"", "\"let a = 1\"", "\"model m { dense 3 }\\n\"", "\"😀\"", "null", "3", "\"fn f(x\"" }[random.Next(7)];
        for (int i = 0; i < 250; i++)
        {
            string range = $$"""{"start":{{Place()}},"end":{{(random.Next(9) == 0 ? "[]" : Place())}}}""";
            string parameters = $$"""
                {"textDocument":{"uri":"file:///fuzz/{{random.Next(2)}}.nn","version":{{Number()}},"text":{{Text()}}},
                 "position":{{(random.Next(9) == 0 ? "{}" : Place())}},"range":{{range}},
                 "newName":{{Text()}},"context":{{(random.Next(3) == 0 ? "null" : "{}")}},
                 "contentChanges":[{"text":{{Text()}},"range":{{range}}},{"text":"let b = 2"}]}
                """;
            string method = $"textDocument/{methods[random.Next(methods.Length)]}";
            if (method.Contains("/did")) c.RawMessage($$"""{"jsonrpc":"2.0","method":"{{method}}","params":{{parameters}}}""");
            else c.Answer(c.Request(method, JsonNode.Parse(parameters)));
        }

        Assert.DoesNotContain("Exception", c.Errors);
        c.Ask("shutdown", null);
        c.Tell("exit", null);
        Assert.Equal(0, c.Exit());
    }

    [Theory]
    [InlineData("Content-Length: x\r\n\r\n{}")]
    [InlineData("Content-Length: -1\r\n\r\n{}")]
    [InlineData("Content-Length: 99999999999\r\n\r\n{}")]
    [InlineData("hello\r\n\r\n")]
    [InlineData("X: 1\r\n\r\n")]
    [InlineData("Content-Length: 20\r\n\r\n{}")]
    [InlineData("Content-Len")]
    public void A_stream_without_messages_ends_it(string text)
    {
        using LspClient c = LspClient.Start();
        c.Raw(text);
        Assert.Equal(1, c.End());
        Assert.StartsWith("nn lsp: ", c.Errors);
        Assert.DoesNotContain("   at ", c.Errors);
    }

    [Fact]
    public void Headers_may_have_a_type_and_any_case()
    {
        using LspClient c = LspClient.Start(handshake: false);
        string json = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}""";
        c.Raw($"content-type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:{json.Length}\r\n\r\n{json}");
        Assert.NotNull(c.Answer(1)["result"]);
    }

    [Fact]
    public void A_request_may_be_cancelled_and_is_answered_all_the_same()
    {
        using LspClient c = LspClient.Start();
        // Heavy enough that some of many requests are still waiting when they are cancelled.
        var script = new LspScript(c,
            "let a = 1\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"model m{i} {{ input 9; repeat 20 {{ dense 9, relu }} }}\n")));
        int[] ids = [.. Enumerable.Range(0, 200)
            .Select(_ => c.Request("textDocument/inlayHint", new { textDocument = script.Document, range = LspScript.Everything }))];
        foreach (int id in ids) c.Tell("$/cancelRequest", new { id });
        JsonNode[] answers = [.. ids.Select(c.Answer)];
        Assert.All(answers, a => Assert.True(a["error"] is null || (int)a["error"]!["code"]! == Cancelled, a.ToJsonString()));
        Assert.Contains(answers, a => a["error"] is not null);
    }

    [Fact]
    public void A_request_is_about_the_text_at_its_place_in_the_order()
    {
        using LspClient c = LspClient.Start();
        var script = new LspScript(c, "let aa = 1\n");
        var ids = new List<int>();
        for (int i = 0; i < 50; i++)
        {
            script.Edit(9, script.Text.Length - 1, $"{i}");
            ids.Add(c.Request("textDocument/hover", new { textDocument = script.Document, position = new { line = 0, character = 5 } }));
        }

        for (int i = 0; i < 50; i++) Assert.Contains($"let aa = {i}\n", (string)c.Answer(ids[i])["result"]!["contents"]!["value"]!);
    }
}
