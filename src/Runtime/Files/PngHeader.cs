namespace Nn.Files;

/// <summary>What the first chunk of a PNG file says.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Depth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="Colour">0 grey, 2 red-green-blue, 3 palette, 4 grey with alpha, 6 red-green-blue with alpha.</param>
/// <param name="Interlaced">Whether rows come in the seven passes of Adam7.</param>
internal readonly record struct PngHeader(int Width, int Height, int Depth, int Colour, bool Interlaced)
{
    /// <summary>Samples of a pixel as stored.</summary>
    public int Samples => Colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>Channels of the decoded image.</summary>
    public int Channels => Colour is 2 or 3 or 6 ? 3 : 1;

    /// <summary>Bytes of a row of so many pixels, without the byte that names its filter.</summary>
    public long RowBytes(int width) => ((long)width * Samples * Depth + 7) / 8;

    /// <summary>First column and row, and steps to the next, of each pass.</summary>
    public IEnumerable<(int X, int Y, int StepX, int StepY)> Passes => Interlaced
        ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        : [(0, 0, 1, 1)];

    /// <summary>Columns and rows of a pass; either may be none.</summary>
    public (int Width, int Height) Size((int X, int Y, int StepX, int StepY) pass) =>
        ((int)Math.Max(0, ((long)Width - pass.X + pass.StepX - 1) / pass.StepX), (int)Math.Max(0, ((long)Height - pass.Y + pass.StepY - 1) / pass.StepY));

    /// <summary>Bytes of all rows of all passes, filter bytes included.</summary>
    public long Bytes
    {
        get
        {
            long total = 0;
            foreach (var pass in Passes)
            {
                (int width, int height) = Size(pass);
                if (width > 0) total += height * (1 + RowBytes(width));
            }

            return total;
        }
    }

    /// <summary>Whether the standard knows this combination.</summary>
    public bool IsKnown => Colour switch
    {
        0 => Depth is 1 or 2 or 4 or 8 or 16,
        3 => Depth is 1 or 2 or 4 or 8,
        2 or 4 or 6 => Depth is 8 or 16,
        _ => false,
    };
}
