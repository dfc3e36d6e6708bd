using System.Text;
using Nn.Networks.Figures;
using Nn.Repl.Terminal;

namespace Nn.Repl.Plots;

/// <summary>Draws figures with characters: lines and points in braille, images in half blocks, with colours where the terminal has them.</summary>
internal sealed class TerminalFigure
{
    private const int Margin = 10, DotsAcross = 2, DotsDown = 4;
    private const int FewPoints = 40;
    private const string Marks = "ox+*#%=@~&";

    // Solid, dashed, dotted.
    private static readonly string[] Dashes = ["⣀⣀", "⣀⠀⣀", "⡀⡀⡀"];

    private readonly int _columns, _rows;
    private readonly byte[] _dots;
    private readonly int[] _colours;
    private readonly char[] _words;

    private TerminalFigure(int columns, int rows)
    {
        (_columns, _rows) = (columns, rows);
        _dots = new byte[columns * rows];
        _colours = new int[columns * rows];
        _words = new char[columns * rows];
        Array.Fill(_colours, -1);
    }

    /// <summary>The figure as lines of text no wider than <paramref name="width"/>.</summary>
    public static string Write(Figure figure, int width, int height, bool colour) => figure switch
    {
        AxesFigure a => Axes(a, width, height, colour),
        TileFigure t => TerminalTiles.Write(new SectionFigure(t.Title, [t with { Title = "" }]), width, colour),
        SectionFigure t => TerminalTiles.Write(t, width, colour),
        MatrixFigure m => Matrix(m, colour),
        _ => throw new ArgumentException(figure.GetType().Name),
    };

    private static string Axes(AxesFigure figure, int width, int height, bool colour)
    {
        int columns = Math.Max(10, width - Margin - 2), rows = Math.Max(4, height - 5);
        (Scale x, Scale y) = FigureDrawing.ScalesOf(figure, Math.Max(2, columns / 7), Math.Max(2, rows / 4));
        var grid = new TerminalFigure(columns, rows);
        // Without colours each group of points has a mark of its own.
        PointLayer[] groups = [.. figure.Layers.OfType<PointLayer>()];
        bool marked = !colour && groups.Length > 1, initials = groups.Select(g => g.Name.FirstOrDefault(' ')).Distinct().Count() == groups.Length;
        string Mark(FigureLayer group) => initials ? group.Name[..1] : Marks[group.Colour % Marks.Length].ToString();
        // And each line its own stroke.
        LineLayer[] lines = [.. figure.Layers.OfType<LineLayer>()];
        int Dash(FigureLayer l) => colour || l is not LineLayer line ? 0 : Array.IndexOf(lines, line) % Dashes.Length;
        foreach (FigureLayer layer in figure.Layers.Where(l => !marked || l is not WordLayer))
            grid.Draw(marked && layer is PointLayer p ? new WordLayer(p.Colour, p.X, p.Y, [.. p.X.Select(_ => Mark(p))]) : layer, x, y, Dash(layer));
        var s = new StringBuilder($"{new string(' ', Margin + Math.Max(0, (columns - figure.Title.Length) / 2))}{figure.Title}\n");
        FigureLayer[] named = [.. figure.Layers.Where(l => l.Name.Length > 0)];
        if (named.Length > 1)
            s.Append(new string(' ', Margin + 1))
                .AppendJoin("   ",
                named.Select(l => Painted($"{(marked && l is PointLayer ? Mark(l) : colour || lines.Length < 2 ? "⣀" : Dashes[Dash(l)])} {l.Name}", l.Colour,
                    colour))).Append('\n');
        string[] labels = new string[rows];
        foreach (double tick in y.Ticks)
        {
            int row = (int)Math.Round((1 - y.Place(tick)!.Value) * (rows - 1));
            if (row >= 0 && row < rows) labels[row] = y.Text(tick);
        }

        for (int r = 0; r < rows; r++)
        {
            s.Append((labels[r] ?? "").PadLeft(Margin - 1)).Append(labels[r] is null ? " │" : " ┤");
            int current = -1;
            for (int c = 0; c < columns; c++)
            {
                char word = grid._words[r * columns + c];
                int own = grid._dots[r * columns + c] == 0 && word == 0 ? -1 : grid._colours[r * columns + c];
                if (colour && own != current) s.Append(own < 0 ? $"{Ansi.Csi}0m" : Code(own));
                current = own;
                s.Append(word == 0 ? (char)(0x2800 + grid._dots[r * columns + c]) : word);
            }

            if (colour && current >= 0) s.Append($"{Ansi.Csi}0m");
            s.Append('\n');
        }

        s.Append(new string(' ', Margin)).Append('└').Append('─', columns).Append('\n');
        char[] marks = [.. Enumerable.Repeat(' ', width)];
        int free = 0;
        foreach ((double tick, string text) in FigureDrawing.TicksOf(figure, x, columns))
        {
            int at = Margin + 1 + (int)Math.Round(x.Place(tick)!.Value * (columns - 1)) - text.Length / 2;
            at = Math.Clamp(at, 0, Math.Max(0, width - text.Length));
            if (at < free || at + text.Length > width) continue;
            text.CopyTo(0, marks, at, text.Length);
            free = at + text.Length + 1;
        }

        s.Append(new string(marks).TrimEnd()).Append('\n');
        s.Append(new string(' ', Margin + Math.Max(0, (columns - figure.X.Length) / 2))).Append(figure.X);
        return s.ToString();
    }

    private void Draw(FigureLayer layer, Scale x, Scale y, int dash = 0)
    {
        (int Column, int Row)? At(double vx, double vy) => x.Place(vx) is { } px && y.Place(vy) is { } py
            ? ((int)Math.Round(px * (_columns * DotsAcross - 1)), (int)Math.Round((1 - py) * (_rows * DotsDown - 1)))
            : null;
        switch (layer)
        {
            case LineLayer line:
                (int Column, int Row)? before = null;
                for (int i = 0; i < line.X.Length; i++)
                {
                    (int Column, int Row)? now = At(line.X[i], line.Y[i]);
                    if (now is { } n) Stroke(before ?? n, n, layer.Colour, dash);
                    before = now;
                }

                break;
            case PointLayer points:
                for (int i = 0; i < points.X.Length; i++)
                {
                    if (At(points.X[i], points.Y[i]) is not { } p) continue;
                    Set(p.Column, p.Row, layer.Colour);
                    // A few points get arms, so that they are seen.
                    if (points.X.Length > FewPoints) continue;
                    foreach ((int dx, int dy) in new[] { (-1, 0), (1, 0), (0, -1), (0, 1) }) Set(p.Column + dx, p.Row + dy, layer.Colour);
                }

                break;
            case BarLayer bars:
                for (int i = 0; i < bars.Heights.Length; i++)
                {
                    if (At(bars.Edges[i], bars.Heights[i]) is not { } from || At(bars.Edges[i + 1], 0) is not { } to || bars.Heights[i] == 0) continue;
                    for (int c = from.Column; c <= Math.Max(from.Column, to.Column - 1); c++) Stroke((c, from.Row), (c, to.Row), layer.Colour);
                }

                break;
            case WordLayer words:
                for (int i = 0; i < words.X.Length; i++)
                {
                    if (At(words.X[i], words.Y[i]) is { } p) Write(p.Column / DotsAcross, p.Row / DotsDown, words.Words[i], words.Plates ? -1 : layer.Colour);
                }

                break;
            case FieldLayer field:
                // A sparse ground: one dot where the class is sure, so that points stay visible.
                for (int r = 0; r < _rows * DotsDown; r += 2)
                {
                    for (int c = r / 2 % 2 * 2; c < _columns * DotsAcross; c += 4)
                    {
                        int column = c * field.Columns / (_columns * DotsAcross), row = field.Rows - 1 - r * field.Rows / (_rows * DotsDown);
                        int i = row * field.Columns + column;
                        if (field.Strength[i] > 0.25) Set(c, r, field.Classes[i]);
                    }
                }

                break;
        }
    }

    private void Stroke((int Column, int Row) from, (int Column, int Row) to, int colour, int dash = 0)
    {
        int steps = Math.Max(1, Math.Max(Math.Abs(to.Column - from.Column), Math.Abs(to.Row - from.Row)));
        for (int i = 0; i <= steps; i++)
        {
            int column = from.Column + (int)Math.Round((double)(to.Column - from.Column) * i / steps),
                row = from.Row + (int)Math.Round((double)(to.Row - from.Row) * i / steps);
            // By the place, so that dashes go on from piece to piece.
            bool gap = dash switch { 0 => false, 1 => (column + row) / 3 % 2 == 1, _ => (column + row) % 3 > 0 };
            if (!gap) Set(column, row, colour);
        }
    }

    private void Write(int column, int row, string word, int colour)
    {
        int start = Math.Clamp(column - word.Length / 2, 0, Math.Max(0, _columns - word.Length));
        for (int i = 0; i < word.Length && start + i < _columns; i++)
            (_words[row * _columns + start + i], _colours[row * _columns + start + i]) = (word[i], colour);
    }

    private void Set(int column, int row, int colour)
    {
        if (column < 0 || row < 0 || column >= _columns * DotsAcross || row >= _rows * DotsDown) return;
        int cell = row / DotsDown * _columns + column / DotsAcross, inner = row % DotsDown;
        // Braille numbers its dots down the left column, down the right one, and the fourth row last.
        _dots[cell] |= (byte)(inner == 3 ? 0x40 << column % 2 : 1 << inner + 3 * (column % 2));
        _colours[cell] = colour;
    }

    private static string Matrix(MatrixFigure m, bool colour)
    {
        int n = m.Names.Count, name = m.Names.Max(x => x.Length), cell = 6;
        foreach (long v in m.Cells) cell = Math.Max(cell, v.ToString().Length + 2);
        var s = new StringBuilder($"{m.Title}\n{new string(' ', name + 2)}{m.ColumnTitle}\n{new string(' ', name + 1)}");
        foreach (string x in m.Names) s.Append((x.Length >= cell ? x[..(cell - 1)] : x).PadLeft(cell));
        for (int r = 0; r < n; r++)
        {
            s.Append('\n').Append(m.Names[r].PadRight(name + 1));
            for (int c = 0; c < n; c++)
            {
                string text = m.Cells[r, c].ToString().PadLeft(cell);
                s.Append(m.Cells[r, c] == 0 ? "·".PadLeft(cell) : Painted(text, r == c ? 0 : 1, colour));
            }
        }

        return s.ToString();
    }

    private static string Painted(string text, int number, bool colour) => colour ? $"{Code(number)}{text}{Ansi.Csi}0m" : text;

    private static string Code(int number)
    {
        Rgb c = Palette.Of(number);
        return $"{Ansi.Csi}38;2;{c.R};{c.G};{c.B}m";
    }
}
