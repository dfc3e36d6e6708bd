using Nn.Files;
using Nn.Networks.Figures;

namespace Nn.Repl.Plots;

/// <summary>Draws a figure as pixels, two for each of the drawing's, with soft edges.</summary>
internal sealed class PixelCanvas(int width, int height) : ICanvas
{
    private const int Factor = 2;
    // A character of the font takes its pixels twice and a gap.
    private const int Advance = (PixelFont.Width + 1) * Factor;

    private readonly int _width = width * Factor, _height = height * Factor;
    private readonly Rgb[] _pixels = new Rgb[width * height * Factor * Factor];

    /// <summary>The figure as PNG.</summary>
    public static byte[] Write(Figure figure)
    {
        (int width, int height) = FigureDrawing.Size(figure);
        var canvas = new PixelCanvas(width, height);
        FigureDrawing.Draw(figure, canvas);
        return Encode(canvas._width, canvas._height, canvas._pixels);
    }

    /// <summary>Pixels as PNG.</summary>
    public static byte[] Encode(int columns, int rows, Rgb[] pixels)
    {
        var bytes = new byte[3 * pixels.Length];
        for (int i = 0; i < pixels.Length; i++) (bytes[3 * i], bytes[3 * i + 1], bytes[3 * i + 2]) = (pixels[i].R, pixels[i].G, pixels[i].B);
        return Png.Encode(new RasterImage(rows, columns, 3, bytes));
    }

    /// <inheritdoc/>
    public void Line(ReadOnlySpan<(double X, double Y)> points, Rgb colour, double width)
    {
        for (int i = 1; i < points.Length; i++)
            Segment(points[i - 1].X * Factor, points[i - 1].Y * Factor, points[i].X * Factor, points[i].Y * Factor, colour, width * Factor);
    }

    /// <inheritdoc/>
    public void Fill(double x, double y, double width, double height, Rgb colour, double opacity = 1)
    {
        colour = Palette.White.To(colour, opacity);
        (int left, int right) = ((int)Math.Round(x * Factor), (int)Math.Round((x + width) * Factor));
        (int top, int bottom) = ((int)Math.Round(y * Factor), (int)Math.Round((y + height) * Factor));
        for (int row = Math.Max(0, top); row < Math.Min(_height, bottom); row++)
        {
            for (int column = Math.Max(0, left); column < Math.Min(_width, right); column++) _pixels[row * _width + column] = colour;
        }
    }

    /// <inheritdoc/>
    public void Dot(double x, double y, double radius, Rgb colour)
    {
        Disc(x * Factor, y * Factor, (radius + 0.8) * Factor, Palette.White);
        Disc(x * Factor, y * Factor, radius * Factor, colour);
    }

    /// <inheritdoc/>
    public void Text(double x, double y, string text, Anchor anchor, Rgb colour, bool turned = false)
    {
        double length = text.Length * Advance - Factor, start = anchor switch { Anchor.Start => 0, Anchor.Middle => -length / 2, _ => -length };
        for (int i = 0; i < text.Length; i++)
        {
            for (int row = 0; row < PixelFont.Height * Factor; row++)
            {
                for (int column = 0; column < PixelFont.Width * Factor; column++)
                {
                    if (!PixelFont.Ink(text[i], column / Factor, row / Factor)) continue;
                    double along = start + i * Advance + column, across = row - PixelFont.Height * Factor / 2.0;
                    if (turned) Put((int)(x * Factor + across), (int)(y * Factor - along), colour, 1);
                    else Put((int)(x * Factor + along), (int)(y * Factor + across), colour, 1);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Image(double x, double y, double width, double height, int columns, int rows, Rgb[] pixels)
    {
        (int left, int top) = ((int)Math.Round(x * Factor), (int)Math.Round(y * Factor));
        (int across, int down) = ((int)Math.Round(width * Factor), (int)Math.Round(height * Factor));
        for (int r = 0; r < down; r++)
        {
            for (int c = 0; c < across; c++) Put(left + c, top + r, pixels[(long)r * rows / down * columns + (long)c * columns / across], 1);
        }
    }

    private void Disc(double x, double y, double radius, Rgb colour)
    {
        for (int row = (int)(y - radius - 1); row <= y + radius + 1; row++)
        {
            for (int column = (int)(x - radius - 1); column <= x + radius + 1; column++)
                Put(column, row, colour, radius - Math.Sqrt((column + 0.5 - x) * (column + 0.5 - x) + (row + 0.5 - y) * (row + 0.5 - y)) + 0.5);
        }
    }

    private void Segment(double x0, double y0, double x1, double y1, Rgb colour, double width)
    {
        double dx = x1 - x0, dy = y1 - y0, squared = Math.Max(1e-12, dx * dx + dy * dy), half = width / 2;
        for (int row = (int)(Math.Min(y0, y1) - half - 1); row <= Math.Max(y0, y1) + half + 1; row++)
        {
            for (int column = (int)(Math.Min(x0, x1) - half - 1); column <= Math.Max(x0, x1) + half + 1; column++)
            {
                double px = column + 0.5 - x0, py = row + 0.5 - y0, t = Math.Clamp((px * dx + py * dy) / squared, 0, 1);
                double distance = Math.Sqrt((px - t * dx) * (px - t * dx) + (py - t * dy) * (py - t * dy));
                Put(column, row, colour, half - distance + 0.5);
            }
        }
    }

    private void Put(int column, int row, Rgb colour, double cover)
    {
        if (cover <= 0 || column < 0 || row < 0 || column >= _width || row >= _height) return;
        ref Rgb pixel = ref _pixels[row * _width + column];
        pixel = cover >= 1 ? colour : pixel.To(colour, cover);
    }
}
