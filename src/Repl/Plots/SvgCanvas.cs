using System.Globalization;
using System.Text;
using Nn.Files;
using Nn.Networks.Figures;

namespace Nn.Repl.Plots;

/// <summary>Writes a figure as SVG; text, axes and ground follow the reader's choice of light or dark.</summary>
internal sealed class SvgCanvas(int width, int height) : ICanvas
{
    private readonly StringBuilder _s = new();

    /// <summary>The figure as SVG.</summary>
    public static string Write(Figure figure)
    {
        (int width, int height) = FigureDrawing.Size(figure);
        var canvas = new SvgCanvas(width, height);
        FigureDrawing.Draw(figure, canvas);
        return canvas.ToString();
    }

    /// <inheritdoc/>
    public void Line(ReadOnlySpan<(double X, double Y)> points, Rgb colour, double width)
    {
        _s.Append($"<polyline {Style("stroke", colour)} stroke-width=\"{N(width)}\" points=\"");
        foreach ((double x, double y) in points) _s.Append($"{N(x)},{N(y)} ");
        _s.Length--;
        _s.Append("\"/>\n");
    }

    /// <inheritdoc/>
    public void Fill(double x, double y, double width, double height, Rgb colour, double opacity = 1) =>
        _s.Append($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" "
            + $"{Style("fill", colour)}{(opacity < 1 ? $" fill-opacity=\"{N(opacity)}\"" : "")}/>\n");

    /// <inheritdoc/>
    public void Dot(double x, double y, double radius, Rgb colour) =>
        _s.Append($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\" fill=\"{colour}\" class=\"edge\"/>\n");

    /// <inheritdoc/>
    public void Text(double x, double y, string text, Anchor anchor, Rgb colour, bool turned = false)
    {
        string turn = turned ? $" transform=\"rotate(-90 {N(x)} {N(y)})\"" : "";
        _s.Append($"<text x=\"{N(x)}\" y=\"{N(y)}\" text-anchor=\"{anchor.ToString().ToLowerInvariant()}\" "
            + $"{Style("fill", colour)}{turn}>{Escape(text)}</text>\n");
    }

    /// <inheritdoc/>
    public void Image(double x, double y, double width, double height, int columns, int rows, Rgb[] pixels)
    {
        string png = Convert.ToBase64String(PixelCanvas.Encode(columns, rows, pixels));
        _s.Append($"<image x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" preserveAspectRatio=\"none\" "
            + $"style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{png}\"/>\n");
    }

    /// <inheritdoc/>
    public override string ToString() => $$"""
        {{Opening}}
        <style>
        polyline { fill: none; stroke-linejoin: round }
        text { dominant-baseline: central }
        .edge { stroke: #fff; stroke-width: .8 }
        .ground-fill { fill: #fff } .ink-fill { fill: #333 } .ink-stroke { stroke: #333 } .grid-stroke { stroke: #dedede }
        {{Dark}}
        </style>
        {{_s}}</svg>

        """;

    private string Opening => $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" "
        + "font-family=\"sans-serif\" font-size=\"12\">";

    private const string Dark = "@media (prefers-color-scheme: dark) { .ground-fill { fill: #1b1b1b } .ink-fill { fill: #ddd } .ink-stroke { stroke: #bbb } "
        + ".grid-stroke { stroke: #3a3a3a } .edge { stroke: #1b1b1b } }";

    // What belongs to the drawing follows the reader's light or dark, what belongs to the data keeps its colour.
    private static string Style(string what, Rgb colour) =>
        colour == Palette.White ? $"class=\"ground-{what}\""
            : colour == Palette.Ink ? $"class=\"ink-{what}\""
            : colour == Palette.Grid ? $"class=\"grid-{what}\""
            : $"{what}=\"{colour}\"";

    private static string N(double v) => Math.Round(v, 2).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");
}
