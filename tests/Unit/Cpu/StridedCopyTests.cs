using Nn.Backends.Cpu.Kernels;

namespace Nn.Tests.Unit.Cpu;

public sealed unsafe class StridedCopyTests
{
    /// <summary>Extents and order of the axes of the source in the result.</summary>
    public static TheoryData<int[], int[]> Permutations => new()
    {
        { [7], [0] }, { [1], [0] }, { [5, 3], [1, 0] }, { [300, 500], [1, 0] }, { [8, 64], [1, 0] }, { [4, 5, 6], [2, 0, 1] }, { [3, 17, 2, 33], [0, 3, 1, 2] },
        { [2, 3, 4, 5, 6, 7], [5, 3, 1, 0, 2, 4] }, { [6, 50, 60], [0, 2, 1] }, { [0, 4], [1, 0] }, { [64, 2, 3], [0, 2, 1] },
    };

    [Theory]
    [MemberData(nameof(Permutations))]
    public void Axes_are_permuted(int[] extents, int[] order)
    {
        long[] strides = Strides(extents);
        int[] resultExtents = [.. order.Select(axis => extents[axis])];
        long[] resultStrides = Strides(resultExtents);
        Check([.. order.Select((axis, i) => new CopyAxis(extents[axis], strides[axis], resultStrides[i]))], 0, 0, Count(extents), Count(extents), clear: false);
    }

    [Fact]
    public void A_block_is_cut_out_backwards_and_with_gaps() =>
        Check([new(3, 40, 12), new(4, -8, 3), new(3, 2, 1)], 27, 0, 200, 36, clear: false);

    [Fact]
    public void A_block_is_placed_inside_zeros() =>
        Check([new(40, 30, 35), new(30, 1, 1)], 0, 37, 1200, 1500, clear: true);

    [Fact]
    public void Rows_and_elements_are_repeated()
    {
        Check([new(5, 0, 70), new(70, 1, 1)], 0, 0, 70, 350, clear: false);
        Check([new(50, 1, 300), new(300, 0, 1)], 0, 0, 50, 15000, clear: false);
    }

    [Fact]
    public void Bytes_are_copied_too()
    {
        byte[] source = [.. Enumerable.Range(0, 60).Select(i => (byte)i)], target = new byte[60];
        fixed (byte* s = source, t = target)
            KernelHarness.Run(new StridedCopy<byte>([new(6, 1, 10), new(10, 6, 1)], 0, 0, 0, 2), s, null, t);
        for (int row = 0; row < 6; row++)
            for (int column = 0; column < 10; column++)
                Assert.Equal(source[column * 6 + row], target[row * 10 + column]);
    }

    private static void Check(CopyAxis[] axes, long inputOffset, long outputOffset, long inputCount, long outputCount, bool clear)
    {
        using NativeFloats input = NativeFloats.Random(inputCount, 1);
        using NativeFloats before = NativeFloats.Random(outputCount, 2);
        float[] expected = before.Span.ToArray();
        if (clear) Array.Clear(expected);
        Visit(axes, 0, inputOffset, outputOffset, (from, to) => expected[to] = input.Span[(int)from]);
        foreach (int workers in new[] { 1, 2, 5 })
        {
            using NativeFloats output = NativeFloats.Random(outputCount, 2);
            KernelHarness.Run(new StridedCopy<float>(axes, inputOffset, outputOffset, clear ? outputCount : 0, workers), input.Pointer, null, output.Pointer);
            Assert.True(output.GuardsIntact, "wrote outside the result");
            Assert.Equal(expected, output.Span.ToArray());
        }
    }

    private static void Visit(CopyAxis[] axes, int axis, long input, long output, Action<long, long> visit)
    {
        if (axis == axes.Length) visit(input, output);
        else
            for (long i = 0; i < axes[axis].Extent; i++) Visit(axes, axis + 1, input + i * axes[axis].Input, output + i * axes[axis].Output, visit);
    }

    private static long Count(int[] extents) => extents.Aggregate(1L, (product, extent) => product * extent);

    private static long[] Strides(int[] extents)
    {
        long[] strides = new long[extents.Length];
        long step = 1;
        for (int i = extents.Length - 1; i >= 0; i--) (strides[i], step) = (step, step * extents[i]);
        return strides;
    }
}
