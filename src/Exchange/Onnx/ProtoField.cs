using Google.Protobuf;

namespace Nn.Exchange.Onnx;

/// <summary>A field of a message that is wanted, and what to do with it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Read">Reads it; the wire type is that of its tag.</param>
internal readonly record struct ProtoField(int Number, Action<CodedInputStream, WireFormat.WireType> Read)
{
    /// <summary>A field with one value.</summary>
    public static ProtoField One(int number, Action<CodedInputStream> read) => new(number, (input, _) => read(input));

    /// <summary>A message within the message.</summary>
    public static ProtoField Message(int number, Action<CodedInputStream> read) => new(number, (input, _) => read(input.ReadBytes().CreateCodedInput()));

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
}
