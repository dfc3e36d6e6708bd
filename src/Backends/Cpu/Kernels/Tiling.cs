namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// How a matrix of results is cut into register tiles: row tiles that differ by at most one row, column panels of whole
/// vectors, the last one narrower.
/// </summary>
internal sealed class Tiling
{
    /// <summary>Cycles that a tile costs besides its multiply-adds: the call, clearing and storing.</summary>
    private const double TileOverhead = 20;

    private Tiling(int rows, int columns, int rowTiles, int vectors, int lanes)
    {
        (Rows, Columns, RowTiles) = (rows, columns, rowTiles);
        PanelColumns = vectors * lanes;
        Panels = (columns + PanelColumns - 1) / PanelColumns;
        TallTiles = rows % rowTiles;
        ShortRows = rows / rowTiles;
    }

    /// <summary>Rows of the matrix.</summary>
    public int Rows { get; }

    /// <summary>Columns of the matrix.</summary>
    public int Columns { get; }

    /// <summary>Number of row tiles.</summary>
    public int RowTiles { get; }

    /// <summary>Number of column panels.</summary>
    public int Panels { get; }

    /// <summary>Columns of every panel but the last, a multiple of the vector width.</summary>
    public int PanelColumns { get; }

    /// <summary>Columns of the last panel.</summary>
    public int LastColumns => Columns - (Panels - 1) * PanelColumns;

    /// <summary>Rows of the later tiles; the first <see cref="TallTiles"/> have one more.</summary>
    public int ShortRows { get; }

    /// <summary>Number of tiles with one row more.</summary>
    public int TallTiles { get; }

    /// <summary>First row of a tile; that of tile <see cref="RowTiles"/> is <see cref="Rows"/>.</summary>
    public int RowOf(int tile) => tile * ShortRows + Math.Min(tile, TallTiles);

    /// <summary>Whether a tile has one row more than <see cref="ShortRows"/>.</summary>
    public bool IsTall(int tile) => tile < TallTiles;

    /// <summary>Columns of a panel.</summary>
    public int ColumnsOf(int panel) => panel == Panels - 1 ? LastColumns : PanelColumns;

    /// <summary>
    /// The tiling with the least estimated time for sums of <paramref name="terms"/> terms, where the tiles of
    /// <paramref name="batch"/> such matrices are divided among <paramref name="workers"/>.
    /// </summary>
    public static Tiling Choose(int rows, int columns, long terms, int lanes, int workers = 1, long batch = 1)
    {
        Tiling? best = null;
        double least = double.MaxValue;
        int all = (columns + lanes - 1) / lanes;
        for (int vectors = 1; vectors <= Math.Min(4, all); vectors++)
        {
            int most = MicroKernel.MaxRows(vectors, lanes);
            if (most < 1) continue;
            int fewest = (rows + most - 1) / most;
            for (int tiles = fewest; tiles <= Math.Min(rows, fewest + workers); tiles++)
            {
                var tiling = new Tiling(rows, columns, tiles, vectors, lanes);
                double cost = tiling.Cycles(terms, lanes, workers, batch);
                if (cost < least) (best, least) = (tiling, cost);
            }
        }
        return best!;
    }

    private double Cycles(long terms, int lanes, int workers, long batch)
    {
        int height = ShortRows + (TallTiles > 0 ? 1 : 0);
        int lastVectors = (LastColumns + lanes - 1) / lanes;
        double row = (Panels - 1) * TileCycles(height, PanelColumns / lanes, terms) + TileCycles(height, lastVectors, terms);
        double tiles = (double)RowTiles * Panels * batch;
        // The busiest worker counts: tiles are not divided.
        return row / Panels * Math.Ceiling(tiles / workers);
    }

    /// <summary>Two multiply-adds and two loads a cycle; a multiply-add takes four.</summary>
    public static double TileCycles(int rows, int vectors, long terms)
    {
        double multiply = rows * vectors / 2.0, load = (rows + vectors) / 2.0;
        return terms * Math.Max(4, Math.Max(multiply, load)) + TileOverhead + 1.5 * rows * vectors;
    }
}
