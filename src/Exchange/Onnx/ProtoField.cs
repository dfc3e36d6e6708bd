using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Nn.Exchange.Onnx;

/// <summary>A field of a message that is wanted, and what to do with it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Read">Reads it; the wire type is that of its tag.</param>
internal readonly record struct ProtoField(int Number, Action<CodedInputStream, WireFormat.WireType> Read)
{
    /// <summary>A field with one value.</summary>
    public static ProtoField One(int number, Action<CodedInputStream> read) => new(number, (input, _) => read(input));

    /// <summary>A message within the message.</summary>
    public static ProtoField Message(int number, Action<CodedInputStream> read) => new(number, (input, _) => input.ReadMessage(new Nested(read)));

    /// <summary>Bytes, as the part of the file that they are: nothing is copied.</summary>
    /// <param name="number">The field's number.</param>
    /// <param name="file">What is read, from its first byte.</param>
    /// <param name="read">Takes them.</param>
    public static ProtoField Raw(int number, ReadOnlyMemory<byte> file, Action<ReadOnlyMemory<byte>> read) => new(number, (input, wire) =>
    {
        if (wire != WireFormat.WireType.LengthDelimited) throw new ArgumentException("its elements are no bytes");
        int start = (int)input.Position;
        input.SkipLastField();
        // A length of seven bits a byte stands before them.
        int end = (int)input.Position, first = start;
        while ((file.Span[first] & 0x80) != 0) first++;
        read(file[(first + 1)..end]);
    });

    /// <summary>A list of numbers: a field for each of them, or one field with all.</summary>
    public static ProtoField List(int number, WireFormat.WireType single, Action<CodedInputStream> read) => new(number, (input, wire) =>
    {
        if (wire == single)
        {
            read(input);
            return;
        }

        CodedInputStream all = input.ReadBytes().CreateCodedInput();
        while (!all.IsAtEnd) read(all);
    });

    /// <summary>Reads a message to its end; fields that are not wanted are skipped.</summary>
    public static void ReadMessage(CodedInputStream input, params ReadOnlySpan<ProtoField> wanted)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            int number = WireFormat.GetTagFieldNumber(tag), at = 0;
            while (at < wanted.Length && wanted[at].Number != number) at++;
            if (at < wanted.Length) wanted[at].Read(input, WireFormat.GetTagWireType(tag));
            else input.SkipLastField();
        }
    }

    // A message within the message, which ends where its length says: the library only reads such into objects.
    private sealed class Nested(Action<CodedInputStream> read) : IMessage
    {
        public MessageDescriptor Descriptor => throw new NotSupportedException();

        public void MergeFrom(CodedInputStream input) => read(input);

        public void WriteTo(CodedOutputStream output) => throw new NotSupportedException();

        public int CalculateSize() => throw new NotSupportedException();
    }
}
