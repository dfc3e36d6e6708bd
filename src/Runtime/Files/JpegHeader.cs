using System.Buffers.Binary;

namespace Nn.Files;

/// <summary>What the segments of a JPEG file say, found without decoding a pixel.</summary>
/// <param name="Width">Columns as stored.</param>
/// <param name="Height">Rows as stored.</param>
/// <param name="Components">1 grey, 3 colours, 4 for printing.</param>
/// <param name="Orientation">Of EXIF, 1 (as stored) to 8.</param>
internal readonly record struct JpegHeader(int Width, int Height, int Components, int Orientation)
{
    // A code has a bit at least, and the first of each block of 8 x 8 stands in some scan: a file cannot hold more pixels.
    private const long MaxPixels = 1L << 26, PixelsOfByte = 512;

    // Each scan walks all pixels, however few bytes it has itself: usual are one or ten.
    private const long MaxWalked = 1L << 30;

    /// <summary>Reads the segments to the end mark; null where they cannot be read, and why.</summary>
    public static JpegHeader? Read(ReadOnlySpan<byte> file, out string why)
    {
        JpegHeader? frame = null;
        int orientation = 1, scans = 0;
        bool adobe = false;
        for (int at = 2; ;)
        {
            if (Marker(file, ref at) is not { } marker)
                return Refuse(at < file.Length ? $"there is no marker at byte {at:N0}" : "it ends before its end mark", out why);
            if (marker == 0xD9) break;
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7)) continue;
            if (Segment(file, ref at) is not { } range) return Refuse("it ends before its end mark", out why);
            ReadOnlySpan<byte> content = file[range];
            switch (marker)
            {
                case 0xC0 or 0xC1 or 0xC2 when frame is not null: return Refuse("it has two headers", out why);
                case 0xC0 or 0xC1 or 0xC2:
                    frame = Frame(content, file.Length, out why);
                    if (frame is null) return null;
                    break;
                case >= 0xC3 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC):
                    return Refuse("its pixels are compressed in a way that is not read; save it as baseline or progressive JPEG", out why);
                case 0xE1 when orientation == 1: orientation = Exif.Orientation(content); break;
                case 0xEE when content.StartsWith("Adobe"u8): adobe = true; break;
                case 0xDA:
                    if (frame is not { } f) return Refuse("its pixels come before its header", out why);
                    if (++scans * (long)f.Width * f.Height > MaxWalked)
                        return Refuse($"it takes more than {scans - 1:N0} turns to its {f.Width:N0} x {f.Height:N0} pixels", out why);
                    SkipPixels(file, ref at);
                    break;
            }
        }

        if (frame is null || scans == 0) return Refuse("it has no pixels", out why);
        if (frame.Value.Components == 4 && !adobe)
            return Refuse("it has four components and does not say which colours they are; save it with red, green and blue", out why);
        why = "";
        return frame.Value with { Orientation = orientation };
    }

    private static JpegHeader? Frame(ReadOnlySpan<byte> content, int bytes, out string why)
    {
        if (content.Length < 6 || content.Length != 6 + 3 * content[5]) return Refuse("its header has another length", out why);
        (int precision, int components) = (content[0], content[5]);
        int height = BinaryPrimitives.ReadUInt16BigEndian(content[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(content[3..]);
        if (precision != 8) return Refuse($"it has {precision} bits; 8 are read", out why);
        if (components is not (1 or 3 or 4)) return Refuse($"it has {components} components; 1, 3 or 4 are read", out why);
        if (width == 0 || height == 0) return Refuse($"its size is {width}x{height}", out why);
        long pixels = (long)width * height;
        if (pixels > MaxPixels) return Refuse($"it has {width:N0} x {height:N0} pixels; at most {MaxPixels:N0} are read", out why);
        if (pixels > PixelsOfByte * bytes) return Refuse($"{bytes:N0} bytes cannot hold {width:N0} x {height:N0} pixels", out why);
        why = "";
        return new JpegHeader(width, height, components, 1);
    }

    private static JpegHeader? Refuse(string reason, out string why)
    {
        why = reason;
        return null;
    }

    // FF and a byte that says which; any number of FF may come before.
    private static int? Marker(ReadOnlySpan<byte> file, ref int at)
    {
        if (at >= file.Length || file[at] != 0xFF) return null;
        while (at < file.Length && file[at] == 0xFF) at++;
        return at < file.Length ? file[at++] : null;
    }

    // Two bytes of length, which count themselves, and the content.
    private static Range? Segment(ReadOnlySpan<byte> file, ref int at)
    {
        if (file.Length - at < 2) return null;
        int length = BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
        if (length < 2 || length > file.Length - at) return null;
        Range content = (at + 2)..(at + length);
        at += length;
        return content;
    }

    // In compressed pixels FF is followed by 0, or by a restart mark.
    private static void SkipPixels(ReadOnlySpan<byte> file, ref int at)
    {
        for (; at < file.Length; at++)
        {
            if (file[at] == 0xFF && at + 1 < file.Length && file[at + 1] is not (0 or (>= 0xD0 and <= 0xD7))) return;
        }
    }
}
