using System.Text;
using Nn.Networks.Figures;
using Nn.Repl.Terminal;

namespace Nn.Repl.Plots;

/// <summary>Writes groups of small images with characters: two pixels a character, in colours or in shades.</summary>
internal static class TerminalTiles
{
    private const int MaxTileColumns = 28, MaxPixelRows = 80, MostStretch = 4, Between = 2;
    private const string Above = " ░▒▓█", Below = " .-=#";

    /// <summary>The lines, no wider than <paramref name="width"/>.</summary>
    public static string Write(SectionFigure figure, int width, bool colour)
    {
        var s = new StringBuilder(figure.Title);
        foreach (TileFigure section in figure.Sections)
        {
            if (section.Title.Length > 0) s.Append('\n').Append(section.Title);
            Section(s, section, width, colour);
        }

        return s.ToString();
    }

    private static void Section(StringBuilder s, TileFigure section, int width, bool colour)
    {
        int widest = section.Tiles.Max(t => t.Width), highest = section.Tiles.Max(t => t.Height),
            caption = Math.Min(8, section.Tiles.Max(t => t.Caption.Length));
        // A single image may fill the width; what has a few pixels is drawn larger.
        bool alone = section.Tiles.Count == 1 || section.Tiles.All(t => t.IsStrip);
        int most = alone ? width - Between : Math.Min(MaxTileColumns, width - Between);
        int shrink = Math.Max((widest + most - 1) / most, (highest + MaxPixelRows - 1) / MaxPixelRows);
        int stretch = shrink > 1 ? 1 : Math.Clamp(Math.Min(most / 2 / widest, (alone ? MaxPixelRows / 2 : 16) / highest), 1, MostStretch);
        int columns = (widest + shrink - 1) / shrink * stretch, pixelRows = Math.Max(2, (highest + shrink - 1) / shrink * stretch);
        int cell = Math.Max(columns, caption);
        foreach (Tile[] line in section.Tiles.Chunk(alone && section.Tiles.Count > 1 ? 1 : Math.Max(1, (width + Between) / (cell + Between))))
        {
            Rgb[][] pixels = [.. line.Select(Palette.Pixels)];
            for (int row = 0; row < pixelRows; row += 2)
            {
                s.Append('\n');
                for (int t = 0; t < line.Length; t++)
                {
                    int At(int c, int r) => Index(line[t], c / stretch * shrink, Math.Min(r / stretch, Math.Max(0, highest - 1)) * shrink);
                    for (int c = 0; c < columns; c++) s.Append(Character(line[t], pixels[t], At(c, row), row + 1 < pixelRows ? At(c, row + 1) : -1, colour));
                    if (colour) s.Append($"{Ansi.Csi}0m");
                    s.Append(' ', cell - columns + Between);
                }

                while (s[^1] == ' ') s.Length--;
            }

            if (caption > 0)
                s.Append('\n')
                    .Append(string.Concat(line.Select(t => (t.Caption.Length > cell ? t.Caption[..cell] : t.Caption).PadRight(cell + Between))).TrimEnd());
        }
    }

    // -1 where there is no pixel.
    private static int Index(Tile t, int x, int y) => x < t.Width && y < t.Height ? y * t.Width + x : -1;

    private static string Character(Tile t, Rgb[] pixels, int top, int bottom, bool colour)
    {
        if (top < 0 && bottom < 0) return colour ? $"{Ansi.Csi}0m " : " ";
        if (!colour) return Shade(t, pixels, top, bottom < 0 ? top : bottom).ToString();
        Rgb above = pixels[Math.Max(top, 0)];
        if (bottom < 0) return $"{Ansi.Csi}0;38;2;{above.R};{above.G};{above.B}m▀";
        Rgb below = pixels[bottom];
        return $"{Ansi.Csi}38;2;{above.R};{above.G};{above.B};48;2;{below.R};{below.G};{below.B}m▀";
    }

    // Values around zero: blocks above, marks like minus signs below.
    private static char Shade(Tile t, Rgb[] pixels, int top, int bottom)
    {
        if (!t.Signed) return Above[(int)Math.Round(4 * (Light(pixels[top]) + Light(pixels[bottom])) / 2)];
        (float low, float high) = t.Range ?? Tile.RangeOf(t.Values);
        double most = Math.Max(Math.Abs(low), Math.Abs(high)), v = (t.Values[top] + t.Values[bottom]) / 2;
        if (most == 0 || double.IsNaN(v)) return ' ';
        int step = (int)Math.Round(4 * Math.Min(1, Math.Abs(v) / most));
        return v < 0 ? Below[step] : Above[step];
    }

    private static double Light(Rgb c) => (c.R + c.G + c.B) / 765.0;
}
