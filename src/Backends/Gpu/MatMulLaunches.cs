using Nn.Graphs;
using Nn.Ops;
using Nn.Planning;

namespace Nn.Backends.Gpu;

/// <summary>Launches of matrix products, without their epilogues.</summary>
internal static class MatMulLaunches
{
    private static readonly DType[] s_buffers = [DType.F32, DType.F32, DType.F32];

    /// <summary>The product in the variant that suits its shape.</summary>
    public static IEnumerable<Launch> Of(MatMulStep step, GpuLimits limits, Arena scratch)
    {
        LaunchGrid.CheckAddressable(step.A, step.B, step.C);
        ProductShape shape = Shape(step.Geometry);
        if (shape.Elements == 0) return [];
        ProductVariant variant = ProductVariant.Choose(Pass(step.Geometry), shape, limits);
        return variant.Tile is { } tile ? Tiled(step, tile, variant.Parts, limits, scratch) : [Plain(step, variant.DotGroup, limits)];
    }

    /// <summary>What is computed, as <see cref="ProductChoices"/> calls it.</summary>
    public static string Pass(MatMulGeometry g) => $"matmul {(g.TransposeA ? 't' : 'n')}{(g.TransposeB ? 't' : 'n')}";

    /// <summary>The size of the product.</summary>
    public static ProductShape Shape(MatMulGeometry g) => new(g.Batch, g.M, g.N, g.K);

    private static Launch Plain(MatMulStep s, int dotGroup, GpuLimits limits)
    {
        MatMulGeometry g = s.Geometry;
        int count = checked((int)s.C.Shape.Count);
        (int rowA, int depthA) = g.TransposeA ? (1, g.M) : (g.K, 1);
        (int depthB, int columnB) = g.TransposeB ? (1, g.K) : (g.N, 1);
        int[] constants = [count, g.M, g.K, checked((int)g.StrideA), rowA, depthA, checked((int)g.StrideB), depthB, columnB, g.N];
        return dotGroup > 0
            ? TunedKernel.Of("matmul_dot", dotGroup, s_buffers).Launch(s, LaunchGrid.Of(count, limits), Buffers(s), constants)
            : TunedKernel.Of("matmul_small", LaunchGrid.GroupSize(limits), s_buffers).Launch(s, LaunchGrid.OfElements(count, limits), Buffers(s), constants);
    }

    private static IEnumerable<Launch> Tiled(MatMulStep s, TileShape tile, int parts, GpuLimits limits, Arena scratch)
    {
        MatMulGeometry g = s.Geometry;
        KernelSetting[] settings =
        [
            .. tile.Settings, new("TRANSPOSE_A", g.TransposeA ? 1 : 0), new("TRANSPOSE_B", g.TransposeB ? 1 : 0),
            new("VECTOR_A", Vectors(s.A, g.StrideA, g.TransposeA ? g.M : g.K)), new("VECTOR_B", Vectors(s.B, g.StrideB, g.TransposeB ? g.K : g.N)),
        ];
        var kernel = TunedKernel.Of("matmul", tile.Threads, s_buffers, settings);
        long tiles = (long)((g.M + tile.M - 1) / tile.M) * ((g.N + tile.N - 1) / tile.N);
        BufferRange target = parts == 1 ? BufferRange.Of(s.C) : PartialSums.Reserve(scratch, s.C, parts);
        int partDepth = ProductVariant.PartDepth(tile, parts, g.K), chunk = parts == 1 ? Math.Min(g.Batch, limits.MaxGroups) : g.Batch;
        for (int first = 0; first < g.Batch; first += chunk)
        {
            int layers = Math.Min(chunk, g.Batch - first) * parts;
            yield return kernel.Launch(
                s, LaunchGrid.Of(tiles, limits, layers), [BufferRange.Of(s.A), BufferRange.Of(s.B), target],
                g.M, g.N, g.K, checked((int)g.StrideA), checked((int)g.StrideB), g.Batch, first, partDepth, g.N);
        }

        if (parts > 1) yield return PartialSums.Add(s, target, s.C, parts, g.N, limits);
    }

    // Whether every four neighbours from a multiple of four on are aligned and inside the matrix.
    private static int Vectors(Slot slot, long stride, int contiguous) => slot.Offset % 16 == 0 && stride % 4 == 0 && contiguous % 4 == 0 ? 1 : 0;

    private static BufferRange[] Buffers(MatMulStep s) => [BufferRange.Of(s.A), BufferRange.Of(s.B), BufferRange.Of(s.C)];
}
