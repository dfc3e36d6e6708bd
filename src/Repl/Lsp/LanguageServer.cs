using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>
/// A server of the Language Server Protocol for scripts: keeps the open documents, tells their mistakes as one types, and answers what an editor asks about
/// them. A request is answered about the document as it was when the request came.
/// </summary>
internal sealed class LanguageServer
{
    // Mistakes are told when nothing was typed for a moment.
    private const int QuietMilliseconds = 150;

    private readonly JsonRpc _rpc;
    private readonly DataShapes _data;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Document> _open = [];
    private readonly Dictionary<string, Timer> _timers = [];
    private bool _initialized, _shutdown, _exit;

    private LanguageServer(Stream input, Stream output)
    {
        _rpc = new JsonRpc(new MessageStream(input, output)) { Admit = Admit };
        _data = new DataShapes(TellAgain);
        Register();
    }

    /// <summary>Serves a client until it says goodbye or goes; the exit code: 0 after a shutdown, else 1.</summary>
    public static int Run(Stream input, Stream output)
    {
        var server = new LanguageServer(input, output);
        try
        {
            server._rpc.Run(() => server._exit);
        }
        catch (InvalidDataException e)
        {
            Console.Error.WriteLine($"nn lsp: {e.Message}");
        }

        return server._shutdown ? 0 : 1;
    }

    private void Register()
    {
        _rpc.OnRequest<object>("initialize", _ =>
        {
            _initialized = true;
            return _ => Capabilities.Of(Release);
        });
        _rpc.OnRequest<object>("shutdown", _ =>
        {
            _shutdown = true;
            return _ => null;
        });
        _rpc.OnNotification<object>("exit", _ => _exit = true);
        _rpc.OnNotification<DidOpenParams>("textDocument/didOpen",
            p => Keep(new Document(p.TextDocument.Uri, p.TextDocument.Version, new TextLines(p.TextDocument.Text), _data)));
        _rpc.OnNotification<DidChangeParams>("textDocument/didChange", Change);
        _rpc.OnNotification<DocumentParams>("textDocument/didSave", _ => LookAgain());
        _rpc.OnNotification<DocumentParams>("textDocument/didClose", Close);
        _rpc.OnNotification<object>("workspace/didChangeWatchedFiles", _ => LookAgain());
        Answer<DocumentParams>("textDocument/documentSymbol", p => p.TextDocument, (d, _) => Outline.Symbols(d));
        Answer<DocumentParams>("textDocument/foldingRange", p => p.TextDocument, (d, _) => Outline.Folds(d));
        Answer<DocumentParams>("textDocument/documentLink", p => p.TextDocument, (d, _) => Places.Links(d));
        Answer<DocumentParams>("textDocument/formatting", p => p.TextDocument, (d, _) => Edits.Format(d, null));
        Answer<RangeParams>("textDocument/rangeFormatting", p => p.TextDocument, (d, p) => Edits.Format(d, p.Range));
        Answer<CodeActionParams>("textDocument/codeAction", p => p.TextDocument, (d, p) => Edits.Fixes(d, p));
        Answer<PositionParams>("textDocument/hover", p => p.TextDocument, (d, p) => Hovers.At(d, d.Lines.Offset(p.Position)));
        Answer<PositionParams>("textDocument/completion", p => p.TextDocument, (d, p) => Completions.At(d, d.Lines.Offset(p.Position)));
        Answer<PositionParams>("textDocument/signatureHelp", p => p.TextDocument, (d, p) => Signatures.At(d, d.Lines.Offset(p.Position)));
        Answer<PositionParams>("textDocument/definition", p => p.TextDocument, (d, p) => Places.Definition(d, d.Lines.Offset(p.Position)));
        Answer<ReferenceParams>("textDocument/references", p => p.TextDocument,
            (d, p) => Places.References(d, d.Lines.Offset(p.Position), p.Context?.IncludeDeclaration ?? true));
        Answer<PositionParams>("textDocument/documentHighlight", p => p.TextDocument, (d, p) => Places.Highlights(d, d.Lines.Offset(p.Position)));
        Answer<PositionParams>("textDocument/prepareRename", p => p.TextDocument, (d, p) => Places.PrepareRename(d, d.Lines.Offset(p.Position)));
        Answer<RenameParams>("textDocument/rename", p => p.TextDocument, (d, p) => Places.Rename(d, d.Lines.Offset(p.Position), p.NewName));
        Answer<RangeParams>("textDocument/inlayHint", p => p.TextDocument, (d, p) => Hints.In(d, p.Range));
        Answer<DocumentParams>("textDocument/semanticTokens/full", p => p.TextDocument, (d, _) => SemanticColours.Of(d));
    }

    private void Answer<T>(string method, Func<T, TextDocumentIdentifier> of, Func<Document, T, object?> answer) => _rpc.OnRequest<T>(method, p =>
    {
        Document document = Find(of(p).Uri);
        return cancelled =>
        {
            cancelled.ThrowIfCancellationRequested();
            return answer(document, p);
        };
    });

    private void Admit(string method)
    {
        if (method == "exit") return;
        if (!_initialized && method != "initialize") throw new RpcException(RpcException.NotInitialized, "the first request is initialize");
        if (_initialized && method == "initialize") throw new RpcException(RpcException.InvalidRequest, "initialize comes once");
        if (_shutdown) throw new RpcException(RpcException.InvalidRequest, "after shutdown there is only exit");
    }

    private Document Find(string uri)
    {
        lock (_lock) return _open.TryGetValue(uri, out Document? d) ? d : throw new RpcException(RpcException.InvalidParams, $"{uri} is not open");
    }

    private void Change(DidChangeParams p)
    {
        Document before = Find(p.TextDocument.Uri);
        TextLines text = p.ContentChanges.Aggregate(before.Lines, (t, change) => t.With(change));
        Keep(new Document(before.Uri, p.TextDocument.Version, text, _data));
    }

    private void Close(DocumentParams p)
    {
        string uri = Find(p.TextDocument.Uri).Uri;
        lock (_lock)
        {
            _open.Remove(uri);
            if (_timers.Remove(uri, out Timer? timer)) timer.Dispose();
        }

        _rpc.Notify("textDocument/publishDiagnostics", new PublishDiagnosticsParams(uri, null, []));
    }

    private void Keep(Document document)
    {
        lock (_lock) _open[document.Uri] = document;
        Schedule(document);
    }

    // Data may have changed.
    private void LookAgain()
    {
        _data.Forget();
        TellAgain();
    }

    // More is known than when the documents were looked at.
    private void TellAgain()
    {
        lock (_lock)
        {
            foreach (Document d in _open.Values.ToArray()) Keep(d.Again());
        }

        _rpc.Ask("workspace/inlayHint/refresh");
    }

    private void Schedule(Document document)
    {
        lock (_lock)
        {
            if (_timers.Remove(document.Uri, out Timer? before)) before.Dispose();
            _timers[document.Uri] = new Timer(_ => Publish(document), null, QuietMilliseconds, Timeout.Infinite);
        }
    }

    private void Publish(Document document)
    {
        Diagnostic[] all;
        try
        {
            all = [.. Mistakes.Of(document)];
        }
        catch (Exception e)
        {
            // An exception in a timer would end the process; the next key may find another text.
            Console.Error.WriteLine($"nn lsp: {e.GetType().Name}: {e.Message}");
            return;
        }

        lock (_lock)
        {
            // What was typed meanwhile is told by the next turn.
            if (!_open.TryGetValue(document.Uri, out Document? now) || now.Version != document.Version) return;
            _rpc.Notify("textDocument/publishDiagnostics", new PublishDiagnosticsParams(document.Uri, document.Version, all));
        }
    }

    private static string Release => typeof(LanguageServer).Assembly.GetName().Version?.ToString(3) ?? "0";
}
