namespace Nn.Backends.Cpu.Kernels;

/// <summary>One call of a micro-kernel: offsets in elements from the three operands.</summary>
internal readonly record struct TileCall(TileKernel Kernel, long A, long B, long C);

/// <summary>
/// Cuts rows that come in bands into tiles: rows of one band lie at one stride, bands at another, as do the pixels and rows
/// of an image. A tile is a part of one band, or several whole bands.
/// </summary>
internal readonly record struct BandTiling(int Bands, int Length, int Columns)
{
    /// <summary>Vectors of a panel.</summary>
    public int Vectors { get; private init; }

    /// <summary>Tiles that one band is cut into; 1 where a tile holds whole bands.</summary>
    public int Parts { get; private init; }

    /// <summary>Groups of whole bands; <see cref="Bands"/> where a tile holds no more than one.</summary>
    public int BandGroups { get; private init; }

    /// <summary>Estimated cycles.</summary>
    public double Cost { get; private init; }

    /// <summary>The tiling with the least estimated time for sums of <paramref name="terms"/> terms; tiles hold several bands only
    /// where these are <paramref name="joinable"/>.</summary>
    public static BandTiling Choose(int bands, int length, int columns, long terms, int lanes, bool joinable = true)
    {
        var best = new BandTiling(bands, length, columns);
        double least = double.MaxValue;
        int all = (columns + lanes - 1) / lanes;
        for (int vectors = 1; vectors <= Math.Min(4, all); vectors++)
        {
            int most = MicroKernel.MaxRows(vectors, lanes);
            if (most < 1) continue;
            int parts = (length + most - 1) / most;
            int together = parts > 1 || !joinable ? 1 : most / length;
            int groups = (bands + together - 1) / together;
            int rows = parts > 1 ? (length + parts - 1) / parts : (bands + groups - 1) / groups * length;
            double row = all / vectors * Tiling.TileCycles(rows, vectors, terms);
            if (all % vectors != 0) row += Tiling.TileCycles(rows, all % vectors, terms);
            double cost = row * parts * groups;
            if (cost < least)
                (best, least) = (best with { Vectors = vectors, Parts = parts, BandGroups = groups, Cost = cost }, cost);
        }
        return best;
    }

    /// <summary>
    /// Adds the calls for all tiles, panel by panel. <paramref name="shape"/> has all but rows and columns set;
    /// <paramref name="a"/>, <paramref name="b"/>, <paramref name="c"/> are offsets of the first tile,
    /// <paramref name="bandC"/> is the distance of bands in C.
    /// </summary>
    public void AddCalls(List<TileCall> calls, TileShape shape, int lanes, long a, long b, long c, long bandC)
    {
        int panel = Vectors * lanes;
        for (int column = 0; column < Columns; column += panel)
            for (int group = 0; group < BandGroups; group++)
            {
                int band = (int)((long)Bands * group / BandGroups), bands = (int)((long)Bands * (group + 1) / BandGroups) - band;
                for (int part = 0; part < Parts; part++)
                {
                    int first = (int)((long)Length * part / Parts), after = (int)((long)Length * (part + 1) / Parts);
                    TileShape tile = shape with { Rows = bands * (after - first), Columns = Math.Min(panel, Columns - column), InnerRows = after - first };
                    calls.Add(new TileCall(
                        MicroKernel.Get(tile, lanes),
                        a + band * shape.OuterRowStride + first * shape.RowStride,
                        b + column,
                        c + band * bandC + first * shape.StrideC + column));
                }
            }
    }
}
