namespace Nn.Files;

/// <summary>How much a packed file may become.</summary>
internal static class Unpacking
{
    /// <summary>So many bytes are unpacked in any case.</summary>
    public const long Free = 1L << 28;

    /// <summary>Beyond <see cref="Free"/>, so many times the packed size.</summary>
    public const int MaxRatio = 100;

    /// <summary>Why so much is not unpacked; null where it is.</summary>
    /// <param name="packed">Bytes in the file.</param>
    /// <param name="unpacked">Bytes that a header promises.</param>
    public static string? Problem(long packed, long unpacked) => unpacked <= Free || unpacked <= packed * (double)MaxRatio
        ? null
        : $"{packed:N0} bytes would become {unpacked:N0}, more than {MaxRatio} times as many; so much is only unpacked up to {Free:N0} bytes. "
            + "If it is meant, save it without compression";
}
