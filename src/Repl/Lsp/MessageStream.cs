using System.Globalization;
using System.Text;

namespace Nn.Repl.Lsp;

/// <summary>Messages of JSON-RPC over a pair of streams: a header with the length, an empty line, the message.</summary>
internal sealed class MessageStream(Stream input, Stream output)
{
    private const int MaxHeader = 4096;

    // A script has at most a mebibyte; nothing that a client has to say is longer than some of them.
    private const int MaxMessage = 64 << 20;

    private readonly Lock _writing = new();

    /// <summary>The next message; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">The header is none, after which nothing can be found any more.</exception>
    public byte[]? Read()
    {
        int? length = null;
        bool any = false;
        while (true)
        {
            string? line = Line();
            if (line is null) return any ? throw new InvalidDataException("the stream ends in a header") : null;
            any = true;
            if (line.Length == 0)
            {
                if (length is { } known) return Body(known);
                throw new InvalidDataException("a header without Content-Length");
            }

            int colon = line.IndexOf(':');
            if (colon < 0) throw new InvalidDataException("a line of a header without a colon");
            if (!line.AsSpan(0, colon).Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) continue;
            if (!int.TryParse(line.AsSpan(colon + 1), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out int value)
                || value is < 0 or > MaxMessage)
                throw new InvalidDataException("Content-Length is no length");
            length = value;
        }
    }

    /// <summary>Writes a message; messages of several threads do not mix.</summary>
    public void Write(ReadOnlySpan<byte> message)
    {
        lock (_writing)
        {
            output.Write(Encoding.ASCII.GetBytes($"Content-Length: {message.Length}\r\n\r\n"));
            output.Write(message);
            output.Flush();
        }
    }

    private byte[] Body(int length)
    {
        byte[] body = new byte[length];
        try
        {
            input.ReadExactly(body);
        }
        catch (EndOfStreamException)
        {
            throw new InvalidDataException("the stream ends in a message");
        }

        return body;
    }

    private string? Line()
    {
        var line = new StringBuilder();
        while (true)
        {
            int c = input.ReadByte();
            if (c < 0) return line.Length == 0 ? null : throw new InvalidDataException("the stream ends in a header");
            if (c == '\n') return line.ToString().TrimEnd('\r');
            if (line.Length >= MaxHeader) throw new InvalidDataException("a header is too long");
            line.Append((char)c);
        }
    }
}
