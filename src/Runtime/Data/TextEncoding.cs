using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Nn.Files;

namespace Nn.Data;

/// <summary>
/// Refuses bytes that are no text. What is no UTF-8 would be read as the same sign for every letter that is not understood, so that different words become one;
/// a mark at the beginning says that it is UTF-16 or UTF-32.
/// </summary>
internal static class TextEncoding
{
    private const int Block = 1 << 16;

    /// <summary>Reads a file for what is wrong with its bytes. One that can be read only once is left alone.</summary>
    /// <exception cref="NnException">With the line and the byte, and what it is likely to be instead.</exception>
    public static void Check(string path)
    {
        // A pipe would be waited for here already, and give nothing to who reads after.
        if (InputFile.LengthOf(path) == 0) return;
        using FileStream file = File.OpenRead(path);
        if (!file.CanSeek) return;
        var buffer = new byte[Block];
        long line = 1, at = 0;
        int kept = 0;
        while (true)
        {
            int read = file.Read(buffer.AsSpan(kept));
            ReadOnlySpan<byte> bytes = buffer.AsSpan(0, kept + read);
            if (at == 0 && Packed(bytes) is { } packed) throw new NnException(ExitCode.BadFile, $"{path} is no text: it is {packed}");
            if (at == 0 && HasMark(bytes)) return;
            // A character may go on in the next block.
            int whole = read == 0 ? bytes.Length : bytes.Length - Begun(bytes);
            if (!Utf8.IsValid(bytes[..whole]) || bytes[..whole].Contains((byte)0)) throw Bad(path, bytes[..whole], line, at);
            if (read == 0) return;
            line += bytes[..whole].Count((byte)'\n');
            at += whole;
            bytes[whole..].CopyTo(buffer);
            kept = bytes.Length - whole;
        }
    }

    private static string? Packed(ReadOnlySpan<byte> start) => start.StartsWith<byte>([0x1F, 0x8B]) ? "packed with gzip; unpack it first (gunzip)"
        : start.StartsWith("PK\u0003\u0004"u8) ? "a zip archive, such as a workbook of a spreadsheet (.xlsx); save the sheet as CSV, or unpack it"
        : start.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]) ? "packed with zstd; unpack it first"
        : start.StartsWith("BZh"u8) ? "packed with bzip2; unpack it first"
        : start.StartsWith("PAR1"u8) ? "a Parquet file; save the table as CSV"
        : null;

    private static bool HasMark(ReadOnlySpan<byte> start) =>
        start.StartsWith<byte>([0xFF, 0xFE]) || start.StartsWith<byte>([0xFE, 0xFF]) || start.StartsWith<byte>([0, 0, 0xFE, 0xFF]);

    // Bytes at the end that begin a character without ending it.
    private static int Begun(ReadOnlySpan<byte> bytes)
    {
        for (int back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            byte b = bytes[^back];
            if (b < 0x80) return 0;
            if (b >= 0xC0) return back < (b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2) ? back : 0;
        }

        return 0;
    }

    private static NnException Bad(string path, ReadOnlySpan<byte> bytes, long line, long at)
    {
        int i = 0, lineStart = -1;
        while (i < bytes.Length && bytes[i] != 0 && Rune.DecodeFromUtf8(bytes[i..], out _, out int taken) == OperationStatus.Done)
        {
            if (bytes[i] == '\n') (line, lineStart) = (line + 1, i);
            i += taken;
        }

        string place = $"{path}, line {line:N0}{(lineStart >= 0 || at == 0 ? $", byte {i - lineStart:N0} of it" : $", byte {at + i + 1:N0} of the file")}";
        string what = bytes[i] == 0
            ? "0x00 is no part of a text; it may be UTF-16 without a mark, or no text at all"
            : $"0x{bytes[i]:x2} is no UTF-8; the file is likely in Latin-1 or Windows-1252";
        return new NnException(ExitCode.BadFile, $"{place}: {what}. Save it as UTF-8");
    }
}
