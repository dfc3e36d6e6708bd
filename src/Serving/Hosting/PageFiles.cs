namespace Nn.Serving.Hosting;

/// <summary>The files of the form page, which are part of the program.</summary>
internal static class PageFiles
{
    /// <summary>The paths, with the type of each file and its bytes.</summary>
    public static IReadOnlyList<(string Path, string Type, byte[] Bytes)> All { get; } =
    [
        ("/", "text/html; charset=utf-8", Read("index.html")),
        ("/page.css", "text/css; charset=utf-8", Read("page.css")),
        ("/page.js", "text/javascript; charset=utf-8", Read("page.js")),
    ];

    private static byte[] Read(string name)
    {
        using Stream stream = typeof(PageFiles).Assembly.GetManifestResourceStream($"Nn.Serving.Page.{name}")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
