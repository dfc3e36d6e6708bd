using Nn.Backends.Cpu.Kernels;

namespace Nn.Tests.Unit.Cpu;

public sealed unsafe class RowTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Rows_are_gathered_and_indices_outside_read_the_nearest_row(int workers)
    {
        const int rows = 5, length = 700;
        using NativeFloats table = NativeFloats.Random(rows * length, 1);
        int[] index = [3, 0, -7, 4, 5, 3, int.MaxValue, int.MinValue, 1];
        int[] read = [3, 0, 0, 4, 4, 3, 4, 0, 1];
        using var output = new NativeFloats(index.Length * length);
        fixed (int* i = index)
            KernelHarness.Run(new GatherRows(rows, index.Length, length * sizeof(float), workers), table.Pointer, i, output.Pointer);
        Assert.True(output.GuardsIntact);
        for (int row = 0; row < index.Length; row++)
            Assert.Equal(table.Span.Slice(read[row] * length, length).ToArray(), output.Span.Slice(row * length, length).ToArray());
    }

    [Fact]
    public void Single_elements_and_bytes_are_gathered()
    {
        int[] labels = [10, 20, 30], index = [2, 1, 9, -1], output = new int[4];
        byte[] pixels = [1, 2, 3, 4, 5, 6], bytes = new byte[8];
        fixed (int* l = labels, i = index, o = output)
        fixed (byte* p = pixels, q = bytes)
        {
            KernelHarness.Run(new GatherRows(3, 4, sizeof(int), 2), l, i, o);
            KernelHarness.Run(new GatherRows(3, 4, 2, 2), p, i, q);
        }
        Assert.Equal([30, 20, 30, 10], output);
        Assert.Equal([5, 6, 3, 4, 5, 6, 1, 2], bytes);
    }

    [Fact]
    public void An_empty_table_is_refused() => Assert.Throws<ArgumentException>(() => new GatherRows(0, 1, 4, 1));

    [Fact]
    public void Rows_are_added_in_order_and_indices_outside_are_dropped()
    {
        const int rows = 6, length = 1003;
        int[] index = [4, 0, 4, -1, 6, 2, 4, 0];
        using NativeFloats source = NativeFloats.Random(index.Length * length, 1);
        float[] expected = new float[rows * length];
        for (int i = 0; i < index.Length; i++)
            if (index[i] is >= 0 and < rows)
                for (int j = 0; j < length; j++) expected[index[i] * length + j] += source.Span[i * length + j];
        foreach (int workers in new[] { 1, 2, 4, 9 })
        {
            using NativeFloats output = NativeFloats.Random(rows * length, 2);
            fixed (int* i = index)
                KernelHarness.Run(new ScatterAddRows(rows, index.Length, length, workers), i, source.Pointer, output.Pointer);
            Assert.True(output.GuardsIntact);
            Assert.Equal(expected, output.Span.ToArray());
        }
    }
}
