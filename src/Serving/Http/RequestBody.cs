using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Nn.Serving.Http;

/// <summary>The whole body of a request, in memory that is given back.</summary>
internal readonly struct RequestBody : IDisposable
{
    private readonly byte[] _rented;
    private readonly int _length;

    private RequestBody(byte[] rented, int length) => (_rented, _length) = (rented, length);

    public ReadOnlySpan<byte> Span => _rented.AsSpan(0, _length);

    public ReadOnlyMemory<byte> Memory => _rented.AsMemory(0, _length);

    /// <summary>Reads it; the server has bounded its length.</summary>
    public static async ValueTask<RequestBody> Read(HttpRequest request, CancellationToken gone)
    {
        // Whoever only says that much will come gets no memory for it.
        const int Usual = 4096, Trusted = 64 << 10;
        int expected = (int)Math.Min(request.ContentLength ?? Usual, Trusted), length = 0;
        // One byte more tells the end.
        byte[] buffer = ArrayPool<byte>.Shared.Rent(expected + 1);
        try
        {
            int read;
            while ((read = await request.Body.ReadAsync(buffer.AsMemory(length), gone)) > 0)
            {
                length += read;
                if (length == request.ContentLength) break;
                if (length < buffer.Length) continue;
                byte[] larger = ArrayPool<byte>.Shared.Rent(2 * buffer.Length);
                buffer.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return new RequestBody(buffer, length);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_rented);
}
