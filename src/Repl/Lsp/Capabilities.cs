namespace Nn.Repl.Lsp;

/// <summary>What the server says of itself.</summary>
internal static class Capabilities
{
    /// <summary>The answer to <c>initialize</c>.</summary>
    public static object Of(string version) => new
    {
        ServerInfo = new { Name = "nn", Version = version },
        Capabilities = new
        {
            PositionEncoding = "utf-16",
            // Open and close, and changes as ranges.
            TextDocumentSync = new { OpenClose = true, Change = 2, Save = new { IncludeText = false } },
            HoverProvider = true,
            CompletionProvider = new { TriggerCharacters = new[] { " ", "(", ",", "\"", "/", "." } },
            SignatureHelpProvider = new { TriggerCharacters = new[] { "(", ",", " " } },
            DefinitionProvider = true,
            ReferencesProvider = true,
            DocumentHighlightProvider = true,
            DocumentSymbolProvider = true,
            FoldingRangeProvider = true,
            DocumentLinkProvider = new { ResolveProvider = false },
            DocumentFormattingProvider = true,
            DocumentRangeFormattingProvider = true,
            CodeActionProvider = new { CodeActionKinds = new[] { "quickfix" } },
            RenameProvider = new { PrepareProvider = true },
            InlayHintProvider = true,
            SemanticTokensProvider = new { Legend = new { SemanticColours.TokenTypes, SemanticColours.TokenModifiers }, Full = true },
        },
    };
}
