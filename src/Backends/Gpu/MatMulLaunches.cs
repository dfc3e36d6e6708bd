using Nn.Graphs;
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
        ProductShape shape = Shape(step);
        if (shape.Elements == 0) return [];
        ProductVariant variant = ProductVariant.Choose(Pass(step), shape, limits);
        return variant.Tile is { } tile ? Tiled(step, tile, variant.Parts, limits, scratch) : [Plain(step, variant.DotGroup, limits)];
    }

    /// <summary>What is computed, as <see cref="ProductChoices"/> calls it.</summary>
    public static string Pass(MatMulStep s) => $"matmul {(s.TransposeA ? 't' : 'n')}{(s.TransposeB ? 't' : 'n')}";

    /// <summary>The size of the product.</summary>
    public static ProductShape Shape(MatMulStep s) => new(s.Batch, s.M, s.N, s.K);

    private static Launch Plain(MatMulStep s, int dotGroup, GpuLimits limits)
    {
        int count = checked((int)s.C.Shape.Count);
        (int rowA, int depthA) = s.TransposeA ? (1, s.M) : (s.K, 1);
        (int depthB, int columnB) = s.TransposeB ? (1, s.K) : (s.N, 1);
        int[] constants = [count, s.M, s.K, checked((int)s.StrideA), rowA, depthA, checked((int)s.StrideB), depthB, columnB, s.N];
        return dotGroup > 0
            ? TunedKernel.Of("matmul_dot", dotGroup, s_buffers).Launch(s, LaunchGrid.Of(count, limits), Buffers(s), constants)
            : TunedKernel.Of("matmul_small", LaunchGrid.GroupSize(limits), s_buffers).Launch(s, LaunchGrid.OfElements(count, limits), Buffers(s), constants);
    }

    private static IEnumerable<Launch> Tiled(MatMulStep s, TileShape tile, int parts, GpuLimits limits, Arena scratch)
    {
        KernelSetting[] settings =
        [
            .. tile.Settings, new("TRANSPOSE_A", s.TransposeA ? 1 : 0), new("TRANSPOSE_B", s.TransposeB ? 1 : 0),
            new("VECTOR_A", Vectors(s.A, s.StrideA, s.TransposeA ? s.M : s.K)), new("VECTOR_B", Vectors(s.B, s.StrideB, s.TransposeB ? s.K : s.N)),
        ];
        var kernel = TunedKernel.Of("matmul", tile.Threads, s_buffers, settings);
        long tiles = (long)((s.M + tile.M - 1) / tile.M) * ((s.N + tile.N - 1) / tile.N);
        BufferRange target = parts == 1 ? BufferRange.Of(s.C) : PartialSums.Reserve(scratch, s.C, parts);
        int partDepth = ProductVariant.PartDepth(tile, parts, s.K), chunk = parts == 1 ? Math.Min(s.Batch, limits.MaxGroups) : s.Batch;
        for (int first = 0; first < s.Batch; first += chunk)
        {
            int layers = Math.Min(chunk, s.Batch - first) * parts;
            yield return kernel.Launch(
                s, LaunchGrid.Of(tiles, limits, layers), [BufferRange.Of(s.A), BufferRange.Of(s.B), target],
                s.M, s.N, s.K, checked((int)s.StrideA), checked((int)s.StrideB), s.Batch, first, partDepth, s.N);
        }

        if (parts > 1) yield return PartialSums.Add(s, target, s.C, parts, s.N, limits);
    }

    // Whether every four neighbours from a multiple of four on are aligned and inside the matrix.
    private static int Vectors(Slot slot, long stride, int contiguous) => slot.Offset % 16 == 0 && stride % 4 == 0 && contiguous % 4 == 0 ? 1 : 0;

    private static BufferRange[] Buffers(MatMulStep s) => [BufferRange.Of(s.A), BufferRange.Of(s.B), BufferRange.Of(s.C)];
}
