namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// Everything a micro-kernel knows when it is emitted. For i &lt; Rows, j &lt; Columns it computes
/// <c>C[i·StrideC + j] (= or +=) Σ_{k1 &lt; K1} Σ_{k0 &lt; K0} A[row(i) + k1·A1 + k0·A0] · B[k1·B1 + k0·B0 + j]</c>,
/// in the order k1, k0, one fused multiply-add a term, where row(i) = (i / InnerRows)·OuterRowStride + (i mod InnerRows)·RowStride.
/// Strides are in elements.
/// </summary>
internal readonly record struct TileShape(int Rows, int Columns)
{
    /// <summary>Rows of A at stride <see cref="RowStride"/> before one step of <see cref="OuterRowStride"/>.</summary>
    public int InnerRows { get; init; } = int.MaxValue;

    /// <summary>Distance of neighbouring rows of A.</summary>
    public long RowStride { get; init; }

    /// <summary>Distance of neighbouring groups of <see cref="InnerRows"/> rows of A.</summary>
    public long OuterRowStride { get; init; }

    /// <summary>Length of the inner sum; at least 1.</summary>
    public int K0 { get; init; } = 1;

    /// <summary>Step in A of the inner sum.</summary>
    public long A0 { get; init; }

    /// <summary>Step in B of the inner sum.</summary>
    public long B0 { get; init; }

    /// <summary>Length of the outer sum; at least 1.</summary>
    public int K1 { get; init; } = 1;

    /// <summary>Step in A of the outer sum.</summary>
    public long A1 { get; init; }

    /// <summary>Step in B of the outer sum.</summary>
    public long B1 { get; init; }

    /// <summary>Distance of neighbouring rows of C.</summary>
    public long StrideC { get; init; }

    /// <summary>Whether the sums are added to C rather than stored.</summary>
    public bool Accumulate { get; init; }

    /// <summary>Offset of row <paramref name="i"/> in A.</summary>
    public long Row(int i) => i / InnerRows * OuterRowStride + i % InnerRows * RowStride;

    /// <summary>The same sums in fewer loops where the two run on without a gap.</summary>
    public TileShape Normalize()
    {
        if (K1 == 1) return this with { A1 = 0, B1 = 0 };
        if (K0 == 1) return this with { K0 = K1, A0 = A1, B0 = B1, K1 = 1, A1 = 0, B1 = 0 };
        if (A1 == K0 * A0 && B1 == K0 * B0) return this with { K0 = K0 * K1, K1 = 1, A1 = 0, B1 = 0 };
        return this;
    }
}
