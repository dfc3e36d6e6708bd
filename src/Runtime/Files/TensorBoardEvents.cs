using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;

namespace Nn.Files;

/// <summary>
/// Writes numbers over time as TensorBoard reads them: a file of records, each with its length and two masked CRC-32C sums, each an <c>Event</c> of
/// TensorFlow's event.proto. Records are appended as they come, so a run can be watched.
/// </summary>
public sealed class TensorBoardEvents
{
    private readonly AppendedFile _file;

    /// <summary>Names a file in a folder by the time, so that a resumed run adds a file of its own; the first numbers begin it.</summary>
    public TensorBoardEvents(string folder, DateTimeOffset now) => _file = new AppendedFile(
        Path.Combine(folder, $"events.out.tfevents.{now.ToUnixTimeMilliseconds()}.nn"), () => Record(Event(now, 0, c => Text(c, 3, "brain.Event:2"))));

    /// <summary>Adds numbers of one step, by name.</summary>
    /// <exception cref="NnException">They cannot be written; they wait for the next time.</exception>
    public void Write(DateTimeOffset now, long step, IEnumerable<KeyValuePair<string, double>> values) => _file.Add(Record(Event(now, step, c =>
    {
        byte[] summary = Message(s =>
        {
            foreach ((string name, double value) in values)
            {
                Bytes(s, 1, Message(v =>
                {
                    Text(v, 1, name);
                    v.WriteTag(2, WireFormat.WireType.Fixed32);
                    v.WriteFloat((float)value);
                }));
            }
        });
        Bytes(c, 5, summary);
    })));

    /// <summary>The sum that TensorFlow's records carry: a CRC-32C, turned and shifted so that sums of sums differ from it.</summary>
    public static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data) crc = BitOperations.Crc32C(crc, b);
        crc = ~crc;
        return BitOperations.RotateRight(crc, 15) + 0xa282ead8;
    }

    private static byte[] Record(byte[] content)
    {
        var bytes = new byte[8 + 4 + content.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), MaskedCrc(bytes.AsSpan(0, 8)));
        content.CopyTo(bytes, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12 + content.Length), MaskedCrc(content));
        return bytes;
    }

    private static byte[] Event(DateTimeOffset now, long step, Action<CodedOutputStream> what) => Message(c =>
    {
        c.WriteTag(1, WireFormat.WireType.Fixed64);
        c.WriteDouble(now.ToUnixTimeMilliseconds() / 1000.0);
        c.WriteTag(2, WireFormat.WireType.Varint);
        c.WriteInt64(step);
        what(c);
    });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var coded = new CodedOutputStream(stream, leaveOpen: true)) write(coded);
        return stream.ToArray();
    }

    private static void Text(CodedOutputStream c, int field, string text)
    {
        c.WriteTag(field, WireFormat.WireType.LengthDelimited);
        c.WriteString(text);
    }

    private static void Bytes(CodedOutputStream c, int field, byte[] bytes)
    {
        c.WriteTag(field, WireFormat.WireType.LengthDelimited);
        c.WriteBytes(ByteString.CopyFrom(bytes));
    }
}
