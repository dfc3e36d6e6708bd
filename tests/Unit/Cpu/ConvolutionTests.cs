using Nn.Backends.Cpu.Kernels;
using Nn.Ops;

namespace Nn.Tests.Unit.Cpu;

public sealed unsafe class ConvolutionTests
{
    public static TheoryData<string> Names => new(Shapes.Keys);

    private static readonly Dictionary<string, ConvShape> Shapes = new()
    {
        ["one channel, same"] = new(3, 28, 28, 1, 5, 5, 6) { Top = 2, Bottom = 2, Left = 2, Right = 2 },
        ["six channels, valid"] = new(2, 14, 14, 6, 5, 5, 16),
        ["wide"] = new(2, 9, 9, 32, 3, 3, 48) { Top = 1, Bottom = 1, Left = 1, Right = 1 },
        ["small image"] = new(5, 3, 4, 2, 3, 3, 7) { Top = 1, Bottom = 1, Left = 1, Right = 1 },
        ["stride"] = new(2, 11, 10, 3, 3, 3, 5) { StrideY = 2, StrideX = 3, Top = 1, Left = 1, Right = 1 },
        ["stride 2, 4x4"] = new(2, 8, 8, 5, 4, 4, 9) { StrideY = 2, StrideX = 2, Top = 1, Bottom = 1, Left = 1, Right = 1 },
        ["stride 3 in one direction"] = new(2, 10, 7, 3, 5, 2, 4) { StrideY = 3, Top = 3, Bottom = 1 },
        ["stride and dilation"] = new(2, 13, 12, 3, 3, 2, 4) { StrideY = 2, StrideX = 2, DilationY = 2, DilationX = 1, Top = 1, Groups = 1 },
        ["stride and groups"] = new(2, 9, 9, 4, 3, 3, 6) { StrideY = 2, StrideX = 2, Groups = 2, Top = 1, Right = 1 },
        ["stride beyond the kernel"] = new(1, 9, 9, 2, 2, 2, 3) { StrideY = 4, StrideX = 3 },
        ["dilation"] = new(2, 12, 13, 4, 3, 3, 5) { DilationY = 2, DilationX = 3, Top = 2, Bottom = 1, Left = 3, Right = 2 },
        ["groups"] = new(2, 8, 7, 6, 3, 3, 9) { Groups = 3, Top = 1, Bottom = 1, Left = 1, Right = 1 },
        ["depthwise, stride"] = new(2, 8, 8, 5, 3, 3, 5) { Groups = 5, StrideY = 2, StrideX = 2, Top = 1, Left = 1 },
        ["depthwise, wide"] = new(9, 7, 6, 40, 3, 3, 40) { Groups = 40, Top = 1, Bottom = 1, Left = 1, Right = 1 },
        ["depthwise, dilation"] = new(3, 9, 8, 19, 3, 2, 19) { Groups = 19, DilationY = 2, DilationX = 3, StrideY = 2, Top = 3, Left = 2, Right = 1 },
        ["depthwise, stride beyond the kernel"] = new(2, 9, 9, 8, 2, 2, 8) { Groups = 8, StrideY = 4, StrideX = 3 },
        ["depthwise, padding beyond the kernel"] = new(1, 4, 4, 3, 1, 2, 3) { Groups = 3, Top = 2, Bottom = 1, Left = 3, Right = 3 },
        ["two features a channel"] = new(2, 8, 7, 5, 3, 3, 10) { Groups = 5, Top = 1, Left = 1 },
        ["padding beyond the kernel"] = new(1, 4, 4, 2, 1, 2, 3) { Top = 2, Bottom = 1, Left = 3, Right = 3 },
        ["one-dimensional"] = new(3, 1, 40, 3, 1, 7, 20) { Left = 6 },
        ["pointwise"] = new(3, 5, 7, 9, 1, 1, 21),
        ["many images"] = new(37, 5, 5, 2, 3, 3, 4),
        ["all the image"] = new(2, 6, 6, 4, 6, 6, 33),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_agrees_with_double_loops(string name) => CheckAll(ConvPass.Forward, Shapes[name]);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_of_the_image_agrees_with_double_loops(string name) => CheckAll(ConvPass.InputGradient, Shapes[name]);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_of_the_weights_agrees_with_double_loops(string name) => CheckAll(ConvPass.WeightGradient, Shapes[name]);

    [Fact]
    public void No_images_have_no_gradient()
    {
        using NativeFloats c = NativeFloats.Random(18, 1);
        KernelHarness.Run(Convolution.Create(ConvPass.WeightGradient, new ConvShape(0, 5, 5, 1, 3, 3, 2)), null, null, c.Pointer);
        Assert.Equal(new float[18], c.Span.ToArray());
    }

    [Theory]
    [InlineData(ConvPass.Forward)]
    [InlineData(ConvPass.InputGradient)]
    [InlineData(ConvPass.WeightGradient)]
    public void The_epilogue_sees_every_element_once_and_finished(ConvPass pass)
    {
        foreach ((string name, int images) in new[] { ("wide", 1), ("wide", 9), ("depthwise, wide", 1), ("depthwise, wide", 9) })
        {
            ConvShape s = Shapes[name] with { Images = images };
            (long a, long b, long c) = Sizes(pass, s);
            int columns = pass == ConvPass.InputGradient ? s.Channels : s.Features;
            using NativeFloats x = NativeFloats.Random(a, 1), y = NativeFloats.Random(b, 2), plain = new(c), negated = new(c);
            KernelHarness.Run(Convolution.Create(pass, s, 2), x.Pointer, y.Pointer, plain.Pointer);
            CpuKernel kernel = Convolution.Create(pass, s, 2);
            kernel.Epilogue = new Negation(negated, columns);
            KernelHarness.Run(kernel, x.Pointer, y.Pointer, negated.Pointer);
            for (int i = 0; i < c; i++) Assert.Equal(-plain.Span[i], negated.Span[i]);
        }
    }

    [Theory]
    [InlineData(5, 1, 0)]
    [InlineData(3, 0, 0)]
    [InlineData(3, 1, -1)]
    [InlineData(3, 4, 0)]
    public void Shapes_that_are_no_convolution_are_refused(int kernel, int groups, int top)
    {
        var shape = new ConvShape(1, 3, 3, 2, kernel, kernel, 2) { Groups = groups, Top = top };
        Assert.Throws<ArgumentException>(() => Convolution.Create(ConvPass.Forward, shape));
    }

    private static (long A, long B, long C) Sizes(ConvPass pass, ConvShape s)
    {
        long image = s.Images * s.ImageFloats, output = s.Images * s.OutFloats;
        return pass switch
        {
            ConvPass.Forward => (image, s.WeightFloats, output),
            ConvPass.InputGradient => (output, s.WeightFloats, image),
            _ => (image, output, s.WeightFloats),
        };
    }

    private static void CheckAll(ConvPass pass, ConvShape s)
    {
        (long sizeA, long sizeB, long sizeC) = Sizes(pass, s);
        using NativeFloats a = NativeFloats.Random(sizeA, 1), b = NativeFloats.Random(sizeB, 2);
        (double[] exact, double[] magnitude, long[] terms) = Reference(pass, s, a, b, sizeC);
        foreach (int lanes in KernelHarness.Widths)
        {
            float[]? first = null;
            foreach (int workers in new[] { 1, 2, 3, 16 })
            {
                using var c = new NativeFloats(sizeC);
                KernelHarness.Run(Convolution.Create(pass, s, workers, lanes), a.Pointer, b.Pointer, c.Pointer);
                Assert.True(c.GuardsIntact, "wrote outside the result");
                for (int i = 0; i < sizeC; i++)
                    KernelHarness.AssertClose(exact[i], magnitude[i], terms[i], c.Span[i], $"{lanes} lanes, {workers} workers, element {i}");
                first ??= c.Span.ToArray();
                Assert.Equal(first, c.Span.ToArray());
            }
        }
    }

    private static (double[] Sum, double[] Magnitude, long[] Terms) Reference(ConvPass pass, ConvShape s, NativeFloats a, NativeFloats b, long size)
    {
        double[] sum = new double[size], magnitude = new double[size];
        long[] terms = new long[size];
        for (int n = 0; n < s.Images; n++)
            for (int oy = 0; oy < s.OutHeight; oy++)
                for (int ox = 0; ox < s.OutWidth; ox++)
                    for (int f = 0; f < s.Features; f++)
                        for (int ky = 0; ky < s.KernelY; ky++)
                            for (int kx = 0; kx < s.KernelX; kx++)
                                for (int c = 0; c < s.GroupChannels; c++)
                                {
                                    int y = oy * s.StrideY - s.Top + ky * s.DilationY, x = ox * s.StrideX - s.Left + kx * s.DilationX;
                                    if (y < 0 || y >= s.Height || x < 0 || x >= s.Width) continue;
                                    int channel = f / s.GroupFeatures * s.GroupChannels + c;
                                    int image = ((n * s.Height + y) * s.Width + x) * s.Channels + channel;
                                    int weight = ((ky * s.KernelX + kx) * s.GroupChannels + c) * s.Features + f;
                                    int output = ((n * s.OutHeight + oy) * s.OutWidth + ox) * s.Features + f;
                                    (int i, int j, int target) = pass switch
                                    {
                                        ConvPass.Forward => (image, weight, output),
                                        ConvPass.InputGradient => (output, weight, image),
                                        _ => (image, output, weight),
                                    };
                                    double product = (double)a.Pointer[i] * b.Pointer[j];
                                    sum[target] += product;
                                    magnitude[target] += Math.Abs(product);
                                    terms[target]++;
                                }
        return (sum, magnitude, terms);
    }
}
