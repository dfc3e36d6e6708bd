namespace Nn.Files;

/// <summary>Sounds of files, WAV.</summary>
public static class SoundFile
{
    private const long MaxFile = 1L << 28;

    /// <summary>Whether a file is called like one that is read.</summary>
    public static bool IsNamed(string path) => Path.GetExtension(path).ToLowerInvariant() is ".wav" or ".wave";

    /// <summary>Reads a file.</summary>
    /// <exception cref="NnException">It cannot be read, is damaged, or too large.</exception>
    public static Sound Load(string path)
    {
        byte[] file;
        try
        {
            long length = InputFile.LengthOf(path);
            if (length > MaxFile) throw new NnException(ExitCode.BadFile, $"{path} has {length:N0} bytes; of sounds at most {MaxFile:N0} are read");
            file = InputFile.Bytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"{path} is no sound that can be read: {e.Message}", e);
        }

        return Wav.Decode(file, path);
    }

    /// <summary>Reads a sound of the bytes of its file.</summary>
    /// <param name="file">All of them.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="NnException">It is damaged.</exception>
    public static Sound Decode(byte[] file, string path) => Wav.Decode(file, path);
}
