using Nn.Networks.Figures;

namespace Nn.Repl.Plots;

/// <summary>Draws groups of small images on a canvas: tiles in rows, single images and strips as large as there is room.</summary>
internal static class TileDrawing
{
    private const int TilesInRow = 10, Gap = 6, Target = 64, Wide = 600, OneOfMany = 200, MostPixels = 32, StripHeight = 18;

    private readonly record struct Layout(int Columns, int Rows, int Width, int Height, int Caption);

    /// <summary>The size that it takes.</summary>
    public static (int Width, int Height) Size(SectionFigure f)
    {
        int width = f.Sections.Select(s => s.Title.Length).Append(f.Title.Length).Max() * FigureDrawing.CharacterWidth,
            height = FigureDrawing.Top + FigureDrawing.Right;
        foreach (TileFigure s in f.Sections)
        {
            Layout l = LayoutOf(s, f.Sections.Count);
            width = Math.Max(width, l.Columns * (l.Width + Gap));
            height += Heading(s) + l.Rows * (l.Height + l.Caption + Gap);
        }

        return (width + 2 * FigureDrawing.Right, height);
    }

    /// <summary>Draws it below its title.</summary>
    public static void Draw(SectionFigure f, ICanvas canvas)
    {
        double top = FigureDrawing.Top;
        foreach (TileFigure s in f.Sections)
        {
            Layout l = LayoutOf(s, f.Sections.Count);
            if (s.Title.Length > 0) canvas.Text(FigureDrawing.Right, top + FigureDrawing.Line / 2.0, s.Title, Anchor.Start, Palette.Ink);
            top += Heading(s);
            for (int i = 0; i < s.Tiles.Count; i++)
                Draw(s.Tiles[i], canvas, FigureDrawing.Right + i % l.Columns * (l.Width + Gap), top + i / l.Columns * (l.Height + l.Caption + Gap), l);
            top += l.Rows * (l.Height + l.Caption + Gap);
        }
    }

    private static void Draw(Tile t, ICanvas canvas, double x, double y, Layout l)
    {
        double width = (double)l.Width, height = t.IsStrip ? l.Height : width * t.Height / t.Width;
        if (height > l.Height) (width, height) = ((double)l.Height * t.Width / t.Height, l.Height);
        canvas.Image(x, y, width, height, t.Width, t.Height, Palette.Pixels(t));
        // White values must not look like the ground.
        if (t.IsStrip) canvas.Line([(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)], Palette.Gap, 1);
        if (t.Caption.Length == 0) return;
        int fits = Math.Max(1, (l.Width + Gap) / FigureDrawing.CharacterWidth);
        canvas.Text(x + l.Width / 2.0, y + l.Height + FigureDrawing.Line / 2.0, t.Caption.Length > fits ? t.Caption[..fits] : t.Caption, Anchor.Middle,
            Palette.Ink);
    }

    private static int Heading(TileFigure s) => s.Title.Length == 0 ? 0 : FigureDrawing.Line + 4;

    private static Layout LayoutOf(TileFigure s, int sections)
    {
        int widest = s.Tiles.Max(t => t.Width), highest = s.Tiles.Max(t => t.Height), caption = s.Tiles.Any(t => t.Caption.Length > 0) ? FigureDrawing.Line : 0;
        // Whole pixels for each pixel of a tile; what stands alone may be large.
        if (s.Tiles.All(t => t.IsStrip))
        {
            int across = Math.Clamp(Wide / widest, 1, MostPixels);
            return new Layout(1, s.Tiles.Count, across * widest, Math.Max(highest < 3 ? StripHeight : StripHeight / 2, across) * highest, caption);
        }

        int alone = sections == 1 ? Wide : OneOfMany,
            scale = Math.Clamp((s.Tiles.Count == 1 && caption == 0 ? alone : Target) / Math.Max(widest, highest), 1, MostPixels);
        int rows = (s.Tiles.Count + TilesInRow - 1) / TilesInRow, columns = (s.Tiles.Count + rows - 1) / rows;
        return new Layout(columns, rows, widest * scale, highest * scale, caption);
    }
}
