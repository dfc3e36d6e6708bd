using System.Collections.Concurrent;

namespace Nn.Repl.Serve;

/// <summary>The files of the page, which are part of the program.</summary>
internal static class PageFiles
{
    private const string Prefix = "Nn.Repl.Serve.Page.";

    private static readonly HashSet<string> Names = [.. typeof(PageFiles).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(n => "/" + n[Prefix.Length..])];

    private static readonly ConcurrentDictionary<string, byte[]> Read = new();

    /// <summary>Whether there is such a file.</summary>
    public static bool Has(string? path) => path is not null && Names.Contains(path);

    /// <summary>A file's bytes.</summary>
    public static byte[] Of(string path) => Read.GetOrAdd(path, p =>
    {
        using Stream stream = typeof(PageFiles).Assembly.GetManifestResourceStream(Prefix + p[1..])!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    });

    /// <summary>What kind a file is.</summary>
    public static string Type(string path) => Path.GetExtension(path) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/html; charset=utf-8",
    };
}
