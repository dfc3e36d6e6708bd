using System.Text;

namespace Nn.Repl;

/// <summary>
/// The last lines of the output, redrawn in place. The cursor stands below them whenever nothing is being drawn, so that whatever else is written, and whatever
/// ends the program, leaves a clean terminal.
/// </summary>
internal sealed class LiveRegion(ITerminal terminal)
{
    // Synchronized output: terminals that know it show the whole frame at once, others ignore it. The cursor is hidden within a frame only.
    private const string Begin = "\x1b[?2026h\x1b[?25l", End = "\x1b[?25h\x1b[?2026l";

    private int[] _widths = [];
    private int _columns;

    /// <summary>
    /// Draws lines in place of those drawn before, no wider and fewer than the terminal has room for, after lines that stay above them.
    /// </summary>
    public void Draw(IEnumerable<string> above, IReadOnlyList<string> lines)
    {
        var frame = new StringBuilder(Begin);
        if (Rows() is var rows and > 0) frame.Append($"\x1b[{rows}A");
        frame.Append('\r');
        // What is overwritten need not be cleared first, which would flicker.
        foreach (string line in above.Concat(lines)) frame.Append(line).Append("\x1b[K\r\n");
        terminal.Write(frame.Append("\x1b[J").Append(End).ToString());
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
            if (line[i] == '\x1b') i = line.IndexOf('m', i);
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
            if (line[at] == '\x1b') at = line.IndexOf('m', at);
            else shown++;
        }

        return line.Contains('\x1b') ? line[..at] + "\x1b[0m" : line[..at];
    }

    // A terminal that became narrower has broken lines that were wider.
    private int Rows() => terminal.Width >= _columns ? _widths.Length : _widths.Sum(w => Math.Max(1, (w + terminal.Width - 1) / terminal.Width));
}
