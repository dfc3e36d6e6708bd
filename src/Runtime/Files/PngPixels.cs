using System.Buffers.Binary;

namespace Nn.Files;

/// <summary>From the rows of a PNG file to pixels: filters undone, samples widened or rounded to 8 bits, transparency laid on white.</summary>
internal static class PngPixels
{
    /// <summary>The image; null where a row names an unknown filter, a pixel a missing colour, or transparency does not fit the colours.</summary>
    public static RasterImage? Decode(PngHeader h, byte[] rows, byte[] palette, byte[] transparency)
    {
        if (!Fits(h, palette, transparency)) return null;
        int channels = h.Channels, reach = Math.Max(1, h.Samples * h.Depth / 8), at = 0;
        if ((long)h.Width * h.Height * channels > Array.MaxLength) return null;
        var pixels = new byte[h.Width * h.Height * channels];
        Span<int> samples = stackalloc int[4];
        foreach (var pass in h.Passes)
        {
            (int width, int height) = h.Size(pass);
            if (width == 0) continue;
            int bytes = (int)h.RowBytes(width);
            Span<byte> above = new byte[bytes];
            for (int y = 0; y < height; y++)
            {
                byte filter = rows[at];
                Span<byte> row = rows.AsSpan(at + 1, bytes);
                at += 1 + bytes;
                if (!Unfilter(filter, row, above, reach)) return null;
                above = row;
                for (int x = 0; x < width; x++)
                {
                    for (int s = 0; s < h.Samples; s++) samples[s] = Sample(row, x * h.Samples + s, h.Depth);
                    int place = ((pass.Y + y * pass.StepY) * h.Width + pass.X + x * pass.StepX) * channels;
                    if (!Write(h, samples, palette, transparency, pixels.AsSpan(place, channels))) return null;
                }
            }
        }

        return new RasterImage(h.Height, h.Width, channels, pixels);
    }

    private static bool Fits(PngHeader h, byte[] palette, byte[] transparency) => transparency.Length == 0 || h.Colour switch
    {
        0 => transparency.Length == 2,
        2 => transparency.Length == 6,
        3 => transparency.Length <= palette.Length / 3,
        _ => false,
    };

    // Each byte was stored as a difference from what its neighbours to the left, above, or both foretell.
    private static bool Unfilter(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int reach)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= reach ? row[i - reach] : 0, corner = i >= reach ? above[i - reach] : 0;
            switch (filter)
            {
                case 0: return true;
                case 1: row[i] += (byte)left; break;
                case 2: row[i] += above[i]; break;
                case 3: row[i] += (byte)((left + above[i]) / 2); break;
                case 4: row[i] += (byte)Paeth(left, above[i], corner); break;
                default: return false;
            }
        }

        return true;
    }

    private static int Paeth(int left, int above, int corner)
    {
        int p = left + above - corner, toLeft = Math.Abs(p - left), toAbove = Math.Abs(p - above), toCorner = Math.Abs(p - corner);
        return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
    }

    private static int Sample(ReadOnlySpan<byte> row, int i, int depth) => depth switch
    {
        8 => row[i],
        16 => BinaryPrimitives.ReadUInt16BigEndian(row[(2 * i)..]),
        _ => (row[i * depth / 8] >> (8 - depth - i * depth % 8)) & ((1 << depth) - 1),
    };

    private static bool Write(PngHeader h, ReadOnlySpan<int> samples, byte[] palette, byte[] transparency, Span<byte> pixel)
    {
        int alpha = 255;
        if (h.Colour == 3)
        {
            if (samples[0] >= palette.Length / 3) return false;
            palette.AsSpan(3 * samples[0], 3).CopyTo(pixel);
            if (samples[0] < transparency.Length) alpha = transparency[samples[0]];
        }
        else
        {
            for (int c = 0; c < pixel.Length; c++) pixel[c] = Widen(samples[c], h.Depth);
            if (h.Colour >= 4) alpha = Widen(samples[pixel.Length], h.Depth);
            else if (transparency.Length > 0 && IsKey(samples[..pixel.Length], transparency)) alpha = 0;
        }

        if (alpha == 255) return true;
        for (int c = 0; c < pixel.Length; c++) pixel[c] = (byte)((pixel[c] * alpha + 255 * (255 - alpha) + 127) / 255);
        return true;
    }

    // To 0..255, rounded.
    private static byte Widen(int sample, int depth)
    {
        int largest = (1 << depth) - 1;
        return (byte)((sample * 255 + largest / 2) / largest);
    }

    // The one colour that stands for nothing.
    private static bool IsKey(ReadOnlySpan<int> samples, byte[] key)
    {
        for (int c = 0; c < samples.Length; c++)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(key.AsSpan(2 * c)) != samples[c]) return false;
        }

        return true;
    }
}
