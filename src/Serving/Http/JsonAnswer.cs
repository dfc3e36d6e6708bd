using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Nn.Serving.Http;

/// <summary>Answers in JSON, written into memory that a thread keeps, so that their length is known and nothing is left for the collector.</summary>
internal static class JsonAnswer
{
    // It never stands within HTML, so ' and + may stay as they are.
    private static readonly JsonWriterOptions Form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // A thread that once wrote something large does not keep it.
    private const int Kept = 1 << 20;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Answers with what <paramref name="write"/> writes; the status and other headers are set before.</summary>
    public static Task Write<T>(HttpContext c, string type, T value, Action<Utf8JsonWriter, T> write) => Send(c, type, Begin(value, write));

    /// <summary>Writes the JSON, behind which more may be written until it is sent; by this thread, before it does anything else.</summary>
    public static ArrayBufferWriter<byte> Begin<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        if (_buffer is null || _buffer.Capacity > Kept) (_buffer, _writer) = (new ArrayBufferWriter<byte>(1 << 12), null);
        _buffer.ResetWrittenCount();
        if (_writer is null) _writer = new Utf8JsonWriter(_buffer, Form);
        else _writer.Reset(_buffer);
        write(_writer, value);
        _writer.Flush();
        return _buffer;
    }

    /// <summary>Answers with all that was written. The server copies it before anything waits, so that the thread's memory is free again.</summary>
    public static Task Send(HttpContext c, string type, ArrayBufferWriter<byte> written)
    {
        c.Response.ContentType = type;
        c.Response.ContentLength = written.WrittenCount;
        return c.Response.Body.WriteAsync(written.WrittenMemory, c.RequestAborted).AsTask();
    }

    /// <summary>A number, or null where JSON has none for it.</summary>
    public static void WriteNumber(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteNullValue();
    }
}
