namespace Nn.Backends.Gpu;

/// <summary>A product of matrices, however its operands are stored.</summary>
/// <param name="Layers">Number of products of that size.</param>
/// <param name="Rows">Rows of each result.</param>
/// <param name="Columns">Columns of each result.</param>
/// <param name="Depth">Terms of each sum.</param>
internal readonly record struct ProductShape(int Layers, int Rows, int Columns, int Depth)
{
    /// <summary>Elements of all results.</summary>
    public long Elements => (long)Layers * Rows * Columns;
}

/// <summary>
/// How a product is computed: by tiles, with the depth in one or several parts; by groups that sum one element (dot); or by invocations that
/// sum one element (small).
/// </summary>
/// <param name="Tile">The tile, or null.</param>
/// <param name="Parts">Parts of the depth, added up in the end.</param>
/// <param name="DotGroup">Invocations that sum one element, or 0.</param>
internal readonly record struct ProductVariant(TileShape? Tile, int Parts = 1, int DotGroup = 0)
{
    // A model of a unit of 128 multiply-adds a cycle; good enough to rank variants, not to predict times.
    private const double Lanes = 128;
    private const double TileLatency = 700;
    private const double LoadLatency = 40;
    private const double LaunchCycles = 3000;
    private const double BytesPerCycle = 14;
    private const int UnknownUnits = 48;
    private const int MaxParts = 256;

    // Parts are not worth more memory than every device has to spare.
    private const long MaxPartBytes = 64 << 20;

    /// <summary>Terms of a part: whole tiles.</summary>
    public static int PartDepth(TileShape tile, int parts, int depth) =>
        parts == 1 ? depth : ((depth + parts - 1) / parts + tile.K - 1) / tile.K * tile.K;

    /// <summary>
    /// The variant that was found to be the fastest on the device, else that of least estimated time: a function of the shape, the limits and the
    /// device's cache alone, so that sums repeat bit for bit.
    /// </summary>
    /// <param name="pass">What is computed, with how its operands are stored.</param>
    /// <param name="shape">The product.</param>
    /// <param name="limits">The device.</param>
    /// <param name="addressing">What finding an operand's element costs, where 1 is a plain matrix.</param>
    public static ProductVariant Choose(string pass, ProductShape shape, GpuLimits limits, int addressing = 1) =>
        limits.Choices?.Find(pass, shape) is { } found && found.Tile?.Fits(limits) != false && found.DotGroup <= limits.MaxGroupSize
            ? found
            : Ranked(shape, limits, addressing).First().Variant;

    /// <summary>Variants that the device can run with their estimated cycles, the fastest first.</summary>
    public static IEnumerable<(ProductVariant Variant, double Cycles)> Ranked(ProductShape shape, GpuLimits limits, int addressing) =>
        All(shape, limits, addressing).OrderBy(v => v.Cycles);

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() =>
        Tile is { } t ? $"tile {t.M}x{t.N}x{t.K} in {Parts}" : DotGroup > 0 ? $"dot {DotGroup}" : "small";

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out ProductVariant variant)
    {
        variant = new(null);
        string[] words = text.Split(' ');
        if (words is ["small"]) return true;
        if (words is ["dot", var group] && int.TryParse(group, out int size))
        {
            variant = new(null, DotGroup: size);
            return size > 0 && int.IsPow2(size);
        }

        if (words is not ["tile", var name, "in", var count] || !int.TryParse(count, out int parts)) return false;
        TileShape? tile = TileShape.All.FirstOrDefault(t => $"{t.M}x{t.N}x{t.K}" == name);
        variant = new(tile, parts);
        return tile is not null && parts is >= 1 and <= MaxParts;
    }

    private static bool MayDivide(ProductShape shape, TileShape tile, int parts) =>
        parts <= MaxParts && shape.Depth / parts >= 4 * tile.K && shape.Elements * sizeof(float) * parts <= MaxPartBytes;

    private static IEnumerable<(ProductVariant Variant, double Cycles)> All(ProductShape shape, GpuLimits limits, int addressing)
    {
        int units = limits.ComputeUnits > 0 ? limits.ComputeUnits : UnknownUnits;
        double perElement = Math.Ceiling((double)shape.Elements / units), latency = LoadLatency * addressing, cost = 8 * addressing / Lanes;
        yield return (new(null), Math.Max(shape.Depth * latency, perElement * shape.Depth * cost));
        int group = Math.Min(128, limits.MaxGroupSize);
        if (int.IsPow2(group))
            yield return (new(null, DotGroup: group), Math.Max(shape.Depth / (double)group * latency + 500, perElement * (shape.Depth * cost + 60)));
        foreach (TileShape tile in TileShape.All.Where(t => t.Fits(limits)))
        {
            long tiles = (long)shape.Layers * ((shape.Rows + tile.M - 1) / tile.M) * ((shape.Columns + tile.N - 1) / tile.N);
            int resident = Math.Max(1, 512 / tile.Threads);
            for (int parts = 1; parts == 1 || MayDivide(shape, tile, parts); parts *= 2)
            {
                int depth = PartDepth(tile, parts, shape.Depth), actual = parts == 1 ? 1 : (shape.Depth + depth - 1) / depth;
                double perUnit = Math.Ceiling(tiles * actual / (double)units), waves = Math.Ceiling(perUnit / resident);
                double arithmetic = perUnit * tile.M * tile.N * depth / (Lanes * tile.Efficiency);
                double cycles = Math.Max(arithmetic, waves * TileLatency * (1 + depth / (double)tile.K));
                if (actual > 1) cycles += LaunchCycles + shape.Elements * sizeof(float) * 2.0 * actual / (BytesPerCycle * units);
                yield return (new(tile, actual), cycles);
            }
        }
    }
}
