using System.Text.Json.Nodes;
using Nn.Repl.Lsp;

namespace Nn.Tests.Cli.Lsp;

/// <summary>Each name that an example defines gets another one, and the script still means the same.</summary>
public sealed class RenameTests(RenameTests.Server server) : IClassFixture<RenameTests.Server>
{
    private readonly LspClient _client = server.Client;

    public static TheoryData<string> Examples => [.. Directory.GetFiles(Path.Combine(Nn.Root, "examples"), "*.nn").Select(f => Path.GetFileName(f)!).Order()];

    public sealed class Server : IDisposable
    {
        public LspClient Client { get; } = LspClient.Start(data: Nn.Data);

        public void Dispose() => Client.Dispose();
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_means_the_same_with_other_names(string example)
    {
        var script = new LspScript(_client, File.ReadAllText(Nn.Example(example)));
        var renamed = new List<(LspScript Script, string Was)>();
        (int line, int character) = (0, 0);
        foreach (int[] token in _client.Ask("textDocument/semanticTokens/full", new { textDocument = script.Document })!["data"]!.AsArray().Select(n => (int)n!)
            .Chunk(5))
        {
            (line, character) = token[0] > 0 ? (line + token[0], token[1]) : (line, character + token[1]);
            int at = LspScript.Offset(script.Text, line, character);
            // Defined here; `lr` means something to schedules.
            if ((token[4] & 1) == 0 || script.Text[at..(at + token[2])] == "lr") continue;
            JsonNode edit = _client.Ask("textDocument/rename",
                new { textDocument = script.Document, position = new { line, character }, newName = "another_name" })!;
            renamed.Add((new LspScript(_client, script.With(edit["changes"]![script.Uri]!)), script.Text[at..(at + token[2])]));
        }

        Assert.True(renamed.Count >= 2, "a script defines a model and its data at least");
        Assert.Empty(Mistakes(script));
        string[] hints = Hints(script);
        foreach ((LspScript s, string was) in renamed)
        {
            Assert.DoesNotContain(script.Text, s.Text);
            Assert.Empty(Mistakes(s));
            // Models of several inputs are told with their names.
            string[] with = [.. Hints(s).Select(h => h.Replace("another_name ", was + " ", StringComparison.Ordinal))];
            // Sizes of data are told when they have been read, which may be between the two.
            if (!hints.SequenceEqual(with)) hints = Hints(script);
            Assert.Equal(hints, with);
            _client.Tell("textDocument/didClose", new { textDocument = s.Document });
        }
    }

    // Files that are not here are a warning only.
    private static string[] Mistakes(LspScript s) => [.. s.Diagnostics().Where(d => (int)d!["severity"]! == 1).Select(d => (string)d!["message"]!)];

    // Shapes and sizes.
    private static string[] Hints(LspScript s) => [.. s.Whole("textDocument/inlayHint")!.AsArray().Select(h => (string)h!["label"]!)];
}
