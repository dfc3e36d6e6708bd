using System.Buffers.Binary;

namespace Nn.Files;

/// <summary>What cameras write beside pixels: a small TIFF file in a segment of a JPEG.</summary>
internal static class Exif
{
    private const int OrientationTag = 0x0112, Short = 3;

    /// <summary>
    /// How the picture is to be turned, 2 to 8; 1, as it is, also where the segment is damaged or of another kind: pixels do not depend on it.
    /// </summary>
    public static int Orientation(ReadOnlySpan<byte> segment)
    {
        if (!segment.StartsWith("Exif\0\0"u8)) return 1;
        ReadOnlySpan<byte> tiff = segment[6..];
        bool little = tiff.StartsWith("II"u8);
        if (tiff.Length < 8 || !little && !tiff.StartsWith("MM"u8)) return 1;
        uint directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (directory > tiff.Length - 2) return 1;
        int at = (int)directory + 2, entries = Number(tiff, (int)directory, little);
        for (int i = 0; i < entries && at + 12 <= tiff.Length; i++, at += 12)
        {
            if (Number(tiff, at, little) != OrientationTag) continue;
            int orientation = Number(tiff, at + 8, little);
            return Number(tiff, at + 2, little) == Short && orientation is >= 1 and <= 8 ? orientation : 1;
        }

        return 1;
    }

    private static int Number(ReadOnlySpan<byte> tiff, int at, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(tiff[at..]) : BinaryPrimitives.ReadUInt16BigEndian(tiff[at..]);
}
