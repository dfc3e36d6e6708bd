namespace Nn.Backends.Cpu.Kernels;

/// <summary>Chooses how a matrix product is computed.</summary>
internal static class MatMul
{
    /// <summary>Work below which a second worker costs more than it saves.</summary>
    private const double SharedFlops = 60_000;

    /// <summary>Largest op(B), in elements, that tiles read again and again from the second-level cache.</summary>
    private const long CachedB = 160 * 1024;

    /// <summary>Largest op(B), in elements, that is packed as a whole.</summary>
    private const long PackedB = 512 * 1024;

    /// <summary>Row tiles from which packing B pays.</summary>
    private const int PackedReuse = 6;

    /// <summary>Plans a product for up to <paramref name="workers"/> workers and vectors of <paramref name="lanes"/> floats.</summary>
    /// <exception cref="ArgumentException">An extent is negative.</exception>
    public static CpuKernel Create(MatMulShape shape, int workers = 1, int lanes = 0)
    {
        if (shape.M < 0 || shape.N < 0 || shape.K < 0 || shape.Batch < 0)
            throw new ArgumentException($"matmul: negative extent in {shape}", nameof(shape));
        if (lanes == 0) lanes = Simd.Lanes;
        shape = shape.Normalize();
        if (shape.Flops == 0) return new ClearKernel((long)shape.Batch * shape.M, shape.N);
        if (shape.Flops < SharedFlops) workers = 1;
        long elementsB = (long)shape.K * shape.N;
        bool worthPacking = shape.Batch == 1 && elementsB > CachedB && shape.M >= PackedReuse * MicroKernel.MaxRows(2, lanes);
        if (worthPacking && elementsB > PackedB) return new BlockedMatMul(shape, workers, lanes);
        return new DirectMatMul(shape, workers, lanes, packB: shape.TransposeB || worthPacking);
    }
}
