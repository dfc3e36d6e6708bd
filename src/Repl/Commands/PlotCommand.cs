using Nn.Dsl;
using Nn.Networks.Figures;
using Nn.Repl.Plots;
using Nn.Repl.Session;

namespace Nn.Repl.Commands;

/// <summary><c>:plot WHAT [&gt; file.svg | file.png]</c>.</summary>
internal static class PlotCommand
{
    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("plot", CommandGroup.Use, "pictures: loss, boundary, weights, confusion …; alone it lists them")
    {
        Session = new("WHAT [> FILE]", "weights > weights.svg", Run),
    };

    private const int MaxRows = 24;

    /// <summary>Draws in the terminal, or into a file.</summary>
    public static void Run(ReplSession session, string[] words)
    {
        (string[] what, string? file) = CommandWords.Target(words);
        if (what.Length == 0)
        {
            int width = FigureKinds.All.Max(k => k.Name.Length + k.Arguments.Length) + 2;
            foreach (FigureKind k in FigureKinds.All) session.Say($"  :plot {$"{k.Name} {k.Arguments}".PadRight(width)} {k.Summary}");
            session.Say("`> file.svg` or `> file.png` at the end draws into a file");
            return;
        }

        FigureKind kind = FigureKinds.All.FirstOrDefault(k => k.Name == what[0]) ?? throw new NnException(
            ExitCode.Usage,
            $"there is no plot '{what[0]}'"
                + $"{(Suggest.Nearest(what[0], FigureKinds.All.Select(k => k.Name)) is { } near ? $"; did you mean '{near}'?"
                    : $"; there are {string.Join(", ", FigureKinds.All.Select(k => k.Name))}")}");
        Figure figure = kind.Make(session, what[1..]);
        if (file is null)
        {
            bool terminal = !Console.IsOutputRedirected;
            bool colour = terminal && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
            session.Say(TerminalFigure.Write(figure, terminal ? Math.Max(40, Console.WindowWidth) : 100,
                terminal ? Math.Clamp(Console.WindowHeight - 2, 10, MaxRows) : MaxRows, colour));
            return;
        }

        FigureFile.Save(figure, file);
        session.Say($"drawn to {file}");
    }
}
