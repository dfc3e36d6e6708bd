using Nn.Backends.Cpu.Kernels;

namespace Nn.Tests.Unit.Cpu;

public sealed unsafe class PoolingTests
{
    private static readonly Dictionary<string, PoolShape> Shapes = new()
    {
        ["six channels"] = new(3, 28, 28, 6, 2, 2, 2, 2),
        ["one channel"] = new(2, 7, 9, 1, 3, 2, 2, 2),
        ["whole vectors"] = new(2, 6, 6, 32, 2, 2, 2, 2),
        ["overlapping, padded"] = new(2, 8, 7, 19, 3, 3, 2, 1) { Top = 1, Bottom = 1, Left = 2, Right = 1 },
        ["remainder"] = new(1, 7, 7, 5, 2, 2, 3, 2),
        ["global"] = new(4, 7, 5, 12, 7, 5, 1, 1),
    };

    public static TheoryData<string> Names => new(Shapes.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_largest_element_of_each_window(string name)
    {
        PoolShape s = Shapes[name];
        using NativeFloats image = Image(s);
        float[] result = Run(w => new PoolForward<MaxOperator>(s, w), image, null, s.Images * s.OutFloats);
        foreach ((int output, int[] window) in Windows(s)) Assert.Equal(window.Max(i => image.Span[i]), result[output]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_mean_of_each_window_counts_padding_as_zeros(string name)
    {
        PoolShape s = Shapes[name];
        using NativeFloats image = Image(s);
        float[] result = Run(w => new PoolForward<AverageOperator>(s, w), image, null, s.Images * s.OutFloats);
        foreach ((int output, int[] window) in Windows(s))
            Assert.Equal(window.Sum(i => (double)image.Span[i]) / (s.WindowY * s.WindowX), result[output], 1e-6);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_goes_to_the_first_largest_element(string name)
    {
        PoolShape s = Shapes[name];
        using NativeFloats image = Image(s), gradient = NativeFloats.Random(s.Images * s.OutFloats, 2);
        double[] expected = new double[image.Count];
        foreach ((int output, int[] window) in Windows(s)) expected[window.MaxBy(i => image.Span[i])] += gradient.Span[output];
        AssertNear(expected, Run(w => new PoolGradient(s, max: true, w), image, gradient, image.Count));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_of_a_mean_is_shared_equally(string name)
    {
        PoolShape s = Shapes[name];
        using NativeFloats gradient = NativeFloats.Random(s.Images * s.OutFloats, 2);
        double[] expected = new double[s.Images * s.ImageFloats];
        foreach ((int output, int[] window) in Windows(s))
            foreach (int i in window) expected[i] += gradient.Span[output] / (double)(s.WindowY * s.WindowX);
        AssertNear(expected, Run(w => new PoolGradient(s, max: false, w), gradient, null, expected.Length));
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(2, 2)]
    public void Windows_that_do_not_fit_are_refused(int window, int padding)
    {
        var shape = new PoolShape(1, 3, 3, 1, window, window, 1, 1) { Top = padding };
        Assert.Throws<ArgumentException>(() => new PoolForward<MaxOperator>(shape, 1));
    }

    /// <summary>Few different values, so that windows have several largest elements.</summary>
    private static NativeFloats Image(PoolShape s)
    {
        NativeFloats image = NativeFloats.Random(s.Images * s.ImageFloats, 1);
        foreach (ref float value in image.Span) value = MathF.Round(value * 3);
        return image;
    }

    private static float[] Run(Func<int, CpuKernel> plan, NativeFloats a, NativeFloats? b, long size)
    {
        float[]? first = null;
        foreach (int workers in new[] { 1, 2, 7 })
        {
            using var c = new NativeFloats(size);
            KernelHarness.Run(plan(workers), a.Pointer, b is null ? null : b.Pointer, c.Pointer);
            Assert.True(c.GuardsIntact, "wrote outside the result");
            first ??= c.Span.ToArray();
            Assert.Equal(first, c.Span.ToArray());
        }
        return first!;
    }

    private static void AssertNear(double[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-5);
    }

    private static IEnumerable<(int Output, int[] Window)> Windows(PoolShape s)
    {
        for (int n = 0; n < s.Images; n++)
            for (int oy = 0; oy < s.OutHeight; oy++)
                for (int ox = 0; ox < s.OutWidth; ox++)
                    for (int c = 0; c < s.Channels; c++)
                    {
                        var window = new List<int>();
                        for (int y = oy * s.StrideY - s.Top; y < oy * s.StrideY - s.Top + s.WindowY; y++)
                            for (int x = ox * s.StrideX - s.Left; x < ox * s.StrideX - s.Left + s.WindowX; x++)
                                if (y >= 0 && y < s.Height && x >= 0 && x < s.Width)
                                    window.Add(((n * s.Height + y) * s.Width + x) * s.Channels + c);
                        yield return (((n * s.OutHeight + oy) * s.OutWidth + ox) * s.Channels + c, [.. window]);
                    }
    }
}
