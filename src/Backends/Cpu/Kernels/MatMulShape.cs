namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// C = op(A)·op(B) for a number of row-major matrices one after the other. A is M×K (K×M where transposed), B is K×N (N×K),
/// C is M×N. <see cref="StrideA"/> and <see cref="StrideB"/> are elements from one matrix to the next; 0 repeats the same matrix.
/// </summary>
internal readonly record struct MatMulShape(int M, int N, int K, bool TransposeA = false, bool TransposeB = false)
{
    /// <summary>Number of products.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Elements from one A to the next.</summary>
    public long StrideA { get; init; }

    /// <summary>Elements from one B to the next.</summary>
    public long StrideB { get; init; }

    /// <summary>Multiplications and additions in all.</summary>
    public double Flops => 2.0 * Batch * M * N * K;

    /// <summary>Step in A from row to row of op(A).</summary>
    public long RowStrideA => TransposeA ? 1 : K;

    /// <summary>Step in A from term to term.</summary>
    public long TermStrideA => TransposeA ? M : 1;

    /// <summary>The same product as one tall matrix where all products share B and the rows of A follow each other.</summary>
    public MatMulShape Normalize()
    {
        if (Batch == 1) return this with { StrideA = 0, StrideB = 0 };
        bool stacked = StrideB == 0 && !TransposeA && StrideA == (long)M * K && (long)Batch * M <= int.MaxValue;
        return stacked ? this with { M = Batch * M, Batch = 1, StrideA = 0 } : this;
    }
}
