using Nn.Networks.Figures;

namespace Nn.Repl.Plots;

/// <summary>A figure that knows itself how it is drawn; it has no form for a terminal.</summary>
internal abstract record DrawnFigure(string Title) : Figure(Title)
{
    /// <summary>Pixels.</summary>
    public abstract (int Width, int Height) Size { get; }

    /// <summary>Draws it, but for its title.</summary>
    public abstract void Draw(ICanvas canvas);
}
