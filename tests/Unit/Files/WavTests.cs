using System.Buffers.Binary;
using Nn.Files;

namespace Nn.Tests.Unit.Files;

/// <summary>WAV files, byte by byte as the specification has them.</summary>
public sealed class WavTests : IDisposable
{
    private const int Rate = 8000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The least, the most, the middle and a small number of each kind, as its bytes and as the share of the largest that it is.
    [Theory]
    [InlineData(1, 8, "00 FF 80 81", "-1 0.9921875 0 0.0078125")]
    [InlineData(1, 16, "00 80 FF 7F 00 00 01 00", "-1 0.999969482421875 0 0.000030517578125")]
    [InlineData(1, 24, "00 00 80 FF FF 7F 00 00 00 00 00 40", "-1 0.9999998807907104 0 0.5")]
    [InlineData(1, 32, "00 00 00 80 00 00 00 40 00 00 00 00 00 00 00 E0", "-1 0.5 0 -0.25")]
    [InlineData(3, 32, "00 00 80 BF 00 00 00 3F 00 00 00 00 00 00 80 3E", "-1 0.5 0 0.25")]
    [InlineData(3, 64, "00 00 00 00 00 00 F0 BF 00 00 00 00 00 00 E0 3F", "-1 0.5")]
    public void Values_of_every_width_are_shares_of_the_largest(int code, int bits, string stored, string values)
    {
        double[] expected = [.. values.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture))];
        byte[] sound = Bytes(stored);
        foreach (byte[] file in new[] { File(Format(code, 1, bits), sound), File(Wide(code, 1, bits), sound) })
        {
            Sound read = Load(file);
            Assert.Equal(Rate, read.Rate);
            Assert.Equal(1, read.Channels);
            Assert.Equal([.. expected.Select(v => (float)v)], read.Values);
        }
    }

    [Fact]
    public void Channels_are_mixed_down_to_their_mean()
    {
        Sound read = Load(File(Format(1, 2, 16), Bytes("00 40 00 C0 00 40 00 20")));
        Assert.Equal(2, read.Channels);
        Assert.Equal([0f, 0.375f], read.Values);
    }

    [Fact]
    public void Other_parts_are_passed_over_and_those_of_odd_length_are_filled_up()
    {
        byte[] file = [.. Riff([.. Part("LIST", Bytes("01 02 03")), .. Part("fmt ", Format(1, 1, 8)), .. Part("note", []), .. Part("data", Bytes("C0"))])];
        Assert.Equal([0.5f], Load(file).Values);
    }

    [Fact]
    public void A_sound_whose_length_was_not_known_goes_to_the_end_of_the_file()
    {
        byte[] file = Riff([.. Part("fmt ", Format(1, 1, 16)), .. "data"u8, .. Bytes("FF FF FF FF 00 40 00 20 00")]);
        Assert.Equal([0.5f, 0.25f], Load(file).Values);
    }

    public static TheoryData<string, byte[], string> Damaged => new()
    {
        { "another kind", "just a text that is no sound"u8.ToArray(), "it does not begin like one" },
        { "nothing", "RIFF"u8.ToArray(), "it does not begin like one" },
        { "big-endian", [.. "RIFX"u8, 0, 0, 0, 4, .. "WAVE"u8], "it is of the kind RIFX; save it as plain WAV" },
        { "no sound", Riff(Part("fmt ", Format(1, 1, 16))), "it has no sound in it, to its end at byte 36" },
        { "no header", Riff(Part("data", Bytes("00 00"))), "its sound, at byte 12, comes before what says how it is stored" },
        { "empty", File(Format(1, 1, 16), []), "its sound, at byte 36, is empty" },
        { "cut short", File(Format(1, 1, 16), new byte[10])[..50], "it is cut short: at byte 36 a part of 10 bytes begins, of which 6 are there" },
        { "half a value", File(Format(1, 1, 16), new byte[3]), "its sound, at byte 44, has 3 bytes, which are no whole values of 2 bytes" },
        { "short header", Riff([.. Part("fmt ", new byte[14]), .. Part("data", new byte[2])]), "its header, at byte 20, has 14 bytes; 16 are the fewest" },
        { "µ-law", File(Format(7, 1, 8), new byte[2]), "its sound is compressed as µ-law; save it as PCM" },
        { "MP3", File(Format(0x55, 1, 16), new byte[2]), "its sound is compressed as MP3; save it as PCM" },
        { "unknown", File(Format(0x1234, 1, 16), new byte[2]), "compressed in a way (0x1234) that is not read" },
        { "12 bits", File(Format(1, 1, 12), new byte[2]), "its values have 12 bits; 8, 16, 24 and 32 are read" },
        { "halves", File(Format(3, 1, 16), new byte[2]), "its values have 16 bits; of floating point 32 and 64 are read" },
        { "no channels", File(Format(1, 0, 16), new byte[2]), "it has 0 channels; 1 to 256 are read" },
        { "no rate", File(Format(1, 1, 16, rate: 0), new byte[2]), "it has 0 values a second; 1 to 384,000 are read" },
        { "very many", File(Format(1, 1, 16, rate: -1), new byte[2]), "it has 4,294,967,295 values a second" },
        { "frames", File(Format(1, 2, 16, frame: 2), new byte[4]), "its header, at byte 20, says that 2 values of 16 bits take 2 bytes; they take 4" },
        { "NaN", File(Format(3, 1, 32), Bytes("00 00 00 00 00 00 C0 7F")), "the value at byte 48 is no number that can be calculated with" },
        { "subformat", File([.. Wide(1, 1, 16)[..30], .. new byte[10]], new byte[2]), "its header, at byte 20, does not say how the sound is stored" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void What_is_wrong_is_told_with_its_place(string name, byte[] file, string message)
    {
        NnException e = Assert.Throws<NnException>(() => Load(file));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Assert.StartsWith(_folder.File("a.wav") + " is no WAV file that can be read: ", e.Message, StringComparison.Ordinal);
        Assert.True(e.Message.Contains(message, StringComparison.Ordinal), $"{name}: {e.Message}");
    }

    private Sound Load(byte[] file) => SoundFile.Load(_folder.Write("a.wav", file));

    private static byte[] File(byte[] format, byte[] sound) => Riff([.. Part("fmt ", format), .. Part("data", sound)]);

    private static byte[] Riff(byte[] parts) => [.. "RIFF"u8, .. Number(4 + parts.Length), .. "WAVE"u8, .. parts];

    private static byte[] Part(string kind, byte[] content) =>
        [.. System.Text.Encoding.ASCII.GetBytes(kind), .. Number(content.Length), .. content, .. new byte[content.Length % 2]];

    private static byte[] Format(int code, int channels, int bits, int rate = Rate, int? frame = null)
    {
        int size = frame ?? channels * bits / 8;
        return [.. Short(code), .. Short(channels), .. Number(rate), .. Number(rate * size), .. Short(size), .. Short(bits)];
    }

    private static byte[] Wide(int code, int channels, int bits) =>
    [
        .. Short(0xFFFE), .. Format(code, channels, bits)[2..], .. Short(22), .. Short(bits), .. Number(4), .. Short(code),
        .. Bytes("00 00 00 00 10 00 80 00 00 AA 00 38 9B 71"),
    ];

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Number(int n)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, n);
        return bytes;
    }

    private static byte[] Short(int n) => Number(n)[..2];
}
