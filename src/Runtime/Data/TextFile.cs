using System.Runtime.InteropServices;
using System.Text;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Text as a sequence of characters (Unicode code points). A sample is a window of <see cref="DataSpec.Context"/> of them, its target the character after
/// each; windows follow each other without overlap, and what is left at the end, too short for a window, is not used.
/// </summary>
internal static class TextFile
{
    // A character takes 4 bytes as input and 4 as target.
    private const long MaxBytes = int.MaxValue / 4;

    /// <summary>Reads a text in UTF-8 and makes windows of it; with a vocabulary given, its numbers are used.</summary>
    /// <exception cref="NnException">The file is too large, too short, not UTF-8, or has characters that a given vocabulary lacks.</exception>
    public static RawData Read(string path, DataSpec spec)
    {
        long length = InputFile.LengthOf(path);
        if (length > MaxBytes)
            throw new NnException(ExitCode.OutOfMemory, $"{path} has {length:N0} bytes; a text may have {MaxBytes:N0}. Split it, and use a part");
        if (length == 0) throw Bad(path, "it is empty, or a pipe or device, which are not read");
        int[] text = Decode(InputFile.Bytes(path), path);
        int context = spec.Context;
        int windows = (text.Length - 1) / context;
        if (windows < 1)
            throw Bad(path, $"it has {text.Length:N0} characters, too few for a window of {context:N0} and the one after it; use a smaller context");
        Vocabulary vocabulary = spec.Vocabulary ?? Vocabulary.Of(text);
        if (vocabulary.Size < 2) throw Bad(path, $"it has no other character than {vocabulary.Names[0]}, so there is nothing to learn");
        int[] unknown = [.. text.Where(c => !vocabulary.Contains(c)).Distinct().Order()];
        if (unknown.Length > 0)
        {
            string few = string.Join(", ", unknown.Take(10).Select(Vocabulary.Name));
            throw Bad(
                path,
                $"the model knows {vocabulary.Size} characters, the text has others: {few}{(unknown.Length > 10 ? ", …" : "")}. Take them out, or train anew");
        }

        int[] numbers = vocabulary.Numbers(text);
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(numbers.AsSpan());
        int used = windows * context * sizeof(int);
        var notes = new List<string> { $"{text.Length:N0} characters, {vocabulary.Size} different ones: {string.Concat(vocabulary.Names)}" };
        int rest = text.Length - 1 - windows * context;
        notes.Add($"{windows:N0} windows of {context:N0}{(rest > 0 ? $"; the last {rest:N0} character{(rest == 1 ? "" : "s")} fill none" : "")}");
        if (spec.Vocabulary is not null) notes.Add("numbered as in the checkpoint");
        return new RawData
        {
            Schema = vocabulary.Schema(context),
            All = new Part(windows, bytes[..used].ToArray(), bytes.Slice(sizeof(int), used).ToArray()),
            Vocabulary = vocabulary,
            Notes = notes,
        };
    }

    private static int[] Decode(ReadOnlySpan<byte> bytes, string path)
    {
        int at = bytes.StartsWith<byte>([0xEF, 0xBB, 0xBF]) ? 3 : 0;
        var text = new int[bytes.Length];
        int count = 0;
        while (at < bytes.Length)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out Rune rune, out int taken) != System.Buffers.OperationStatus.Done)
                throw Bad(path, $"the byte 0x{bytes[at]:x2} at {at:N0} is no UTF-8; save the text as UTF-8");
            text[count++] = rune.Value;
            at += taken;
        }

        return text[..count];
    }

    private static NnException Bad(string path, string why) => new(ExitCode.BadFile, $"{path} cannot be used as text: {why}");
}
