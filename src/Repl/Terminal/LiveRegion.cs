using System.Text;

namespace Nn.Repl.Terminal;

/// <summary>
/// The last lines of the output, redrawn in place. The cursor stands below them whenever nothing is being drawn, so that whatever else is written, and whatever
/// ends the program, leaves a clean terminal.
/// </summary>
internal sealed class LiveRegion(ITerminal terminal)
{
    // Synchronized output: terminals that know it show the whole frame at once, others ignore it. The cursor is hidden within a frame only.
    private const string Begin = $"{Ansi.Csi}?2026h{Ansi.Csi}?25l", End = $"{Ansi.Csi}?25h{Ansi.Csi}?2026l";

    private int[] _widths = [];
    private int _columns;

    /// <summary>
    /// Draws lines in place of those drawn before, no wider and fewer than the terminal has room for, after lines that stay above them.
    /// </summary>
    public void Draw(IEnumerable<string> above, IReadOnlyList<string> lines)
    {
        var frame = new StringBuilder(Begin);
        if (Rows() is var rows and > 0) frame.Append($"{Ansi.Csi}{rows}A");
        frame.Append(Ansi.Return);
        // What is overwritten need not be cleared first, which would flicker.
        lines = [.. lines.Select(l => Cut(Ansi.Visible(l), terminal.Width))];
        foreach (string line in above.Select(Ansi.Visible).Concat(lines)) frame.Append(line).Append($"{Ansi.Csi}K\r\n");
        terminal.Write(frame.Append($"{Ansi.Csi}J").Append(End).ToString());
        (_widths, _columns) = ([.. lines.Select(VisibleWidth)], terminal.Width);
    }

    /// <summary>Leaves what stands there: the next lines are drawn below it.</summary>
    public void Leave() => _widths = [];

    /// <summary>Columns that a line takes, without its colours.</summary>
    public static int VisibleWidth(string line)
    {
        int width = 0;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == Ansi.Mark) i = line.IndexOf('m', i);
            else width++;
        }

        return width;
    }

    /// <summary>A line with so many columns at most; colours end where it is cut.</summary>
    public static string Cut(string line, int width)
    {
        if (VisibleWidth(line) <= width) return line;
        int at = 0;
        for (int shown = 0; shown < width; at++)
        {
            if (line[at] == Ansi.Mark) at = line.IndexOf('m', at);
            else shown++;
        }

        return line.Contains(Ansi.Mark) ? line[..at] + $"{Ansi.Csi}0m" : line[..at];
    }

    // A terminal that became narrower has broken lines that were wider.
    private int Rows() => terminal.Width >= _columns ? _widths.Length : _widths.Sum(w => Math.Max(1, (w + terminal.Width - 1) / terminal.Width));
}
