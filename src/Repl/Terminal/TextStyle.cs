namespace Nn.Repl.Terminal;

/// <summary>Whether output is coloured, and how wide it may be: a terminal's colours and columns, plain text elsewhere.</summary>
/// <param name="Colours">Whether escape sequences are written.</param>
/// <param name="Width">Columns.</param>
internal sealed record TextStyle(bool Colours, int Width)
{
    private const int FileWidth = 120;

    /// <summary>The style of standard output: NO_COLOR (no-color.org) and a dumb terminal are respected.</summary>
    public static TextStyle ForOutput()
    {
        if (Console.IsOutputRedirected) return new TextStyle(false, FileWidth);
        bool plain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") == "dumb";
        return new TextStyle(!plain, Math.Max(40, Console.WindowWidth));
    }

    /// <summary>Text in bold.</summary>
    public string Bold(string text) => Paint("1", text);

    /// <summary>Text that stands back.</summary>
    public string Dim(string text) => Paint("2", text);

    /// <summary>Text in the colour of what is right.</summary>
    public string Green(string text) => Paint("32", text);

    /// <summary>Text in the colour of what is somewhat wrong.</summary>
    public string Yellow(string text) => Paint("33", text);

    /// <summary>Text in the colour of what is wrong.</summary>
    public string Red(string text) => Paint("31", text);

    private string Paint(string code, string text) => Colours ? $"{Ansi.Csi}{code}m{text}{Ansi.Csi}0m" : text;
}
