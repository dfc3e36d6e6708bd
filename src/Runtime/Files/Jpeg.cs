using StbImageSharp;

namespace Nn.Files;

/// <summary>
/// JPEG (ISO/IEC 10918-1), baseline and progressive, of 8 bits. One component is grey, three are red, green, blue; four (as printers want them) become red,
/// green, blue. Pictures are turned as their EXIF orientation says, so that they stand as viewers show them. The format has no checksums: what is damaged
/// inside the compressed pixels, and still decodes, is not noticed.
/// </summary>
internal static class Jpeg
{
    private static readonly byte[] Signature = [0xFF, 0xD8, 0xFF];

    /// <summary>Whether bytes begin as those of a file do.</summary>
    public static bool Begins(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <summary>Reads the bytes of a file. Sizes are checked before anything is decoded.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="NnException">They are damaged, of a kind that is not read, or the image is too large.</exception>
    public static RasterImage Decode(byte[] file, string name)
    {
        if (!Begins(file)) throw Bad(name, "it does not begin like one");
        if (JpegHeader.Read(file, out string why) is not { } header) throw Bad(name, why);
        ImageResult decoded;
        try
        {
            decoded = ImageResult.FromMemory(file, header.Components == 1 ? ColorComponents.Grey : ColorComponents.RedGreenBlue);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Which exceptions broken files meet in the decoder is nowhere said; whatever it is, the file cannot be read.
            throw Bad(name, $"its pixels are damaged: {e.Message}", e);
        }

        var image = new RasterImage(decoded.Height, decoded.Width, header.Components == 1 ? 1 : 3, decoded.Data);
        if (image.Height != header.Height || image.Width != header.Width || image.Pixels.Length != image.Height * image.Width * image.Channels)
            throw Bad(name, "its pixels do not fit its header");
        return Turn(image, header.Orientation);
    }

    // Orientations of EXIF: which sides of the scene the first row and the first column are.
    private static RasterImage Turn(RasterImage image, int orientation)
    {
        if (orientation == 1) return image;
        (int h, int w, int channels) = (image.Height, image.Width, image.Channels);
        (int height, int width) = orientation >= 5 ? (w, h) : (h, w);
        var pixels = new byte[image.Pixels.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                (int row, int column) = orientation switch
                {
                    2 => (y, w - 1 - x),
                    3 => (h - 1 - y, w - 1 - x),
                    4 => (h - 1 - y, x),
                    5 => (x, y),
                    6 => (h - 1 - x, y),
                    7 => (h - 1 - x, w - 1 - y),
                    _ => (x, w - 1 - y),
                };
                image.Pixels.AsSpan((row * w + column) * channels, channels).CopyTo(pixels.AsSpan((y * width + x) * channels));
            }
        }

        return new RasterImage(height, width, channels, pixels);
    }

    private static NnException Bad(string name, string why, Exception? inner = null) =>
        new(ExitCode.BadFile, $"{name} is no JPEG image that can be read: {why}", inner);
}
