namespace Nn.Repl.Plots;

/// <summary>How a text stands to its place.</summary>
internal enum Anchor
{
    /// <summary>Begins there.</summary>
    Start,

    /// <summary>Has its middle there.</summary>
    Middle,

    /// <summary>Ends there.</summary>
    End,
}

/// <summary>Something to draw figures on; x goes right, y down, in pixels.</summary>
internal interface ICanvas
{
    /// <summary>A line through points, of a width.</summary>
    void Line(ReadOnlySpan<(double X, double Y)> points, Rgb colour, double width);

    /// <summary>
    /// A filled rectangle through which the ground is seen as much as <paramref name="opacity"/> leaves; colours of the drawing, as opposed to those of the
    /// data, follow the reader's light or dark.
    /// </summary>
    void Fill(double x, double y, double width, double height, Rgb colour, double opacity = 1);

    /// <summary>A filled circle with a thin white edge.</summary>
    void Dot(double x, double y, double radius, Rgb colour);

    /// <summary>A text, its middle at the height of <paramref name="y"/>; upwards if turned.</summary>
    void Text(double x, double y, string text, Anchor anchor, Rgb colour, bool turned = false);

    /// <summary>An image whose pixels stay squares.</summary>
    void Image(double x, double y, double width, double height, int columns, int rows, Rgb[] pixels);
}
