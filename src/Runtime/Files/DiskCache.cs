using System.Security.Cryptography;
using System.Text;

namespace Nn.Files;

/// <summary>
/// Things that take long to make and can be made again, such as compiled kernels, in files of one folder. A file holds a SHA-256 sum
/// and then its content; what fails the sum does not exist. Nothing here throws where the disk does not do its part: a cache is optional.
/// </summary>
public sealed class DiskCache(string folder)
{
    /// <summary>
    /// The user's cache: <c>NN_CACHE</c>, else <c>nn</c> in the folder that the system has for caches (<c>XDG_CACHE_HOME</c> or
    /// ~/.cache, ~/Library/Caches, %LOCALAPPDATA%).
    /// </summary>
    public static DiskCache Default => new(DefaultFolder());

    /// <summary>Where the files are.</summary>
    public string Folder { get; } = folder;

    /// <summary>A file name for whatever is made from these texts.</summary>
    public static string Key(params ReadOnlySpan<string> made)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in made)
        {
            // Lengths keep the parts apart.
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(Encoding.UTF8.GetBytes(part));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A file's content, or null where there is none that can be trusted.</summary>
    public byte[]? Read(string name)
    {
        try
        {
            byte[] file = File.ReadAllBytes(Path.Combine(Folder, name));
            if (file.Length < SHA256.HashSizeInBytes) return null;
            byte[] content = file[SHA256.HashSizeInBytes..];
            return SHA256.HashData(content).AsSpan().SequenceEqual(file.AsSpan(0, SHA256.HashSizeInBytes)) ? content : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a content; the file appears whole or not at all.</summary>
    public void Write(string name, byte[] content)
    {
        try
        {
            AtomicFile.Write(Path.Combine(Folder, name), s =>
            {
                s.Write(SHA256.HashData(content));
                s.Write(content);
            });
        }
        catch (NnException)
        {
            // The content is made again next time.
        }
    }

    private static string DefaultFolder()
    {
        if (Environment.GetEnvironmentVariable("NN_CACHE") is { Length: > 0 } own) return own;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string caches = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
            : Path.Combine(home, ".cache");
        return Path.Combine(caches, "nn");
    }
}
