using System.Buffers.Binary;

namespace Nn.Files;

/// <summary>
/// WAV (Microsoft and IBM 1991: Multimedia Programming Interface and Data Specifications; and WAVE_FORMAT_EXTENSIBLE): whole numbers of 8, 16, 24 and 32 bits,
/// floating point of 32 and 64. Written here, for most of a reader is what it says of a file that is cut short or damaged: what is wrong, and at which byte.
/// </summary>
internal static class Wav
{
    private const int MostChannels = 256, Pcm = 1, Floating = 3, Extensible = 0xFFFE;

    // What programs write that do not know the length yet, and cannot go back.
    private const uint ToTheEnd = uint.MaxValue;

    // A subformat is a number of two bytes and these.
    private static ReadOnlySpan<byte> Subformat => [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

    private readonly record struct Format(int Code, int Channels, int Rate, int Bits)
    {
        public int Frame => Channels * Bits / 8;
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="file">All of them.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="NnException">They are damaged, or of a kind that is not read.</exception>
    public static Sound Decode(ReadOnlySpan<byte> file, string name)
    {
        if (file.Length >= 12 && (file.StartsWith("RF64"u8) || file.StartsWith("RIFX"u8) || file.StartsWith("BW64"u8)))
            throw Bad(name, $"it is of the kind {System.Text.Encoding.ASCII.GetString(file[..4])}; save it as plain WAV");
        if (file.Length < 12 || !file.StartsWith("RIFF"u8) || !file[8..].StartsWith("WAVE"u8)) throw Bad(name, "it does not begin like one");
        Format? format = null;
        for (int at = 12; at + 8 <= file.Length;)
        {
            ReadOnlySpan<byte> kind = file.Slice(at, 4);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            int begin = at + 8, left = file.Length - begin;
            bool isSound = kind.SequenceEqual("data"u8);
            if (isSound && length == ToTheEnd && format is { } open) length = (uint)(left - (left % open.Frame));
            if (length > left)
                throw Bad(name, $"it is cut short: at byte {at:N0} a part of {length:N0} bytes begins, of which {left:N0} are there");
            ReadOnlySpan<byte> content = file.Slice(begin, (int)length);
            if (kind.SequenceEqual("fmt "u8)) format = Header(content, begin, name);
            if (isSound)
                return Samples(content, format ?? throw Bad(name, $"its sound, at byte {at:N0}, comes before what says how it is stored"), begin, name);
            // Parts begin at even places.
            at = (int)Math.Min(int.MaxValue, begin + length + (length & 1));
        }

        throw Bad(name, $"it has no sound in it, to its end at byte {file.Length:N0}");
    }

    private static Format Header(ReadOnlySpan<byte> content, int at, string name)
    {
        if (content.Length < 16) throw Bad(name, $"its header, at byte {at:N0}, has {content.Length} bytes; 16 are the fewest");
        int code = BinaryPrimitives.ReadUInt16LittleEndian(content), channels = BinaryPrimitives.ReadUInt16LittleEndian(content[2..]);
        uint rate = BinaryPrimitives.ReadUInt32LittleEndian(content[4..]);
        int frame = BinaryPrimitives.ReadUInt16LittleEndian(content[12..]), bits = BinaryPrimitives.ReadUInt16LittleEndian(content[14..]);
        if (code == Extensible)
        {
            if (content.Length < 40 || !content[26..40].SequenceEqual(Subformat))
                throw Bad(name, $"its header, at byte {at:N0}, does not say how the sound is stored");
            code = BinaryPrimitives.ReadUInt16LittleEndian(content[24..]);
        }

        if (code is not (Pcm or Floating)) throw Bad(name, $"its sound is {Compressed(code)}; save it as PCM");
        if (!(code == Pcm ? bits is 8 or 16 or 24 or 32 : bits is 32 or 64))
            throw Bad(name, $"its values have {bits} bits; {(code == Pcm ? "8, 16, 24 and 32" : "of floating point 32 and 64")} are read");
        if (channels is 0 or > MostChannels) throw Bad(name, $"it has {channels} channels; 1 to {MostChannels} are read");
        if (rate is 0 or > Sound.HighestRate) throw Bad(name, $"it has {rate:N0} values a second; 1 to {Sound.HighestRate:N0} are read");
        var format = new Format(code, channels, (int)rate, bits);
        return frame == format.Frame ? format
            : throw Bad(name, $"its header, at byte {at:N0}, says that {channels} values of {bits} bits take {frame} bytes; they take {format.Frame}");
    }

    private static string Compressed(int code) => code switch
    {
        2 or 0x11 => "compressed as ADPCM",
        6 => "compressed as A-law",
        7 => "compressed as µ-law",
        0x55 => "compressed as MP3",
        _ => $"compressed in a way (0x{code:X}) that is not read",
    };

    private static Sound Samples(ReadOnlySpan<byte> content, Format format, int at, string name)
    {
        if (content.Length == 0) throw Bad(name, $"its sound, at byte {at - 8:N0}, is empty");
        if (content.Length % format.Frame != 0)
            throw Bad(name, $"its sound, at byte {at:N0}, has {content.Length:N0} bytes, which are no whole values of {format.Frame} bytes");
        var values = new float[content.Length / format.Frame];
        int size = format.Bits / 8;
        for (int i = 0; i < values.Length; i++)
        {
            double sum = 0;
            for (int c = 0; c < format.Channels; c++) sum += Value(content.Slice(i * format.Frame + c * size, size), format.Code);
            values[i] = (float)(sum / format.Channels);
            if (!float.IsFinite(values[i]))
                throw Bad(name, $"the value at byte {at + (long)i * format.Frame:N0} is no number that can be calculated with");
        }

        return new Sound(format.Rate, values, format.Channels);
    }

    // Bytes stand for −1 to 1 from 0 on, longer whole numbers with their sign.
    private static double Value(ReadOnlySpan<byte> stored, int code) => (code, stored.Length) switch
    {
        (Floating, 4) => BinaryPrimitives.ReadSingleLittleEndian(stored),
        (Floating, _) => BinaryPrimitives.ReadDoubleLittleEndian(stored),
        (_, 1) => (stored[0] - 128) / 128.0,
        (_, 2) => BinaryPrimitives.ReadInt16LittleEndian(stored) / 32768.0,
        (_, 3) => ((stored[0] << 8 | stored[1] << 16 | stored[2] << 24) >> 8) / 8388608.0,
        _ => BinaryPrimitives.ReadInt32LittleEndian(stored) / 2147483648.0,
    };

    private static NnException Bad(string name, string why) => new(ExitCode.BadFile, $"{name} is no WAV file that can be read: {why}");
}
