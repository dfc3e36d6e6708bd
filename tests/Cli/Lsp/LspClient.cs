using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Nn.Tests.Cli.Lsp;

/// <summary>
/// An editor's side of the language server protocol, over the standard input and output of a process. It is written from the specification and shares nothing
/// with the server.
/// </summary>
public sealed class LspClient : IDisposable
{
    private const int PatienceMilliseconds = 30_000;

    private readonly Process _process;
    private readonly Dictionary<int, JsonNode> _answers = [];
    private readonly List<JsonNode> _told = [];
    private readonly StringBuilder _errors = new();
    private readonly object _lock = new();
    private int _id;
    private bool _ended;

    private LspClient(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, e) =>
        {
            lock (_lock) _errors.Append(e.Data).Append('\n');
        };
        process.BeginErrorReadLine();
        new Thread(Listen) { IsBackground = true }.Start();
    }

    /// <summary>What the server wrote to its standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_lock) return _errors.ToString();
        }
    }

    /// <summary>Starts a server; with a handshake unless the test makes it.</summary>
    public static LspClient Start(bool handshake = true, string? data = null, string? cache = null, params string[] more)
    {
        var client = new LspClient(Nn.StartWithInput(data, cache is null ? null : ("NN_CACHE", cache), ["lsp", .. more]));
        if (!handshake) return client;
        client.Ask("initialize", new { processId = (int?)null, rootUri = (string?)null, capabilities = new { } });
        client.Tell("initialized", new { });
        return client;
    }

    public void Tell(string method, object? parameters) => Send(new { jsonrpc = "2.0", method, @params = parameters });

    /// <summary>Sends a request; its number.</summary>
    public int Request(string method, object? parameters)
    {
        int id = ++_id;
        Send(new { jsonrpc = "2.0", id, method, @params = parameters });
        return id;
    }

    /// <summary>The whole answer to a request.</summary>
    public JsonNode Answer(int id)
    {
        lock (_lock)
        {
            Wait(() => _answers.ContainsKey(id), $"an answer to request {id}");
            JsonNode answer = _answers[id];
            _answers.Remove(id);
            return answer;
        }
    }

    /// <summary>The result of a request, which must not be an error.</summary>
    public JsonNode? Ask(string method, object? parameters)
    {
        JsonNode answer = Answer(Request(method, parameters));
        Assert.True(answer["error"] is null, $"{method}: {answer.ToJsonString()}");
        return answer["result"];
    }

    /// <summary>The error that a request must be answered with.</summary>
    public (int Code, string Message) Refused(string method, object? parameters)
    {
        JsonNode answer = Answer(Request(method, parameters));
        Assert.True(answer["error"] is not null, $"{method}: {answer.ToJsonString()}");
        return ((int)answer["error"]!["code"]!, (string)answer["error"]!["message"]!);
    }

    /// <summary>The mistakes of a version of a document, once they are told.</summary>
    public JsonArray Diagnostics(string uri, int version)
    {
        lock (_lock)
        {
            JsonNode? Found() =>
                _told.LastOrDefault(m => (string?)m["method"] == "textDocument/publishDiagnostics" && (string?)m["params"]!["uri"] == uri
                    && (int?)m["params"]!["version"] == version);
            Wait(() => Found() is not null, $"diagnostics of {uri}, version {version}");
            return Found()!["params"]!["diagnostics"]!.AsArray();
        }
    }

    /// <summary>All that was told of a kind so far.</summary>
    public IReadOnlyList<JsonNode> Told(string method)
    {
        lock (_lock) return [.. _told.Where(m => (string?)m["method"] == method)];
    }

    /// <summary>Bytes as they are.</summary>
    public void Raw(string text)
    {
        _process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(text));
        _process.StandardInput.BaseStream.Flush();
    }

    /// <summary>A message with its header.</summary>
    public void RawMessage(string json) => Raw($"Content-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    /// <summary>Ends the input and waits; the exit code.</summary>
    public int End()
    {
        _process.StandardInput.Close();
        return Exit();
    }

    /// <summary>Waits for the end; the exit code.</summary>
    public int Exit()
    {
        Assert.True(_process.WaitForExit(PatienceMilliseconds), "the server does not end");
        // What it wrote last is here only after this.
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>An answer without a number, as to what could not be read.</summary>
    public JsonNode AnswerToNobody()
    {
        lock (_lock)
        {
            Wait(() => _answers.ContainsKey(-1), "an answer without a number");
            JsonNode answer = _answers[-1];
            _answers.Remove(-1);
            return answer;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Send(object message) => RawMessage(JsonSerializer.Serialize(message));

    // Called with the lock held, which is given back while waiting.
    private void Wait(Func<bool> there, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!there())
        {
            int left = PatienceMilliseconds - (int)clock.ElapsedMilliseconds;
            Assert.True(left > 0 && !_ended, $"{what} did not come\n{_errors}");
            Monitor.Wait(_lock, left);
        }
    }

    private void Listen()
    {
        Stream stream = _process.StandardOutput.BaseStream;
        while (Header(stream) is { } length)
        {
            byte[] body = new byte[length];
            stream.ReadExactly(body);
            JsonNode message = JsonNode.Parse(body)!;
            lock (_lock)
            {
                if (message["method"] is not null) _told.Add(message);
                else _answers[message["id"] is { } id ? (int)id : -1] = message;
                Monitor.PulseAll(_lock);
            }
        }

        lock (_lock)
        {
            _ended = true;
            Monitor.PulseAll(_lock);
        }
    }

    // Exactly what the specification asks for: anything else on standard output is a defect.
    private static int? Header(Stream stream)
    {
        var header = new StringBuilder();
        while (!header.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int b = stream.ReadByte();
            if (b < 0) return null;
            header.Append((char)b);
        }

        string line = header.ToString().TrimEnd();
        Assert.StartsWith("Content-Length: ", line);
        return int.Parse(line["Content-Length: ".Length..], CultureInfo.InvariantCulture);
    }
}
