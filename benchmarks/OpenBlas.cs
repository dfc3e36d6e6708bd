using System.Runtime.InteropServices;

namespace Nn.Benchmarks;

/// <summary>OpenBLAS as installed on the machine, the peer of our matrix products; absent on many machines.</summary>
internal static unsafe partial class OpenBlas
{
    private const string Library = "libopenblas.so.0";
    private const int RowMajor = 101;
    private const int AsStored = 111;
    private const int Transposed = 112;

    /// <summary>Whether the library can be loaded.</summary>
    public static bool Available { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary>Sets the number of threads of later products.</summary>
    public static void SetThreads(int count) => openblas_set_num_threads(count);

    /// <summary>C = op(A)·op(B), all row-major and without gaps.</summary>
    public static void Multiply(int m, int n, int k, bool transposeA, bool transposeB, float* a, float* b, float* c) =>
        cblas_sgemm(
            RowMajor, transposeA ? Transposed : AsStored, transposeB ? Transposed : AsStored,
            m, n, k, 1, a, transposeA ? m : k, b, transposeB ? k : n, 0, c, n);

    [LibraryImport(Library)]
    private static partial void openblas_set_num_threads(int count);

    [LibraryImport(Library)]
    private static partial void cblas_sgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
