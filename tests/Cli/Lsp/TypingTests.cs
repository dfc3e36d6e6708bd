using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>Whoever types an example is offered each of its words.</summary>
public sealed class TypingTests(LspServer server) : IClassFixture<LspServer>
{
    private static readonly string[] Joining = ["if", "then", "else", "for", "in", "as", "on"];

    private readonly LspClient _client = server.Client;

    [Theory]
    [InlineData("custom.nn")]
    [InlineData("gan.nn")]
    [InlineData("char-gpt.nn")]
    [InlineData("distillation.nn")]
    [InlineData("unet.nn")]
    [InlineData("vae.nn")]
    public void Completion_offers_every_word_of_an_example(string example)
    {
        var whole = new LspScript(_client, File.ReadAllText(Nn.Example(example)));
        var typed = new LspScript(_client, whole.Text);
        var missing = new List<string>();
        int words = 0;
        (int line, int character) = (0, 0);
        foreach (int[] token in _client.Ask("textDocument/semanticTokens/full", new { textDocument = whole.Document })!["data"]!.AsArray().Select(n => (int)n!)
            .Chunk(5))
        {
            (line, character) = token[0] > 0 ? (line + token[0], token[1]) : (line, character + token[1]);
            int at = LspScript.Offset(whole.Text, line, character), end = whole.Text.IndexOf('\n', at);
            string word = whole.Text[at..(at + token[2])];
            // What is named here for the first time nobody can know; numbers, texts and comments are no words.
            if ((token[4] & 1) > 0 || !char.IsAsciiLetter(word[0]) || Joining.Contains(word)) continue;
            // The rest of the line is not written yet.
            string rest = whole.Text[at..end];
            typed.Edit(at, end, "");
            string[] offered = [.. _client.Ask("textDocument/completion", new { textDocument = typed.Document, position = new { line, character } })!["items"]!
                .AsArray().Select(i => ((string)i!["label"]!).TrimEnd(':'))];
            if (!offered.Contains(word)) missing.Add($"{line + 1}: {whole.Text[(whole.Text.LastIndexOf('\n', at) + 1)..at]}¦{word}");
            typed.Edit(at, at, rest);
            words++;
        }

        Assert.Empty(missing);
        Assert.True(words > 10);
    }
}
