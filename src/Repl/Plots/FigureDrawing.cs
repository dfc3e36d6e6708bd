using Nn.Networks.Figures;

namespace Nn.Repl.Plots;

/// <summary>Draws figures on a canvas.</summary>
internal static class FigureDrawing
{
    /// <summary>Size of figures with axes, in pixels.</summary>
    public const int AxesWidth = 720, AxesHeight = 440;

    /// <summary>Room above the drawing, and right of it.</summary>
    public const int Top = 40, Right = 20;

    /// <summary>Height of a line of text, and width of a character.</summary>
    public const int Line = 18, CharacterWidth = 7;

    private const int Left = 72, Bottom = 52, ManyPoints = 100;
    private const int Cell = 52;

    /// <summary>The size that a figure takes.</summary>
    public static (int Width, int Height) Size(Figure figure) => figure switch
    {
        TileFigure t => TileDrawing.Size(new SectionFigure(t.Title, [t with { Title = "" }])),
        SectionFigure s => TileDrawing.Size(s),
        DrawnFigure d => d.Size,
        MatrixFigure m => (MatrixLeft(m) + m.Names.Count * Cell + Right, Top + 2 * Line + m.Names.Count * Cell + Right),
        _ => (AxesWidth, AxesHeight),
    };

    /// <summary>Draws it.</summary>
    public static void Draw(Figure figure, ICanvas canvas)
    {
        (int width, int height) = Size(figure);
        canvas.Fill(0, 0, width, height, Palette.White);
        canvas.Text(width / 2.0, Top / 2.0, figure.Title, Anchor.Middle, Palette.Ink);
        switch (figure)
        {
            case AxesFigure a: Axes(a, canvas); break;
            case TileFigure t: TileDrawing.Draw(new SectionFigure(t.Title, [t with { Title = "" }]), canvas); break;
            case DrawnFigure d: d.Draw(canvas); break;
            case SectionFigure s: TileDrawing.Draw(s, canvas); break;
            case MatrixFigure m: Matrix(m, canvas); break;
        }
    }

    private static void Axes(AxesFigure figure, ICanvas canvas)
    {
        (Scale x, Scale y) = ScalesOf(figure, 8, 6);
        double width = AxesWidth - Left - Right, height = AxesHeight - Top - Bottom;
        double? Across(double v) => Left + x.Place(v) * width;
        double? Down(double v) => Top + (1 - y.Place(v)) * height;
        foreach (FieldLayer f in figure.Layers.OfType<FieldLayer>())
        {
            (double left, double right, double low, double high) = (Across(f.X.From)!.Value, Across(f.X.To)!.Value, Down(f.Y.From)!.Value, Down(f.Y.To)!.Value);
            // Rows of a field go up, those of an image down.
            var pixels = new Rgb[f.Columns * f.Rows];
            for (int i = 0; i < pixels.Length; i++)
            {
                int source = (f.Rows - 1 - i / f.Columns) * f.Columns + i % f.Columns;
                pixels[i] = Palette.White.To(Palette.Of(f.Classes[source]), 0.65 * f.Strength[source]);
            }

            canvas.Image(left, high, right - left, low - high, f.Columns, f.Rows, pixels);
        }

        foreach ((double tick, string text) in TicksOf(figure, x, (int)width / CharacterWidth))
        {
            if (Across(tick) is not { } at) continue;
            canvas.Line([(at, Top), (at, Top + height)], Palette.Grid, 1);
            canvas.Text(at, AxesHeight - Bottom + 12, text, Anchor.Middle, Palette.Ink);
        }

        foreach (double tick in y.Ticks)
        {
            if (Down(tick) is not { } at) continue;
            canvas.Line([(Left, at), (Left + width, at)], Palette.Grid, 1);
            canvas.Text(Left - 8, at, y.Text(tick), Anchor.End, Palette.Ink);
        }

        canvas.Line([(Left, Top), (Left, Top + height), (Left + width, Top + height)], Palette.Ink, 1);
        canvas.Text(Left + width / 2, AxesHeight - 14, figure.X, Anchor.Middle, Palette.Ink);
        canvas.Text(14, Top + height / 2, figure.Y, Anchor.Middle, Palette.Ink, turned: true);
        foreach (FigureLayer layer in figure.Layers) Layer(layer, canvas, Across, Down, figure.LogY ? Top + height : Down(0)!.Value);
        Legend(figure, canvas, Across, Down);
    }

    /// <summary>Where marks of the x axis stand and what is written there, on a width of so many characters.</summary>
    public static IEnumerable<(double At, string Text)> TicksOf(AxesFigure figure, Scale x, int width)
    {
        if (figure.Names.Count == 0) return x.Ticks.Select(t => (t, x.Text(t)));
        // Names that would touch are thinned out.
        int every = Math.Max(1, (int)Math.Ceiling(figure.Names.Max(n => n.Length + 2) * (double)figure.Names.Count / width));
        return Enumerable.Range(0, figure.Names.Count).Where(i => i % every == 0).Select(i => (i + 0.5, figure.Names[i]));
    }

    /// <summary>The axes of a figure, with about so many ticks.</summary>
    public static (Scale X, Scale Y) ScalesOf(AxesFigure figure, int across, int down)
    {
        bool field = figure.Layers.Any(l => l is FieldLayer), named = figure.Names.Count > 0;
        IEnumerable<double> xs = named ? [0, figure.Names.Count] : figure.Layers.SelectMany(l => l switch
        {
            LineLayer s => s.X,
            PointLayer s => s.X,
            WordLayer s => s.X,
            BarLayer b => b.Edges,
            BoxLayer b => b.Boxes.SelectMany(x => new[] { x.Left, x.Right }),
            FieldLayer f => [f.X.From, f.X.To],
            _ => (double[])[],
        });
        IEnumerable<double> ys = figure.Layers.SelectMany(l => l switch
        {
            LineLayer s => s.Y,
            PointLayer s => s.Y,
            WordLayer s => s.Y,
            BarLayer b => [.. b.Heights, 0],
            BoxLayer b => b.Boxes.SelectMany(x => new[] { x.Low, x.High }),
            FieldLayer f => [f.Y.From, f.Y.To],
            _ => (double[])[],
        });
        return (new Scale(xs, log: false, across, exact: field || named || figure.Layers.All(l => l is LineLayer or BarLayer or BoxLayer),
            whole: figure.X is "epoch" or "step"), new Scale(ys, figure.LogY, down, exact: field));
    }

    private static void Layer(FigureLayer layer, ICanvas canvas, Func<double, double?> across, Func<double, double?> down, double zero)
    {
        Rgb colour = Palette.Of(layer.Colour);
        switch (layer)
        {
            case LineLayer line:
                var run = new List<(double, double)>();
                for (int i = 0; i <= line.X.Length; i++)
                {
                    // A value that cannot be shown leaves a gap.
                    if (i < line.X.Length && across(line.X[i]) is { } x && down(line.Y[i]) is { } y)
                    {
                        run.Add((x, y));
                        continue;
                    }

                    if (run.Count == 1) canvas.Dot(run[0].Item1, run[0].Item2, 2.5, colour);
                    if (run.Count > 1) canvas.Line([.. run], colour, 2);
                    run.Clear();
                }

                break;
            case PointLayer points:
                for (int i = 0; i < points.X.Length; i++)
                {
                    if (across(points.X[i]) is { } x && down(points.Y[i]) is { } y) canvas.Dot(x, y, points.X.Length > ManyPoints ? 2.2 : 3.5, colour);
                }

                break;
            case BarLayer bars:
                for (int i = 0; i < bars.Heights.Length; i++)
                {
                    if (across(bars.Edges[i]) is not { } from || across(bars.Edges[i + 1]) is not { } to || down(bars.Heights[i]) is not { } top) continue;
                    canvas.Fill(from + 0.5, Math.Min(top, zero), Math.Max(1, to - from - 1), Math.Abs(zero - top), colour);
                }

                break;
            case BoxLayer boxes:
                foreach (WordBox b in boxes.Boxes)
                {
                    if (across(b.Left) is not { } from || across(b.Right) is not { } to || down(b.High) is not { } top || down(b.Low) is not { } bottom)
                        continue;
                    // A thin line is left between neighbours; what is too low for it stays visible.
                    canvas.Fill(from + 0.5, top + 0.5, Math.Max(1, to - from - 1), Math.Max(1, bottom - top - 1), colour);
                    if (to - from > b.Word.Length * CharacterWidth + 2 && bottom - top > 12)
                        canvas.Text((from + to) / 2, (top + bottom) / 2, b.Word, Anchor.Middle, Palette.White);
                }

                break;
            case WordLayer words:
                for (int i = 0; i < words.X.Length; i++)
                {
                    if (across(words.X[i]) is not { } x || down(words.Y[i]) is not { } y) continue;
                    // A plate below keeps it legible over points.
                    double half = words.Words[i].Length * CharacterWidth / 2.0 + 2;
                    if (words.Plates) canvas.Fill(x - half, y - 7, 2 * half, 14, Palette.White);
                    canvas.Text(x, y, words.Words[i], Anchor.Middle, words.Plates ? Palette.Ink : colour);
                }

                break;
        }
    }

    // In the corner that hides the least.
    private static void Legend(AxesFigure figure, ICanvas canvas, Func<double, double?> across, Func<double, double?> down)
    {
        FigureLayer[] named = [.. figure.Layers.Where(l => l.Name.Length > 0)];
        if (named.Length < 2) return;
        double width = named.Max(l => l.Name.Length) * CharacterWidth + 34, height = named.Length * Line + 6;
        double right = AxesWidth - Right - width - 6, left = Left + 6, top = Top + 6, bottom = AxesHeight - Bottom - height - 6;
        (double X, double Y)[] drawn = [.. figure.Layers.SelectMany(l => Trace(l, across, down))];
        (double x, double y) = new[] { (right, top), (right, bottom), (left, top), (left, bottom) }
            .MinBy(c => drawn.Count(p => p.X >= c.Item1 - 4 && p.X <= c.Item1 + width + 4 && p.Y >= c.Item2 - 4 && p.Y <= c.Item2 + height + 4));
        canvas.Fill(x, y, width, height, Palette.White);
        for (int i = 0; i < named.Length; i++)
        {
            double middle = y + Line * (i + 0.5) + 3;
            if (named[i] is LineLayer) canvas.Line([(x + 6, middle), (x + 24, middle)], Palette.Of(named[i].Colour), 2);
            else canvas.Dot(x + 15, middle, 4, Palette.Of(named[i].Colour));
            canvas.Text(x + 30, middle, named[i].Name, Anchor.Start, Palette.Ink);
        }
    }

    // Places that a layer draws at; lines also between their points.
    private static IEnumerable<(double X, double Y)> Trace(FigureLayer layer, Func<double, double?> across, Func<double, double?> down)
    {
        const int between = 16;
        (double[] xs, double[] ys) = layer switch { LineLayer l => (l.X, l.Y), PointLayer p => (p.X, p.Y), _ => ([], []) };
        (double X, double Y)? before = null;
        for (int i = 0; i < xs.Length; i++)
        {
            if (across(xs[i]) is not { } x || down(ys[i]) is not { } y) continue;
            for (int k = 1; layer is LineLayer && before is { } b && k < between; k++)
                yield return (b.X + (x - b.X) * k / between, b.Y + (y - b.Y) * k / between);
            yield return (x, y);
            before = (x, y);
        }
    }

    private static int MatrixLeft(MatrixFigure m) => 40 + m.Names.Max(n => n.Length) * CharacterWidth + 8;

    private static void Matrix(MatrixFigure m, ICanvas canvas)
    {
        int n = m.Names.Count, left = MatrixLeft(m), top = Top + 2 * Line;
        canvas.Text(left + n * Cell / 2.0, Top + 4, m.ColumnTitle, Anchor.Middle, Palette.Ink);
        canvas.Text(16, top + n * Cell / 2.0, m.RowTitle, Anchor.Middle, Palette.Ink, turned: true);
        int fits = Cell / CharacterWidth;
        for (int r = 0; r < n; r++)
        {
            string name = m.Names[r];
            canvas.Text(left - 8, top + (r + 0.5) * Cell, name, Anchor.End, Palette.Ink);
            canvas.Text(left + (r + 0.5) * Cell, top - Line / 2.0, name.Length > fits ? name[..(fits - 1)] + "…" : name, Anchor.Middle, Palette.Ink);
            double sum = Math.Max(1, Enumerable.Range(0, n).Sum(c => m.Cells[r, c]));
            for (int c = 0; c < n; c++)
            {
                double share = m.Cells[r, c] / sum;
                // Right answers in blue, mistakes in orange, small ones made visible.
                canvas.Fill(left + c * Cell, top + r * Cell, Cell - 1, Cell - 1, Palette.Of(r == c ? 0 : 1), Math.Sqrt(share));
                canvas.Text(left + (c + 0.5) * Cell, top + (r + 0.5) * Cell, m.Cells[r, c].ToString(System.Globalization.CultureInfo.InvariantCulture),
                    Anchor.Middle, share > 0.5 ? Palette.White : Palette.Ink);
            }
        }
    }
}
