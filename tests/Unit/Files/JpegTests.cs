using Nn.Files;
using StbImageWriteSharp;

namespace Nn.Tests.Unit.Files;

/// <summary>
/// Files made here after the standard: blocks of one value, which are 128 + the coefficient as the quantizer is 8; and one by another encoder.
/// </summary>
public class JpegTests
{
    [Theory]
    [InlineData(0xC0)]
    [InlineData(0xC1)]
    [InlineData(0xC2)]
    public void Grey_and_colours_are_read_as_baseline_and_progressive(int frame)
    {
        RasterImage grey = Jpeg.Decode(Flat(2, 1, [[-100], [90]], frame), "test");
        Assert.Equal((8, 16, 1), (grey.Height, grey.Width, grey.Channels));
        Assert.All(Enumerable.Range(0, 128), i => Assert.Equal(i % 16 < 8 ? 28 : 218, grey.Pixels[i]));
        // JFIF: R = Y + 1.402 Cr, G = Y - 0.344 Cb - 0.714 Cr, B = Y + 1.772 Cb.
        RasterImage colour = Jpeg.Decode(Flat(1, 1, [[0, 20, -30]], frame), "test");
        Assert.Equal((8, 8, 3), (colour.Height, colour.Width, colour.Channels));
        Near([128 - 42.06, 128 - 6.88 + 21.42, 128 + 35.44], colour.Pixels.AsSpan(0, 3), 1);
    }

    [Fact]
    public void Four_components_are_read_where_their_colours_are_said()
    {
        // Adobe stores ink from 255 (none) to 0: red is cyan times black.
        byte[] adobe = Segment(0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]);
        Near([228 * 178 / 255.0, 28 * 178 / 255.0, 128 * 178 / 255.0], Jpeg.Decode(Flat(1, 1, [[100, -100, 0, 50]], 0xC0, adobe), "test").Pixels.AsSpan(0, 3),
            2);
        Refused(Flat(1, 1, [[100, -100, 0, 50]]), "does not say which colours");
    }

    [Fact]
    public void A_picture_of_another_encoder_is_near_what_it_was()
    {
        (int height, int width) = (40, 56);
        byte[] pixels = [.. Enumerable.Range(0, height * width)
            .SelectMany(i => new[] { (byte)(i % width * 4), (byte)(i / width * 6), (byte)(200 - i % width * 3) })];
        RasterImage image = Jpeg.Decode(Encoded(pixels, width, height), "test");
        Assert.Equal((height, width, 3), (image.Height, image.Width, image.Channels));
        Assert.InRange(image.Pixels.Select((p, i) => Math.Abs(p - pixels[i])).Average(), 0, 3);
    }

    [Theory]
    [InlineData(1, "abc/def")]
    [InlineData(2, "cba/fed")]
    [InlineData(3, "fed/cba")]
    [InlineData(4, "def/abc")]
    [InlineData(5, "ad/be/cf")]
    [InlineData(6, "da/eb/fc")]
    [InlineData(7, "fc/eb/da")]
    [InlineData(8, "cf/be/ad")]
    [InlineData(9, "abc/def")]
    public void Pictures_are_turned_as_cameras_say(int orientation, string expected)
    {
        byte[] little = [.. "Exif\0\0II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0];
        byte[] big = [.. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0];
        foreach (byte[] exif in new[] { little, big })
        {
            RasterImage image = Jpeg.Decode(Flat(3, 2, [[-60], [-40], [-20], [0], [20], [40]], 0xC0, Segment(0xE1, exif)), "test");
            string shown = string.Join('/', Enumerable.Range(0, image.Height / 8).Select(y =>
                string.Concat(Enumerable.Range(0, image.Width / 8).Select(x => (char)('a' + (image.Pixels[y * 8 * image.Width + x * 8] - 68) / 20)))));
            Assert.Equal(expected, shown);
        }
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        foreach (byte[] whole in new[] { Flat(3, 2, [[1], [2], [3], [4], [5], [6]]), Encoded(new byte[300], 10, 10) })
        {
            for (int length = 0; length < whole.Length; length++) Refused(whole[..length], "");
        }
    }

    public static TheoryData<string, byte[], string> Lies => new()
    {
        { "nothing", [], "it does not begin like one" },
        { "no pixels", [0xFF, 0xD8, 0xFF, 0xD9], "it has no pixels" },
        { "too large", Frame(0xC0, 8, 60_000, 60_000, 1), "at most" },
        { "more than its bytes can hold", Frame(0xC0, 8, 5000, 5000, 1), "cannot hold 5,000 x 5,000 pixels" },
        { "no width", Frame(0xC0, 8, 0, 8, 1), "its size is 0x8" },
        { "no height", Frame(0xC0, 8, 8, 0, 1), "its size is 8x0" },
        { "12 bits", Frame(0xC1, 12, 8, 8, 1), "it has 12 bits" },
        { "two components", Frame(0xC0, 8, 8, 8, 2), "it has 2 components" },
        { "arithmetic codes", Frame(0xC9, 8, 8, 8, 1), "in a way that is not read" },
        { "lossless", Frame(0xC3, 8, 8, 8, 1), "in a way that is not read" },
        { "no header", [0xFF, 0xD8, .. Segment(0xDA, [1, 1, 0, 0, 63, 0]), 0xFF, 0xD9], "before its header" },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void Files_that_lie_are_refused(string what, byte[] file, string why)
    {
        Assert.NotEmpty(what);
        Refused(file, why);
    }

    private static byte[] Encoded(byte[] pixels, int width, int height)
    {
        using var stream = new MemoryStream();
        new ImageWriter().WriteJpg(pixels, width, height, ColorComponents.RedGreenBlue, stream, 95);
        return stream.ToArray();
    }

    private static byte[] Frame(byte kind, byte bits, int width, int height, int components) =>
        [0xFF, 0xD8,
            .. Segment(kind, [bits, .. Big(height), .. Big(width), (byte)components,
                .. Enumerable.Range(1, components).SelectMany(c => new byte[] { (byte)c, 0x11, 0 })]), 0xFF, 0xD9];

    // A block is one value a component; DC categories have codes of four bits, the end of a block is the one bit 0.
    private static byte[] Flat(int columns, int rows, int[][] blocks, int frame = 0xC0, params byte[] more)
    {
        int components = blocks[0].Length;
        var bits = new List<bool>();
        var before = new int[components];
        foreach (int[] block in blocks)
        {
            for (int c = 0; c < components; c++)
            {
                int difference = block[c] - before[c], size = difference == 0 ? 0 : (int)Math.Log2(Math.Abs(difference)) + 1;
                before[c] = block[c];
                Put(size, 4);
                Put(difference < 0 ? difference + (1 << size) - 1 : difference, size);
                if (frame != 0xC2) Put(0, 1);
            }
        }

        while (bits.Count % 8 != 0) bits.Add(true);
        byte[] packed = [.. bits.Chunk(8).Select(b => (byte)b.Aggregate(0, (v, bit) => v * 2 + (bit ? 1 : 0)))
            .SelectMany(b => b == 0xFF ? new byte[] { b, 0 } : [b])];
        byte[] scan = [(byte)components, .. Enumerable.Range(1, components).SelectMany(c => new byte[] { (byte)c, 0 }), 0, (byte)(frame == 0xC2 ? 0 : 63), 0];
        return
        [
            .. Frame((byte)frame, 8, columns * 8, rows * 8, components)[..2], .. more,
            .. Segment(0xDB, [0, .. Enumerable.Repeat((byte)8, 64)]),
            .. Frame((byte)frame, 8, columns * 8, rows * 8, components)[2..^2],
            .. Segment(0xC4, [0x00, 0, 0, 0, 12, .. new byte[12], .. Enumerable.Range(0, 12).Select(k => (byte)k)]),
            .. Segment(0xC4, [0x10, 1, .. new byte[15], 0]),
            .. Segment(0xDA, scan), .. packed, 0xFF, 0xD9,
        ];

        void Put(int value, int count)
        {
            for (int i = count - 1; i >= 0; i--) bits.Add((value >> i & 1) == 1);
        }
    }

    private static byte[] Segment(byte kind, byte[] content) => [0xFF, kind, .. Big(content.Length + 2), .. content];

    private static byte[] Big(int value) => [(byte)(value >> 8), (byte)value];

    private static void Near(double[] expected, ReadOnlySpan<byte> pixel, double tolerance)
    {
        for (int c = 0; c < expected.Length; c++) Assert.InRange(pixel[c], expected[c] - tolerance, expected[c] + tolerance);
    }

    private static void Refused(byte[] file, string why)
    {
        NnException e = Assert.Throws<NnException>(() => Jpeg.Decode(file, "test"));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.Contains(why, e.Message);
    }
}
