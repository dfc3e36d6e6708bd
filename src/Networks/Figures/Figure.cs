namespace Nn.Networks.Figures;

/// <summary>A picture of data with a title; drawn as SVG, as PNG or in the terminal.</summary>
/// <param name="Title">Above it.</param>
public abstract record Figure(string Title);

/// <summary>Lines, points, bars and fields over two axes.</summary>
/// <param name="Title">Above it.</param>
/// <param name="X">Below it.</param>
/// <param name="Y">Left of it.</param>
/// <param name="Layers">Drawn one over the other, in this order.</param>
/// <param name="LogY">Whether y is on a logarithmic scale; values that are not positive are left out.</param>
public sealed record AxesFigure(string Title, string X, string Y, IReadOnlyList<FigureLayer> Layers, bool LogY = false) : Figure(Title)
{
    /// <summary>Names of the places 0.5, 1.5, 2.5 … on the x axis, in place of numbers.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}

/// <summary>Small images side by side.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Tiles">The images.</param>
public sealed record TileFigure(string Title, IReadOnlyList<Tile> Tiles) : Figure(Title);

/// <summary>Groups of small images, one below the other, each with a heading of its own.</summary>
/// <param name="Title">Above all.</param>
/// <param name="Sections">The groups.</param>
public sealed record SectionFigure(string Title, IReadOnlyList<TileFigure> Sections) : Figure(Title);

/// <summary>A matrix of numbers, each cell coloured by its share of its row.</summary>
/// <param name="Title">Above it.</param>
/// <param name="RowTitle">What the rows are.</param>
/// <param name="ColumnTitle">What the columns are.</param>
/// <param name="Names">Of rows and columns alike.</param>
/// <param name="Cells">By row and column.</param>
public sealed record MatrixFigure(string Title, string RowTitle, string ColumnTitle, IReadOnlyList<string> Names, long[,] Cells) : Figure(Title);

/// <summary>Something drawn over the axes of a figure.</summary>
/// <param name="Name">In the legend; none where empty.</param>
/// <param name="Colour">Number of the colour, the same for things that belong together.</param>
public abstract record FigureLayer(string Name, int Colour)
{
    /// <summary>So many colours are told apart; higher numbers begin again.</summary>
    public const int Colours = 10;
}

/// <summary>A line through points.</summary>
public sealed record LineLayer(string Name, int Colour, double[] X, double[] Y) : FigureLayer(Name, Colour);

/// <summary>Points.</summary>
public sealed record PointLayer(string Name, int Colour, double[] X, double[] Y) : FigureLayer(Name, Colour);

/// <summary>Short words, each with its middle at a place; with plates they are set off from what they stand on.</summary>
public sealed record WordLayer(int Colour, double[] X, double[] Y, string[] Words, bool Plates = false) : FigureLayer("", Colour);

/// <summary>Bars from edge to edge, one fewer than there are edges; up or down from zero.</summary>
public sealed record BarLayer(string Name, int Colour, double[] Edges, double[] Heights) : FigureLayer(Name, Colour);

/// <summary>Filled rectangles, each with a short word where it has room.</summary>
public sealed record BoxLayer(int Colour, IReadOnlyList<WordBox> Boxes) : FigureLayer("", Colour);

/// <summary>A rectangle between values of both axes.</summary>
public readonly record struct WordBox(double Left, double Right, double Low, double High, string Word);

/// <summary>A colour at every place: of class number <c>Classes</c>, as strongly as <c>Strength</c> (0 to 1) says, row after row from the lowest y.</summary>
public sealed record FieldLayer(int Columns, int Rows, (double From, double To) X, (double From, double To) Y, int[] Classes,
    double[] Strength) : FigureLayer("", 0);

/// <summary>A small image.</summary>
/// <param name="Caption">Below it; none where empty.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Values">Row after row, channels last; NaN where there is nothing.</param>
/// <param name="Signed">Whether values are shown around zero, negative ones in another colour; else from the smallest to the largest.</param>
public sealed record Tile(string Caption, int Width, int Height, int Channels, float[] Values, bool Signed)
{
    /// <summary>The smallest and the largest value of the colours, where tiles are to be compared; else those of the tile itself.</summary>
    public (float Low, float High)? Range { get; init; }

    /// <summary>A wide and low one, such as the values of a vector.</summary>
    public bool IsStrip => Width >= 4 * Height;

    /// <summary>The smallest and the largest of some values.</summary>
    public static (float Low, float High) RangeOf(IEnumerable<float> values)
    {
        (float low, float high) = (float.PositiveInfinity, float.NegativeInfinity);
        foreach (float v in values.Where(float.IsFinite)) (low, high) = (Math.Min(low, v), Math.Max(high, v));
        return low <= high ? (low, high) : (0, 0);
    }
}
