namespace Nn.Repl.Lsp;

// The parts of the Language Server Protocol 3.17 that this server speaks, under the names that they have there.

/// <summary>Line and character (of UTF-16), from 0.</summary>
internal readonly record struct Position(int Line, int Character);

/// <summary>From a position up to, not including, another.</summary>
internal readonly record struct Range(Position Start, Position End);

internal sealed record Location(string Uri, Range Range);

internal sealed record TextDocumentIdentifier(string Uri);

internal sealed record VersionedIdentifier(string Uri, int Version);

internal sealed record TextDocumentItem(string Uri, int Version, string Text);

internal sealed record DidOpenParams(TextDocumentItem TextDocument);

/// <summary>A change; without a range, the text is the whole document.</summary>
internal sealed record ContentChange(string Text, Range? Range = null);

internal sealed record DidChangeParams(VersionedIdentifier TextDocument, IReadOnlyList<ContentChange> ContentChanges);

internal sealed record DocumentParams(TextDocumentIdentifier TextDocument);

internal sealed record PositionParams(TextDocumentIdentifier TextDocument, Position Position);

internal sealed record RangeParams(TextDocumentIdentifier TextDocument, Range Range);

internal sealed record ReferenceContext(bool IncludeDeclaration);

internal sealed record ReferenceParams(TextDocumentIdentifier TextDocument, Position Position, ReferenceContext? Context = null);

internal sealed record RenameParams(TextDocumentIdentifier TextDocument, Position Position, string NewName);

internal sealed record CodeActionContext(IReadOnlyList<string>? Only = null);

internal sealed record CodeActionParams(TextDocumentIdentifier TextDocument, Range Range, CodeActionContext? Context = null);

internal sealed record Diagnostic(Range Range, int Severity, string? Source, string Message, string? Code = null);

internal sealed record PublishDiagnosticsParams(string Uri, int? Version, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>Markdown.</summary>
internal sealed record Markup(string Value)
{
    public string Kind => "markdown";
}

internal sealed record Hover(Markup Contents, Range Range);

internal sealed record TextEdit(Range Range, string NewText);

internal sealed record WorkspaceEdit(IReadOnlyDictionary<string, IReadOnlyList<TextEdit>> Changes);

internal sealed record CompletionItem(string Label, int Kind, string? Detail, Markup? Documentation, string? SortText, TextEdit TextEdit,
    string? FilterText = null);

internal sealed record CompletionList(bool IsIncomplete, IReadOnlyList<CompletionItem> Items);

internal sealed record ParameterInformation(int[] Label, Markup? Documentation);

internal sealed record SignatureInformation(string Label, Markup? Documentation, IReadOnlyList<ParameterInformation> Parameters);

internal sealed record SignatureHelp(IReadOnlyList<SignatureInformation> Signatures, int ActiveSignature, int? ActiveParameter);

internal sealed record DocumentSymbol(string Name, string? Detail, int Kind, Range Range, Range SelectionRange, IReadOnlyList<DocumentSymbol> Children);

internal sealed record FoldingRange(int StartLine, int EndLine, string? Kind = null);

internal sealed record DocumentHighlight(Range Range, int Kind);

internal sealed record DocumentLink(Range Range, string Target, string? Tooltip);

internal sealed record InlayHint(Position Position, string Label, bool PaddingLeft, Markup? Tooltip);

internal sealed record SemanticTokens(IReadOnlyList<int> Data);

internal sealed record PrepareRename(Range Range, string Placeholder);

internal sealed record CodeAction(string Title, string Kind, IReadOnlyList<Diagnostic>? Diagnostics, bool? IsPreferred, WorkspaceEdit Edit);
