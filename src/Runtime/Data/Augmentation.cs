using System.Globalization;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// How the training part's inputs are varied, anew in every step; other parts stay as they are. Images are moved by one affine map each: mirrored, scaled
/// and rotated round their centre, then shifted; so are maps of targets of the image's size.
/// </summary>
public sealed record Augmentation
{
    /// <summary>Largest shift along each axis: pixels, or below 1 a share of the image's side. Whole numbers of pixels are shifted by whole pixels.</summary>
    public double Shift { get; init; }

    /// <summary>Largest angle in degrees, to either side.</summary>
    public double Rotate { get; init; }

    /// <summary>Images become larger or smaller by up to this share, below 1.</summary>
    public double Scale { get; init; }

    /// <summary>Every other image has left and right exchanged.</summary>
    public bool FlipHorizontal { get; init; }

    /// <summary>Every other image has top and bottom exchanged.</summary>
    public bool FlipVertical { get; init; }

    /// <summary>Standard deviation of the normal noise on each element, on the scale that the model sees.</summary>
    public double Noise { get; init; }

    /// <summary>Each sample is mixed with another one, in shares of Beta(a, a), where this is a; 0: not.</summary>
    public double Mixup { get; init; }

    /// <summary>A box of each image comes from another one, of a share of the image of Beta(a, a), where this is a; 0: not.</summary>
    public double Cutmix { get; init; }

    /// <summary>Whether samples of a batch are mixed with each other.</summary>
    public bool Mixes => Mixup > 0 || Cutmix > 0;

    /// <summary>Whether pixels move; that takes images.</summary>
    public bool Moves => Shift > 0 || Rotate > 0 || Scale > 0 || FlipHorizontal || FlipVertical;

    /// <summary>Whether inputs of this shape are varied: where pixels move, images alone are.</summary>
    public bool Varies(Shape input) => !Moves || input.Rank == 3;

    /// <summary>Whether a target of this shape stays as it is when its image moves: a class, or a row of numbers, is about the image as a whole.</summary>
    public static bool KeepsTarget(Shape target) => target.Rank <= 1;

    /// <summary>Whether a target of this shape is a map of an image of that shape, and moves with it: a value, or a row of values, for each pixel.</summary>
    public static bool MovesTarget(Shape image, Shape target) => target.Rank is 2 or 3 && target[0] == image[0] && target[1] == image[1];

    /// <inheritdoc/>
    public override string ToString()
    {
        static string? Number(string name, double v) => v > 0 ? $"{name}: {v.ToString("R", CultureInfo.InvariantCulture)}" : null;
        string? flip = (FlipHorizontal, FlipVertical) switch
        {
            (true, true) => "flip: both",
            (true, false) => "flip",
            (false, true) => "flip: vertical",
            _ => null,
        };
        return string.Join(
            ", ", new[] { Number("shift", Shift), Number("rotate", Rotate), Number("scale", Scale), flip, Number("noise", Noise), Number("mixup", Mixup),
                Number("cutmix", Cutmix) }.OfType<string>());
    }
}
