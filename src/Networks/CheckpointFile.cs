using System.Buffers.Binary;
using System.Text;
using Nn.Files;

namespace Nn.Networks;

/// <summary>What a training may replace: a script names files too, and a script may be somebody else's.</summary>
public static class CheckpointFile
{
    private const string Sign = "\"nn-checkpoint-";
    private const int MostHeader = 1 << 24;

    /// <summary>Refuses to replace a file that is no checkpoint of this program; one that is empty or not there may be written.</summary>
    /// <exception cref="NnException">There is something else.</exception>
    public static void CheckReplaceable(params string?[] files)
    {
        foreach (string file in files.OfType<string>().Where(f => File.Exists(f) && InputFile.LengthOf(f) > 0 && !IsCheckpoint(f)))
            throw new NnException(ExitCode.BadFile,
                $"{file} is there, and is no checkpoint of a training: it is not replaced. Remove it first, or write to another file");
    }

    private static bool IsCheckpoint(string file)
    {
        try
        {
            using FileStream stream = InputFile.Open(file);
            var header = new byte[(int)Math.Min(stream.Length, MostHeader)];
            int read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            if (read < 8) return false;
            long length = Math.Min(BinaryPrimitives.ReadInt64LittleEndian(header), read - 8);
            return length > 0 && header.AsSpan(8, (int)length).IndexOf(Encoding.ASCII.GetBytes(Sign)) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot write {file}: {e.Message}", e);
        }
    }
}
