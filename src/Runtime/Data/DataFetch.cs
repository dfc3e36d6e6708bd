using System.IO.Compression;
using System.Security.Cryptography;
using Nn.Files;

namespace Nn.Data;

/// <summary>Downloads of well-known data into the user's cache, each file with the checksum of its content.</summary>
/// <param name="http">How files are fetched.</param>
/// <param name="folder">The folder of all data; each set has one of its own in it.</param>
public sealed class DataFetch(HttpClient http, string folder)
{
    private sealed record Part(string File, long Bytes, string Sha256);

    private sealed record DataSet(string Source, Part[] Parts);

    private const long MaxDownload = 64 << 20;

    // Sums and sizes are those of the files unpacked: mirrors pack them differently.
    private static readonly Dictionary<string, DataSet> Sets = new()
    {
        ["mnist"] = new(
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            [
                new("train-images-idx3-ubyte.gz", 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
                new("train-labels-idx1-ubyte.gz", 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
                new("t10k-images-idx3-ubyte.gz", 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
                new("t10k-labels-idx1-ubyte.gz", 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
            ]),
    };

    /// <summary>What can be fetched.</summary>
    public static IReadOnlyCollection<string> Names => Sets.Keys;

    /// <summary>Where downloads are kept; scripts find them there.</summary>
    public static string DefaultFolder => Path.Combine(DiskCache.Default.Folder, "data");

    /// <summary>Fetches a set's files that are not there, or not whole; returns their folder.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="from">The folder on the net that has the files; null for the usual one.</param>
    /// <param name="tell">Told of each file.</param>
    /// <exception cref="NnException">A file cannot be fetched or written, or is not what it should be.</exception>
    public async Task<string> Run(string name, Uri? from, Action<string> tell)
    {
        DataSet set = Sets[name];
        Uri source = from ?? new Uri(set.Source);
        string target = Path.Combine(folder, name);
        foreach (Part part in set.Parts)
        {
            string path = Path.Combine(target, part.File);
            if (File.Exists(path) && Problem(part, await File.ReadAllBytesAsync(path)) is null)
            {
                tell($"{part.File}: there already");
                continue;
            }

            var address = new Uri(source.AbsoluteUri.TrimEnd('/') + "/" + part.File);
            byte[] bytes = await Download(address, name);
            if (Problem(part, bytes) is { } problem)
            {
                throw new NnException(ExitCode.BadFile, $"{address} {problem}; nothing was kept. Try again, or take another mirror")
                {
                    Remedy = new Remedy(RemedyKind.DownloadElsewhere, name),
                };
            }

            AtomicFile.Write(path, s => s.Write(bytes));
            tell($"{part.File}: {bytes.Length:N0} bytes");
        }

        return target;
    }

    private async Task<byte[]> Download(Uri address, string name)
    {
        try
        {
            using HttpResponseMessage response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            await using Stream stream = await response.Content.ReadAsStreamAsync();
            byte[] bytes = ExactBytes.Read(stream, MaxDownload);
            return bytes.Length < MaxDownload ? bytes : throw new HttpRequestException($"it has more than {MaxDownload:N0} bytes");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            throw new NnException(
                ExitCode.BadFile, $"cannot download {address}: {e.Message}. Take a mirror, or put the files into {Path.Combine(folder, name)} yourself", e)
            {
                Remedy = new Remedy(RemedyKind.DownloadElsewhere, name),
            };
        }
    }

    // What is wrong with a file; null where it is the one that is meant.
    private static string? Problem(Part part, byte[] packed)
    {
        try
        {
            using var unpacked = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
            byte[] content = ExactBytes.Read(unpacked, part.Bytes);
            if (content.Length < part.Bytes || unpacked.ReadByte() >= 0) return $"does not unpack to {part.Bytes:N0} bytes";
            return Convert.ToHexStringLower(SHA256.HashData(content)) == part.Sha256 ? null : "has another checksum than it should";
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return "is no gzip file";
        }
    }
}
