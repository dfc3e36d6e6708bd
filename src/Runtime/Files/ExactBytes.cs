namespace Nn.Files;

/// <summary>Reads as many bytes as a header promises.</summary>
internal static class ExactBytes
{
    private const int FirstBytes = 1 << 20;

    /// <summary>
    /// The next <paramref name="count"/> bytes, fewer where the stream ends. Memory grows with what is really there: a lying header must not reserve gigabytes.
    /// </summary>
    public static byte[] Read(Stream stream, long count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Array.MaxLength);
        var bytes = new byte[Math.Min(count, FirstBytes)];
        int have = 0;
        while (have < count)
        {
            if (have == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(count, bytes.Length * 2L));
            int n = stream.Read(bytes, have, bytes.Length - have);
            if (n == 0) break;
            have += n;
        }

        return have == bytes.Length ? bytes : bytes[..have];
    }
}
