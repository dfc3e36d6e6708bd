using System.Buffers.Binary;
using System.Text;
using Nn.Networks.Inspection;

namespace Nn.Tests.Cli.Corpus;

/// <summary>Spoils files: a few changes of the kinds that disks, editors and attackers make.</summary>
internal sealed class Mutator(int seed)
{
    // What is at the edge of some type, or above what any file holds.
    private static readonly long[] Numbers = [0, 1, -1, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, int.MinValue, 2147483591, 2147483592,
        uint.MaxValue, long.MaxValue, long.MinValue];

    private static readonly string[] Words =
    [
        "", "{", "}", "[", "]", "(", ")", ",", ":", ";", "\"", "\\", "\n", "\r\n", "\0", "\u001b[2J", "é", "null", "true", "{}", "[]", "NaN", "Infinity", "-1",
        "0", "1e999", "1e-999", "0.5",
        "2147483648", "99999999999999999999", "..", "->", "let ", "model ", "x", "=",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A copy with one to four changes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="other">Another of its kind, of which pieces may come.</param>
    /// <param name="isText">Whether people read it.</param>
    public byte[] Mutate(byte[] file, byte[] other, bool isText)
    {
        List<byte> bytes = [.. file];
        for (int changes = _random.Next(1, 5); changes > 0; changes--)
        {
            int at = _random.Next(bytes.Count + 1), length = Math.Min(_random.Next(1, _random.Next(4) == 0 ? 64 : 5), bytes.Count - at);
            // Most bytes of a file are what its header speaks of: half of all changes are made where it stands.
            if (_random.Next(2) == 0) at = Math.Min(at, _random.Next(64));
            length = Math.Min(length, bytes.Count - at);
            switch (_random.Next(9))
            {
                case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
                case 1 when at < bytes.Count: bytes[at] = (byte)_random.Next(256); break;
                case 2: bytes.RemoveRange(at, length); break;
                case 3 when _random.Next(3) == 0: bytes.RemoveRange(at, bytes.Count - at); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
                case 5 when other.Length > 0: bytes.InsertRange(at, Piece(other)); break;
                case 6: Put(bytes, at, Number()); break;
                case 7: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Word())); break;
                case 8 when isText: Replace(bytes); break;
                default: bytes.InsertRange(at, new byte[length]); break;
            }
        }

        return [.. bytes];
    }

    private string Word() => Words[_random.Next(Words.Length)];

    private byte[] Piece(byte[] of)
    {
        int from = _random.Next(of.Length);
        return of[from..Math.Min(of.Length, from + _random.Next(1, 40))];
    }

    private byte[] Number()
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Numbers[_random.Next(Numbers.Length)]);
        bytes = bytes[..(1 << _random.Next(4))];
        if (_random.Next(2) == 0) Array.Reverse(bytes);
        return bytes;
    }

    private static void Put(List<byte> bytes, int at, byte[] value)
    {
        for (int i = 0; i < value.Length && at + i < bytes.Count; i++) bytes[at + i] = value[i];
    }

    // A whole word or number by another one.
    private void Replace(List<byte> bytes)
    {
        if (bytes.Count == 0) return;
        static bool Joins(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'.' or (byte)'-';
        int from = _random.Next(bytes.Count), to = from;
        while (from > 0 && Joins(bytes[from - 1])) from--;
        while (to < bytes.Count && Joins(bytes[to])) to++;
        bytes.RemoveRange(from, to - from);
        bytes.InsertRange(from, Encoding.UTF8.GetBytes(Word()));
    }
}
