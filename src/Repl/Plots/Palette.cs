using Nn.Networks.Figures;

namespace Nn.Repl.Plots;

/// <summary>The colours of figures: told apart by most who see colours differently, and legible on white and on black.</summary>
internal static class Palette
{
    /// <summary>Nothing.</summary>
    public static readonly Rgb White = new(255, 255, 255);

    /// <summary>Text and axes on white.</summary>
    public static readonly Rgb Ink = new(51, 51, 51);

    /// <summary>Lines of the grid.</summary>
    public static readonly Rgb Grid = new(222, 222, 222);

    /// <summary>Between the parts of an image, where there is nothing to show.</summary>
    public static readonly Rgb Gap = new(128, 128, 128);

    // Blue, orange, green, red-purple, sky, yellow-brown, grey, violet, red-brown, teal: of middle brightness all.
    private static readonly Rgb[] Series =
    [
        new(31, 119, 180), new(230, 119, 0), new(0, 146, 104), new(200, 82, 142), new(70, 165, 220), new(166, 134, 0), new(120, 120, 120), new(116, 92, 188),
        new(158, 74, 60), new(48, 180, 180),
    ];

    private static readonly Rgb Negative = new(33, 102, 172), Positive = new(178, 24, 43), Zero = new(247, 247, 247);

    /// <summary>The colour of a series or class.</summary>
    public static Rgb Of(int number) => Series[number % Series.Length];

    /// <summary>From −1 (blue) over 0 (white) to 1 (red).</summary>
    public static Rgb Diverging(double v) => v < 0 ? Zero.To(Negative, -v) : Zero.To(Positive, v);

    /// <summary>From 0 (black) to 1 (white).</summary>
    public static Rgb Grey(double v)
    {
        byte b = (byte)Math.Round(255 * Math.Clamp(v, 0, 1));
        return new Rgb(b, b, b);
    }

    /// <summary>The pixels of a tile.</summary>
    public static Rgb[] Pixels(Tile tile)
    {
        (float low, float high) = tile.Range ?? Tile.RangeOf(tile.Values);
        double most = Math.Max(Math.Abs(low), Math.Abs(high)), range = high - low;
        double Share(float v) => range < 1e-12 ? 0.5 : (v - low) / range;
        var pixels = new Rgb[tile.Width * tile.Height];
        for (int i = 0; i < pixels.Length; i++)
        {
            float v = tile.Values[i * tile.Channels];
            if (float.IsNaN(v)) pixels[i] = Gap;
            else if (tile.Channels == 3) pixels[i] = new Rgb(Byte(3 * i), Byte(3 * i + 1), Byte(3 * i + 2));
            else pixels[i] = tile.Signed ? Diverging(most == 0 ? 0 : v / most) : Grey(Share(v));
        }

        return pixels;
        byte Byte(int i) => (byte)Math.Round(255 * Math.Clamp(Share(tile.Values[i]), 0, 1));
    }
}
