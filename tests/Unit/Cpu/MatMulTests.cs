using Nn.Backends.Cpu.Kernels;

namespace Nn.Tests.Unit.Cpu;

public sealed unsafe class MatMulTests
{
    public static TheoryData<int, int, int> Extents => new()
    {
        { 1, 1, 1 }, { 4, 4, 2 }, { 1, 257, 31 }, { 257, 1, 7 }, { 31, 7, 257 }, { 14, 32, 16 }, { 15, 33, 17 }, { 64, 10, 128 }, { 29, 100, 5 },
    };

    [Theory]
    [MemberData(nameof(Extents))]
    public void Every_layout_and_width_agrees_with_double_loops(int m, int n, int k)
    {
        foreach (bool transposeA in new[] { false, true })
            foreach (bool transposeB in new[] { false, true })
                foreach (int lanes in KernelHarness.Widths)
                    Check(new MatMulShape(m, n, k, transposeA, transposeB), lanes, 1);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Blocked_products_agree_with_double_loops(bool transposeA, bool transposeB)
    {
        foreach (int lanes in KernelHarness.Widths)
            Check(new MatMulShape(91, 517, 1031, transposeA, transposeB), lanes, 2);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Batches_are_independent_products(bool transposeA, bool transposeB)
    {
        const int m = 5, n = 19, k = 12;
        var shape = new MatMulShape(m, n, k, transposeA, transposeB) { Batch = 3, StrideA = m * k, StrideB = k * n };
        foreach (int lanes in KernelHarness.Widths) Check(shape, lanes, 2);
        Check(shape with { StrideB = 0 }, Simd.Lanes, 2);
        Check(shape with { StrideA = 0 }, Simd.Lanes, 2);
    }

    [Theory]
    [InlineData(64, 128, 784, false, false)]
    [InlineData(97, 40, 64, true, false)]
    [InlineData(64, 120, 84, false, true)]
    [InlineData(200, 400, 600, false, false)]
    [InlineData(200, 700, 1100, true, true)]
    public void The_number_of_workers_changes_no_bit(int m, int n, int k, bool transposeA, bool transposeB)
    {
        var shape = new MatMulShape(m, n, k, transposeA, transposeB);
        float[] one = Check(shape, Simd.Lanes, 1);
        foreach (int workers in new[] { 2, 3, 8 }) Assert.Equal(one, Check(shape, Simd.Lanes, workers));
    }

    [Fact]
    public void An_empty_sum_is_zero()
    {
        using NativeFloats c = NativeFloats.Random(6, 1);
        KernelHarness.Run(MatMul.Create(new MatMulShape(2, 3, 0)), null, null, c.Pointer);
        Assert.Equal(new float[6], c.Span.ToArray());
        Assert.True(c.GuardsIntact);
    }

    [Theory]
    [InlineData(64, 128, 784)]
    [InlineData(200, 700, 1100)]
    public void The_epilogue_sees_every_element_once_and_finished(int m, int n, int k)
    {
        using NativeFloats a = NativeFloats.Random((long)m * k, 1), b = NativeFloats.Random((long)k * n, 2), plain = new((long)m * n), c = new((long)m * n);
        KernelHarness.Run(MatMul.Create(new MatMulShape(m, n, k), 2), a.Pointer, b.Pointer, plain.Pointer);
        CpuKernel kernel = MatMul.Create(new MatMulShape(m, n, k), 2);
        kernel.Epilogue = new Negation(c, n);
        KernelHarness.Run(kernel, a.Pointer, b.Pointer, c.Pointer);
        for (int i = 0; i < m * n; i++) Assert.Equal(-plain.Span[i], c.Span[i]);
    }

    /// <summary>Compares with double loops and returns the product.</summary>
    private static float[] Check(MatMulShape s, int lanes, int workers)
    {
        long matricesA = s.StrideA == 0 ? 1 : s.Batch, matricesB = s.StrideB == 0 ? 1 : s.Batch;
        using NativeFloats a = NativeFloats.Random(matricesA * s.M * s.K, 1), b = NativeFloats.Random(matricesB * s.K * s.N, 2),
            c = new((long)s.Batch * s.M * s.N);
        KernelHarness.Run(MatMul.Create(s, workers, lanes), a.Pointer, b.Pointer, c.Pointer);
        for (int p = 0; p < s.Batch; p++)
            for (int i = 0; i < s.M; i++)
                for (int j = 0; j < s.N; j++)
                {
                    double exact = 0, magnitude = 0;
                    for (int k = 0; k < s.K; k++)
                    {
                        double x = a.Pointer[p * s.StrideA + (s.TransposeA ? k * s.M + i : i * s.K + k)];
                        double y = b.Pointer[p * s.StrideB + (s.TransposeB ? j * s.K + k : k * s.N + j)];
                        exact += x * y;
                        magnitude += Math.Abs(x * y);
                    }
                    KernelHarness.AssertClose(exact, magnitude, s.K, c.Span[(p * s.M + i) * s.N + j], $"{s}, {lanes} lanes, [{p}, {i}, {j}]");
                }
        Assert.True(c.GuardsIntact, $"{s}: wrote outside C");
        return c.Span.ToArray();
    }
}
