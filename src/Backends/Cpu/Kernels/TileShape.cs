namespace Nn.Backends.Cpu.Kernels;

/// <summary>
/// Everything a micro-kernel knows when it is emitted. For i &lt; Rows, j &lt; Columns it computes
/// <c>C[i·StrideC + j] (= or +=) Σ_{k2 &lt; K2} Σ_{k1 &lt; K1} Σ_{k0 &lt; K0} A[row(i) + k2·A2 + k1·A1 + k0·A0] · B[k2·B2 + k1·B1 + k0·B0 + j]</c>,
/// k0 running fastest, one fused multiply-add a term, where row(i) = (i / InnerRows)·OuterRowStride + (i mod InnerRows)·RowStride.
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

    /// <summary>Length of the middle sum; at least 1.</summary>
    public int K1 { get; init; } = 1;

    /// <summary>Step in A of the middle sum.</summary>
    public long A1 { get; init; }

    /// <summary>Step in B of the middle sum.</summary>
    public long B1 { get; init; }

    /// <summary>Length of the outer sum; at least 1.</summary>
    public int K2 { get; init; } = 1;

    /// <summary>Step in A of the outer sum.</summary>
    public long A2 { get; init; }

    /// <summary>Step in B of the outer sum.</summary>
    public long B2 { get; init; }

    /// <summary>Number of terms of a sum.</summary>
    public long Terms => (long)K0 * K1 * K2;

    /// <summary>Distance of neighbouring rows of C.</summary>
    public long StrideC { get; init; }

    /// <summary>Whether the sums are added to C rather than stored.</summary>
    public bool Accumulate { get; init; }

    /// <summary>Offset of row <paramref name="i"/> in A.</summary>
    public long Row(int i) => i / InnerRows * OuterRowStride + i % InnerRows * RowStride;

    /// <summary>The same sums in fewer loops where one runs on from the other without a gap; unused strides are 0.</summary>
    public TileShape Normalize()
    {
        TileShape s = this;
        if (s.K1 == 1 || s.K0 == 1 || s.A1 == s.K0 * s.A0 && s.B1 == s.K0 * s.B0)
            s = (s.K0 == 1 ? s with { A0 = A1, B0 = B1 } : s) with { K0 = s.K0 * s.K1, K1 = s.K2, A1 = s.A2, B1 = s.B2, K2 = 1, A2 = 0, B2 = 0 };
        else if (s.K2 == 1 || s.A2 == s.K1 * s.A1 && s.B2 == s.K1 * s.B1)
            s = s with { K1 = s.K1 * s.K2, K2 = 1, A2 = 0, B2 = 0 };
        if (s != this) return s.Normalize();
        return s with { InnerRows = Math.Min(s.InnerRows, s.Rows), OuterRowStride = s.InnerRows < s.Rows ? s.OuterRowStride : 0 };
    }
}
