namespace Nn.Files;

/// <summary>Images of files, PNG or JPEG: what a file holds decides, not what it is called.</summary>
public static class ImageFile
{
    private const long MaxFile = 1L << 28;
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg"];

    /// <summary>Whether a file is called like one that is read.</summary>
    public static bool IsNamed(string path) => Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a file.</summary>
    /// <exception cref="NnException">It cannot be read, is damaged, or too large.</exception>
    public static RasterImage Load(string path)
    {
        byte[] file;
        try
        {
            long length = InputFile.LengthOf(path);
            if (length > MaxFile) throw new NnException(ExitCode.BadFile, $"{path} has {length:N0} bytes; of images at most {MaxFile:N0} are read");
            file = InputFile.Bytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"{path} is no image that can be read: {e.Message}", e);
        }

        return Decode(file, path);
    }

    /// <summary>Reads an image of the bytes of its file.</summary>
    /// <param name="file">All of them.</param>
    /// <param name="path">What messages call it.</param>
    /// <exception cref="NnException">It is damaged, or too large.</exception>
    public static RasterImage Decode(byte[] file, string path)
    {
        bool jpeg = Jpeg.Begins(file) || !Png.Begins(file) && !path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);
        return jpeg ? Jpeg.Decode(file, path) : Png.Decode(file, path);
    }
}
