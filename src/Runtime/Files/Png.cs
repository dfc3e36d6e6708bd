using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Nn.Files;

/// <summary>
/// PNG (ISO/IEC 15948). Read is every colour type and depth, interlaced or not; 16 bits are rounded to 8, and what is transparent is laid on white.
/// Written are grey and red-green-blue images of 8 bits.
/// </summary>
public static class Png
{
    private const long MaxPixels = 1L << 26;
    private static readonly byte[] Signature = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n'];

    /// <summary>Whether bytes begin as those of a file do.</summary>
    public static bool Begins(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="NnException">They are damaged, or the image is too large.</exception>
    public static RasterImage Decode(byte[] file, string name)
    {
        if (!Begins(file)) throw Bad(name, "it does not begin like one");
        PngHeader? header = null;
        byte[] palette = [], transparency = [];
        using var data = new MemoryStream();
        bool ended = false;
        for (int at = Signature.Length; !ended;)
        {
            (string type, byte[] content) = Chunk(file, ref at, name);
            if (header is null && type != "IHDR") throw Bad(name, "its first chunk is no header");
            switch (type)
            {
                case "IHDR" when header is null: header = Header(content, name); break;
                case "PLTE" when palette.Length == 0 && content.Length is > 0 and <= 768 && content.Length % 3 == 0: palette = content; break;
                case "tRNS" when data.Length == 0: transparency = content; break;
                case "IDAT": data.Write(content); break;
                case "IEND": ended = true; break;
                // A small letter in front: nothing that the pixels depend on.
                case var other when char.IsAsciiLetterLower(other[0]) && other != "tRNS": break;
                default: throw Bad(name, $"a chunk {type} is not allowed there");
            }
        }

        if (data.Length == 0) throw Bad(name, "it has no pixels");
        PngHeader h = header!.Value;
        if (h.Colour == 3 && palette.Length == 0) throw Bad(name, "it has no palette");
        byte[] rows = Inflate(data, h.Bytes, name);
        return PngPixels.Decode(h, rows, palette, transparency) ?? throw Bad(name, "its rows are damaged, or colours and transparency do not fit");
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    public static void Save(string path, RasterImage image)
    {
        byte[] bytes = Encode(image);
        AtomicFile.Write(path, s => s.Write(bytes));
    }

    /// <summary>The bytes of a file.</summary>
    public static byte[] Encode(RasterImage image)
    {
        if (image.Channels is not (1 or 3) || image.Pixels.Length != (long)image.Height * image.Width * image.Channels || image.Pixels.Length == 0)
            throw new ArgumentException($"{image.Height}x{image.Width}x{image.Channels} is no image of grey or red, green, blue pixels");
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), image.Height);
        (header[8], header[9]) = (8, (byte)(image.Channels == 1 ? 0 : 2));
        using var rows = new MemoryStream();
        using (var zlib = new ZLibStream(rows, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            int width = image.Width * image.Channels;
            for (int y = 0; y < image.Height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(image.Pixels, y * width, width);
            }
        }

        using var file = new MemoryStream();
        file.Write(Signature);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, rows.ToArray());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    // A chunk is its length, its type, its content and a checksum of the last two.
    private static (string Type, byte[] Content) Chunk(byte[] file, ref int at, string name)
    {
        int left = file.Length - at - 12;
        if (left < 0) throw Bad(name, "it ends before its end mark");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
        if (length > left) throw Bad(name, $"a chunk promises {length:N0} bytes, there are {left:N0}");
        Span<byte> body = file.AsSpan(at + 4, (int)length + 4);
        string type = Encoding.Latin1.GetString(body[..4]);
        at += (int)length + 12;
        if (Crc32.Of(body) != BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at - 4)))
            throw Bad(name, $"the checksum of a chunk {type} is wrong; the file is damaged");
        return (type, body[4..].ToArray());
    }

    private static PngHeader Header(ReadOnlySpan<byte> content, string name)
    {
        if (content.Length != 13) throw Bad(name, "its header has another length");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(content), height = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        if (width == 0 || height == 0 || width > int.MaxValue || height > int.MaxValue) throw Bad(name, $"its size is {width}x{height}");
        if ((long)width * height > MaxPixels) throw Bad(name, $"it has {width:N0} x {height:N0} pixels; at most {MaxPixels:N0} are read");
        var header = new PngHeader((int)width, (int)height, content[8], content[9], content[12] == 1);
        if (!header.IsKnown || content[10] != 0 || content[11] != 0 || content[12] > 1)
            throw Bad(name, $"colour type {header.Colour} with {header.Depth} bits, or a method in its header, is unknown");
        return header;
    }

    private static byte[] Inflate(MemoryStream data, long bytes, string name)
    {
        data.Position = 0;
        try
        {
            using var zlib = new ZLibStream(data, CompressionMode.Decompress);
            byte[] rows = ExactBytes.Read(zlib, bytes);
            if (rows.Length < bytes) throw Bad(name, $"it has {rows.Length:N0} of {bytes:N0} bytes of pixels");
            // The stream's own checksum comes after them.
            return zlib.ReadByte() < 0 ? rows : throw Bad(name, "it has more pixels than its header promises");
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Bad(name, $"its pixels are damaged: {e.Message}", e);
        }
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] body = [.. type, .. content];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(body));
        file.Write(number);
    }

    private static NnException Bad(string name, string why, Exception? inner = null) =>
        new(ExitCode.BadFile, $"{name} is no PNG image that can be read: {why}", inner);
}
