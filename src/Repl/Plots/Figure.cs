namespace Nn.Repl.Plots;

/// <summary>A picture of data with a title; drawn as SVG, as PNG or in the terminal.</summary>
/// <param name="Title">Above it.</param>
internal abstract record Figure(string Title);

/// <summary>Lines, points, bars and fields over two axes.</summary>
/// <param name="Title">Above it.</param>
/// <param name="X">Below it.</param>
/// <param name="Y">Left of it.</param>
/// <param name="Layers">Drawn one over the other, in this order.</param>
/// <param name="LogY">Whether y is on a logarithmic scale; values that are not positive are left out.</param>
internal sealed record AxesFigure(string Title, string X, string Y, IReadOnlyList<Layer> Layers, bool LogY = false) : Figure(Title)
{
    /// <summary>Names of the places 0.5, 1.5, 2.5 … on the x axis, in place of numbers.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];
}

/// <summary>Small images side by side.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Tiles">The images.</param>
internal sealed record TileFigure(string Title, IReadOnlyList<Tile> Tiles) : Figure(Title);

/// <summary>Groups of small images, one below the other, each with a heading of its own.</summary>
/// <param name="Title">Above all.</param>
/// <param name="Sections">The groups.</param>
internal sealed record SectionFigure(string Title, IReadOnlyList<TileFigure> Sections) : Figure(Title);

/// <summary>A matrix of numbers, each cell coloured by its share of its row.</summary>
/// <param name="Title">Above it.</param>
/// <param name="RowTitle">What the rows are.</param>
/// <param name="ColumnTitle">What the columns are.</param>
/// <param name="Names">Of rows and columns alike.</param>
/// <param name="Cells">By row and column.</param>
internal sealed record MatrixFigure(string Title, string RowTitle, string ColumnTitle, IReadOnlyList<string> Names, long[,] Cells) : Figure(Title);

/// <summary>Something drawn over the axes of a figure.</summary>
/// <param name="Name">In the legend; none where empty.</param>
/// <param name="Colour">Number of the colour, the same for things that belong together.</param>
internal abstract record Layer(string Name, int Colour);

/// <summary>A line through points.</summary>
internal sealed record LineLayer(string Name, int Colour, double[] X, double[] Y) : Layer(Name, Colour);

/// <summary>Points.</summary>
internal sealed record PointLayer(string Name, int Colour, double[] X, double[] Y) : Layer(Name, Colour);

/// <summary>Short words, each with its middle at a place; with plates they are set off from what they stand on.</summary>
internal sealed record WordLayer(int Colour, double[] X, double[] Y, string[] Words, bool Plates = false) : Layer("", Colour);

/// <summary>Bars from edge to edge, one fewer than there are edges; up or down from zero.</summary>
internal sealed record BarLayer(string Name, int Colour, double[] Edges, double[] Heights) : Layer(Name, Colour);

/// <summary>Filled rectangles, each with a short word where it has room.</summary>
internal sealed record BoxLayer(int Colour, IReadOnlyList<Box> Boxes) : Layer("", Colour);

/// <summary>A rectangle between values of both axes.</summary>
internal readonly record struct Box(double Left, double Right, double Low, double High, string Word);

/// <summary>A colour at every place: of class number <c>Classes</c>, as strongly as <c>Strength</c> (0 to 1) says, row after row from the lowest y.</summary>
internal sealed record FieldLayer(int Columns, int Rows, (double From, double To) X, (double From, double To) Y, int[] Classes, double[] Strength) : Layer("", 0);

/// <summary>A small image.</summary>
/// <param name="Caption">Below it; none where empty.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Values">Row after row, channels last; NaN where there is nothing.</param>
/// <param name="Signed">Whether values are shown around zero, negative ones in another colour; else from the smallest to the largest.</param>
internal sealed record Tile(string Caption, int Width, int Height, int Channels, float[] Values, bool Signed)
{
    /// <summary>The smallest and the largest value of the colours, where tiles are to be compared; else those of the tile itself.</summary>
    public (float Low, float High)? Range { get; init; }

    /// <summary>A wide and low one, such as the values of a vector.</summary>
    public bool IsStrip => Width >= 4 * Height;
}
