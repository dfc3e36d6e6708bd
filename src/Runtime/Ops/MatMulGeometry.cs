namespace Nn.Ops;

/// <summary>
/// C = op(A)·op(B) for <paramref name="Batch"/> matrices: A is M×K (K×M where transposed), B is K×N (N×K), C is M×N, all row-major and one after the other; a
/// batch stride of 0 repeats the same matrix.
/// </summary>
/// <param name="Batch">Number of matrices.</param>
/// <param name="M">Rows of C.</param>
/// <param name="N">Columns of C.</param>
/// <param name="K">Terms of each sum.</param>
/// <param name="TransposeA">A is stored K×M.</param>
/// <param name="TransposeB">B is stored N×K.</param>
/// <param name="StrideA">Elements from one A to the next.</param>
/// <param name="StrideB">Elements from one B to the next.</param>
public sealed record MatMulGeometry(int Batch, int M, int N, int K, bool TransposeA, bool TransposeB, long StrideA, long StrideB) : KernelGeometry;
