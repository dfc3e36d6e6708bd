using Nn.Repl.Plots;

namespace Nn.Repl.Diagrams;

/// <summary>A diagram as a figure, laid out once.</summary>
internal sealed record DiagramFigure(Diagram Diagram) : DrawnFigure(Diagram.Title)
{
    /// <summary>More boxes are no picture any more.</summary>
    public const int MostBoxes = 800;

    private const int Margin = 24, LineHeight = 16, Padding = 10, RowGap = 30, CurvePoints = 14, Head = 5;

    private readonly LayeredLayout _layout = LayeredLayout.Of([.. Diagram.Boxes.Select(WidthOf)], Diagram.Arrows);

    /// <inheritdoc/>
    public override (int Width, int Height) Size =>
        ((int)Math.Ceiling(Math.Max(_layout.Width, Title.Length * FigureDrawing.CharacterWidth)) + 2 * Margin,
            FigureDrawing.Top + (int)(_layout.Rows * RowHeight) + Margin);

    private double RowHeight => Diagram.Boxes.Max(b => b.Lines.Count) * LineHeight + Padding + RowGap;

    /// <summary>Draws it, arrows below boxes.</summary>
    public override void Draw(ICanvas canvas)
    {
        double left = (Size.Width - _layout.Width) / 2;
        double Top(int row) => FigureDrawing.Top + row * RowHeight;
        double Height(int box) => Diagram.Boxes[box].Lines.Count * LineHeight + Padding;
        for (int a = 0; a < Diagram.Arrows.Count; a++)
        {
            (int from, int to) = Diagram.Arrows[a];
            var points = new List<(double X, double Y)> { (left + _layout.X[from], Top(_layout.Row[from]) + Height(from)) };
            foreach ((int row, double x) in _layout.Bends[a])
            {
                points.Add((left + x, Top(row)));
                points.Add((left + x, Top(row) + RowHeight - RowGap));
            }

            points.Add((left + _layout.X[to], Top(_layout.Row[to])));
            Arrow(canvas, points);
        }

        for (int i = 0; i < Diagram.Boxes.Count; i++) Draw(canvas, Diagram.Boxes[i], left + _layout.X[i], Top(_layout.Row[i]), Height(i));
    }

    private static double WidthOf(DiagramBox b) => b.Lines.Max(l => l.Length) * FigureDrawing.CharacterWidth + 2 * Padding;

    private static void Draw(ICanvas canvas, DiagramBox b, double middle, double top, double height)
    {
        double width = WidthOf(b), x = middle - width / 2;
        // Sources are cut at the corners, results have a second line around them, so that they differ without colours, too.
        double cut = b.Kind == BoxKind.Source ? 8 : 0;
        (double, double)[] outline =
        [
            (x + cut, top), (x + width - cut, top), (x + width, top + cut), (x + width, top + height - cut), (x + width - cut, top + height),
            (x + cut, top + height), (x, top + height - cut),
            (x, top + cut), (x + cut, top),
        ];
        canvas.Fill(x, top, width, height, Palette.White);
        canvas.Line(outline, Palette.Of(b.Colour), b.Kind == BoxKind.Layer ? 1.6 : 1.2);
        if (b.Kind == BoxKind.Result)
            canvas.Line([(x + 3, top + 3), (x + width - 3, top + 3), (x + width - 3, top + height - 3), (x + 3, top + height - 3), (x + 3, top + 3)],
                Palette.Of(b.Colour), 1);
        for (int l = 0; l < b.Lines.Count; l++) canvas.Text(middle, top + Padding / 2.0 + (l + 0.5) * LineHeight, b.Lines[l], Anchor.Middle, Palette.Ink);
    }

    // Straight through rows, curved between them: Bézier curves that leave and arrive upright.
    private static void Arrow(ICanvas canvas, List<(double X, double Y)> points)
    {
        var line = new List<(double, double)> { points[0] };
        for (int i = 1; i < points.Count; i++)
        {
            ((double x0, double y0), (double x1, double y1)) = (points[i - 1], points[i]);
            double middle = (y0 + y1) / 2;
            for (int k = 1; k <= CurvePoints && Math.Abs(x1 - x0) > 0.5; k++)
            {
                double t = (double)k / CurvePoints, u = 1 - t;
                line.Add((u * u * (u + 3 * t) * x0 + t * t * (t + 3 * u) * x1, u * u * u * y0 + 3 * u * t * (u + t) * middle + t * t * t * y1));
            }

            line.Add((x1, y1));
        }

        canvas.Line([.. line], Palette.Gap, 1.4);
        (double x, double y) = points[^1];
        canvas.Line([(x - Head, y - 1.6 * Head), (x, y - 1), (x + Head, y - 1.6 * Head)], Palette.Gap, 1.6);
    }
}
