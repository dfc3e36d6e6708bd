namespace Nn.Backends.Gpu;

/// <summary>
/// A tile of a product: a group computes <see cref="M"/>×<see cref="N"/> elements, taking in <see cref="K"/> terms at a time; an invocation
/// <see cref="ThreadM"/>×<see cref="ThreadN"/> of them.
/// </summary>
/// <param name="M">Rows.</param>
/// <param name="N">Columns.</param>
/// <param name="K">Terms in shared memory.</param>
/// <param name="ThreadM">Rows of an invocation.</param>
/// <param name="ThreadN">Columns of an invocation.</param>
/// <param name="Efficiency">Share of a unit's multiply-adds that such tiles reach, to choose between them.</param>
internal sealed record TileShape(int M, int N, int K, int ThreadM, int ThreadN, double Efficiency)
{
    /// <summary>From the largest to the smallest; some for results of few columns.</summary>
    public static IReadOnlyList<TileShape> All { get; } =
    [
        new(128, 128, 16, 8, 8, 0.85),
        new(128, 128, 8, 8, 8, 0.8),
        new(128, 64, 16, 8, 4, 0.65),
        new(64, 64, 16, 8, 4, 0.6),
        new(128, 32, 16, 8, 4, 0.5),
        new(32, 32, 16, 4, 4, 0.35),
        new(64, 16, 16, 4, 4, 0.35),
    ];

    /// <summary>Invocations of a group.</summary>
    public int Threads => M / ThreadM * (N / ThreadN);

    /// <summary>Bytes of shared memory: two tiles of both sides, padded as in <c>kernels/tile_sizes.inc</c>.</summary>
    public int SharedBytes => 2 * K * (M + 4 + N + 4) * sizeof(float);

    /// <summary>Whether a device can run it.</summary>
    public bool Fits(GpuLimits limits) => Threads <= limits.MaxGroupSize && SharedBytes <= limits.SharedBytes;

    /// <summary>The specialization constants of <c>kernels/tiles.inc</c>.</summary>
    public KernelSetting[] Settings => [new("TILE_M", M), new("TILE_N", N), new("TILE_K", K), new("THREAD_M", ThreadM), new("THREAD_N", ThreadN)];
}
