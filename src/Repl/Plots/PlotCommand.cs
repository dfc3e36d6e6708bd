using System.Text;
using Nn.Dsl;
using Nn.Files;

namespace Nn.Repl.Plots;

/// <summary><c>:plot WHAT [&gt; file.svg | file.png]</c>.</summary>
internal static class PlotCommand
{
    private const int MaxRows = 24;

    /// <summary>Draws in the terminal, or into a file.</summary>
    public static void Run(ReplSession session, string[] words)
    {
        (string[] what, string? file) = Target(words);
        if (what.Length == 0)
        {
            int width = PlotKinds.All.Max(k => k.Name.Length + k.Arguments.Length) + 2;
            foreach (PlotKind k in PlotKinds.All) session.Say($"  :plot {$"{k.Name} {k.Arguments}".PadRight(width)} {k.Summary}");
            session.Say("`> file.svg` or `> file.png` at the end draws into a file");
            return;
        }

        PlotKind kind = PlotKinds.All.FirstOrDefault(k => k.Name == what[0]) ?? throw new NnException(
            ExitCode.Usage, $"there is no plot '{what[0]}'{(Suggest.Nearest(what[0], PlotKinds.All.Select(k => k.Name)) is { } near ? $"; did you mean '{near}'?" : $"; there are {string.Join(", ", PlotKinds.All.Select(k => k.Name))}")}");
        Figure figure = kind.Make(session, what[1..]);
        if (file is null)
        {
            bool terminal = !Console.IsOutputRedirected;
            bool colour = terminal && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
            session.Say(TerminalFigure.Write(figure, terminal ? Math.Max(40, Console.WindowWidth) : 100, terminal ? Math.Clamp(Console.WindowHeight - 2, 10, MaxRows) : MaxRows, colour));
            return;
        }

        Save(figure, file);
        session.Say($"drawn to {file}");
    }

    /// <summary>Draws into a file, whose ending says how.</summary>
    public static void Save(Figure figure, string file)
    {
        byte[] bytes = Path.GetExtension(file) switch
        {
            ".svg" => Encoding.UTF8.GetBytes(SvgCanvas.Write(figure)),
            ".png" => PixelCanvas.Write(figure),
            _ => throw new NnException(ExitCode.Usage, $"{file}: figures are written as .svg or .png"),
        };
        AtomicFile.Write(file, s => s.Write(bytes));
    }

    /// <summary>The words before <c>&gt;</c>, and the file after it.</summary>
    public static (string[] What, string? File) Target(string[] words)
    {
        int at = Array.FindIndex(words, w => w.StartsWith('>'));
        if (at < 0) return (words, null);
        string file = words[at].Length > 1 ? words[at][1..] : words.ElementAtOrDefault(at + 1) ?? throw new NnException(ExitCode.Usage, "a file follows `>`, such as loss.svg");
        return (words[..at], file);
    }
}
