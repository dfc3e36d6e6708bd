using Nn.Networks.Figures;

namespace Nn.Repl.Diagrams;

/// <summary>What a box of a diagram is.</summary>
internal enum BoxKind
{
    /// <summary>Something that computes.</summary>
    Layer,

    /// <summary>Where values come from: inputs, targets, noise, constants.</summary>
    Source,

    /// <summary>Where they end: losses, stored values.</summary>
    Result,
}

/// <summary>A box.</summary>
/// <param name="Lines">What is written in it, the first line first.</param>
/// <param name="Kind">How it looks.</param>
/// <param name="Colour">Number of the colour: the same for what belongs together.</param>
internal sealed record DiagramBox(IReadOnlyList<string> Lines, BoxKind Kind, int Colour);

/// <summary>Boxes and arrows between them; arrows go from earlier boxes to later ones.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Boxes">The boxes.</param>
/// <param name="Arrows">From one box to another, by their numbers.</param>
internal sealed record Diagram(string Title, IReadOnlyList<DiagramBox> Boxes, IReadOnlyList<(int From, int To)> Arrows)
{
    /// <summary>The forms in which diagrams are written, by name.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["mermaid", "dot", "svg", "png"];
}
