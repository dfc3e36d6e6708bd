using System.Globalization;
using System.Xml.Linq;
using Nn.Files;
using Nn.Networks.Figures;
using Nn.Repl.Plots;

namespace Nn.Tests.Cli.Plots;

public class FigureTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void A_line_in_SVG_goes_through_its_points()
    {
        var figure = new AxesFigure("a < b & c", "time", "value", [new LineLayer("one", 0, [0, 1, 2, 3], [0, 10, 5, 10])]);
        XElement svg = XDocument.Parse(SvgCanvas.Write(figure)).Root!;
        (double X, double Y)[] points = Points(svg.Elements(Svg + "polyline").Single(p => (string?)p.Attribute("stroke") == Palette.Of(0).ToString()));
        Assert.Equal(4, points.Length);
        // Equal steps in x; y from the lower end of the axis to the upper, half way between.
        Assert.Equal(points[1].X - points[0].X, points[3].X - points[2].X, 1);
        Assert.Equal(points[1].Y, points[3].Y, 1);
        Assert.Equal((points[0].Y + points[1].Y) / 2, points[2].Y, 1);
        Assert.True(points[0].Y > points[1].Y, "large values are above small ones");
        string[] texts = [.. svg.Elements(Svg + "text").Select(t => t.Value)];
        foreach (string expected in new[] { "a < b & c", "time", "value", "0", "10" }) Assert.Contains(expected, texts);
    }

    [Fact]
    public void What_cannot_be_shown_leaves_a_gap()
    {
        var figure = new AxesFigure("t", "x", "y", [new LineLayer("one", 0, [0, 1, 2, 3, 4], [1, 2, double.NaN, 3, 4])]);
        XElement svg = XDocument.Parse(SvgCanvas.Write(figure)).Root!;
        Assert.Equal([2, 2], svg.Elements(Svg + "polyline").Where(p => p.Attribute("stroke") is not null).Select(p => Points(p).Length));
    }

    [Fact]
    public void Pixels_show_the_colours_of_a_field_the_right_way_up()
    {
        // Lower left of class 0, all else of class 1.
        var figure = new AxesFigure("t", "x", "y", [new FieldLayer(2, 2, (0, 1), (0, 1), [0, 1, 1, 1], [1, 1, 1, 1])]);
        RasterImage png = Png.Decode(PixelCanvas.Write(figure), "test");
        Assert.Equal((2 * FigureDrawing.AxesWidth, 2 * FigureDrawing.AxesHeight, 3), (png.Width, png.Height, png.Channels));
        Rgb At(double x, double y)
        {
            int i = 3 * ((int)(y * png.Height) * png.Width + (int)(x * png.Width));
            return new Rgb(png.Pixels[i], png.Pixels[i + 1], png.Pixels[i + 2]);
        }

        Rgb first = Palette.White.To(Palette.Of(0), 0.65), second = Palette.White.To(Palette.Of(1), 0.65);
        Assert.Equal(first, At(0.22, 0.72));
        Assert.Equal(second, At(0.22, 0.22));
        Assert.Equal(second, At(0.82, 0.72));
    }

    [Fact]
    public void Tiles_keep_their_pixels_square_and_in_order()
    {
        var figure = new TileFigure("t", [new Tile("a", 2, 2, 1, [0, 1, 1, 0], Signed: false)]);
        RasterImage png = Png.Decode(PixelCanvas.Write(figure), "test");
        // The tile begins at (20, 40) and has 64 pixels a side, drawn twice as large.
        int At(int x, int y) => png.Pixels[3 * (2 * y * png.Width + 2 * x)];
        Assert.Equal([0, 255, 255, 0], [At(20 + 16, 40 + 16), At(20 + 48, 40 + 16), At(20 + 16, 40 + 48), At(20 + 48, 40 + 48)]);
    }

    [Fact]
    public void A_matrix_names_rows_and_columns_and_counts()
    {
        var figure = new MatrixFigure("t", "is", "taken for", ["cat", "dog"], new long[,] { { 5, 1 }, { 2, 7 } });
        string[] texts = [.. XDocument.Parse(SvgCanvas.Write(figure)).Root!.Elements(Svg + "text").Select(t => t.Value)];
        Assert.Equal(["5", "1", "2", "7"], texts.Where(t => int.TryParse(t, out _)));
        Assert.Equal(2, texts.Count(t => t == "cat"));
        string[] lines = TerminalFigure.Write(figure, 80, 20, colour: false).Split('\n');
        Assert.Equal(["cat", "5", "1"], lines[^2].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["dog", "2", "7"], lines[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_rising_line_in_the_terminal_rises_within_the_width_asked_for()
    {
        var figure = new AxesFigure("t", "x", "y", [new LineLayer("one", 0, [0, 1], [0, 1])]);
        string[] lines = TerminalFigure.Write(figure, 60, 20, colour: false).Split('\n');
        Assert.All(lines, l => Assert.True(l.Length <= 60, l));
        string[] drawn = [.. lines.Where(l => l.Contains('│') || l.Contains('┤'))];
        int[] at = [.. drawn.Select(l => l.AsSpan().IndexOfAnyInRange('\u2801', '\u28ff')).Where(i => i >= 0)];
        Assert.Equal(drawn.Length, at.Length);
        // From the top row down, the line is ever further left.
        Assert.Equal(at.OrderDescending(), at);
        Assert.True(at[0] > 50 && at[^1] < 14, string.Join(' ', at));
    }

    [Theory]
    [InlineData(new[] { 0.0, 1 }, false, new[] { "0", "0.2", "0.4", "0.6", "0.8", "1" })]
    [InlineData(new[] { -7.0, 93 }, false, new[] { "-20", "0", "20", "40", "60", "80", "100" })]
    [InlineData(new[] { 0.002, 5 }, true, new[] { "0.002", "0.01", "0.1", "1", "5" })]
    [InlineData(new[] { 3e7, 3e7 }, false, null)]
    [InlineData(new double[0], false, new[] { "0", "0.2", "0.4", "0.6", "0.8", "1" })]
    public void Axes_have_round_ticks(double[] values, bool log, string[]? expected)
    {
        var scale = new Scale(values, log, 6);
        if (expected is not null) Assert.Equal(expected, scale.Ticks.Select(scale.Text));
        Assert.All(values, v => Assert.InRange(scale.Place(v)!.Value, 0, 1));
    }

    [Fact]
    public void Epochs_are_whole_and_the_legend_leaves_the_lines_free()
    {
        // Two lines that end in the upper right corner.
        var figure = new AxesFigure("t", "epoch", "y", [new LineLayer("first", 0, [1, 2], [0, 1]), new LineLayer("second", 1, [1, 2], [0.1, 0.95])]);
        XElement svg = XDocument.Parse(SvgCanvas.Write(figure)).Root!;
        string[] texts = [.. svg.Elements(Svg + "text").Select(t => t.Value)];
        Assert.Contains("2", texts);
        Assert.DoesNotContain("1.5", texts);
        XElement name = svg.Elements(Svg + "text").Single(t => t.Value == "first");
        double y = double.Parse((string)name.Attribute("y")!, CultureInfo.InvariantCulture),
            x = double.Parse((string)name.Attribute("x")!, CultureInfo.InvariantCulture);
        // Lower right or upper left: where no line is.
        Assert.True(x > FigureDrawing.AxesWidth / 2 == y > FigureDrawing.AxesHeight / 2);
    }

    [Fact]
    public void Every_printable_character_has_a_glyph_of_its_own()
    {
        string Glyph(char c) => string.Concat(
            from r in Enumerable.Range(0, PixelFont.Height) from x in Enumerable.Range(0, PixelFont.Width) select PixelFont.Ink(c, x, r) ? '#' : '.');
        char[] all = [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)];
        Assert.Equal(all.Length, all.Select(Glyph).Distinct().Count());
        Assert.Equal(Glyph('?'), Glyph('é'));
    }

    private static (double X, double Y)[] Points(XElement line) =>
        [.. ((string)line.Attribute("points")!).Split(' ').Select(p => p.Split(','))
            .Select(p => (double.Parse(p[0], CultureInfo.InvariantCulture), double.Parse(p[1], CultureInfo.InvariantCulture)))];
}
