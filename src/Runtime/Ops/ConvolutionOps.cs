using Nn.Graphs;

namespace Nn.Ops;

/// <summary>
/// Two-dimensional convolution (cross-correlation, as in every framework) and its two gradients; each is the gradient of the
/// others. Images N×H×W×C, weights KH×KW×(C/groups)×F. One dimension is height 1; a transposed convolution is the input gradient.
/// </summary>
public static class ConvolutionOps
{
    /// <summary>(image, weights) → N×OH×OW×F.</summary>
    public static readonly Op Conv = new(
        "conv", OpClass.Kernel, 2, InferForward,
        (n, x, y) => Visit(n.Inputs[0].Shape, n.Inputs[1].Shape, n.Shape, n.Attribute<ConvAttributes>(), (i, w, o) => y[o] += x[0][i] * x[1][w]),
        (b, n, g) =>
        [
            b.ConvInputGradient(g, n.Inputs[1], n.Attribute<ConvAttributes>() with { Result = n.Inputs[0].Shape }),
            b.ConvWeightGradient(n.Inputs[0], g, n.Attribute<ConvAttributes>() with { Result = n.Inputs[1].Shape }),
        ],
        Flops: n => Flops(n.Shape, n.Inputs[1].Shape))
    {
        TakesEpilogue = true,
        Geometry = n => new ConvGeometry(ConvPass.Forward, n.Attribute<ConvAttributes>(), n.Inputs[0].Shape, n.Inputs[1].Shape, n.Shape),
    };

    /// <summary>(output gradient, weights) → image gradient of the shape in the attributes.</summary>
    public static readonly Op InputGradient = new(
        "conv_input_gradient", OpClass.Kernel, 2,
        (x, a) => Check("conv_input_gradient", ((ConvAttributes)a!).Result, x[1].Shape, x[0].Shape, (ConvAttributes)a, ((ConvAttributes)a).Result),
        (n, x, y) => Visit(n.Shape, n.Inputs[1].Shape, n.Inputs[0].Shape, n.Attribute<ConvAttributes>(), (i, w, o) => y[i] += x[0][o] * x[1][w]),
        (b, n, g) =>
        [
            b.Conv(g, n.Inputs[1], n.Attribute<ConvAttributes>() with { Result = default }),
            b.ConvWeightGradient(g, n.Inputs[0], n.Attribute<ConvAttributes>() with { Result = n.Inputs[1].Shape }),
        ],
        Flops: n => Flops(n.Inputs[0].Shape, n.Inputs[1].Shape))
    {
        TakesEpilogue = true,
        Geometry = n => new ConvGeometry(ConvPass.InputGradient, n.Attribute<ConvAttributes>(), n.Shape, n.Inputs[1].Shape, n.Inputs[0].Shape),
    };

    /// <summary>(image, output gradient) → weight gradient of the shape in the attributes.</summary>
    public static readonly Op WeightGradient = new(
        "conv_weight_gradient", OpClass.Kernel, 2,
        (x, a) => Check("conv_weight_gradient", x[0].Shape, ((ConvAttributes)a!).Result, x[1].Shape, (ConvAttributes)a, ((ConvAttributes)a).Result),
        (n, x, y) => Visit(n.Inputs[0].Shape, n.Shape, n.Inputs[1].Shape, n.Attribute<ConvAttributes>(), (i, w, o) => y[w] += x[0][i] * x[1][o]),
        (b, n, g) =>
        [
            b.ConvInputGradient(n.Inputs[1], g, n.Attribute<ConvAttributes>() with { Result = n.Inputs[0].Shape }),
            b.Conv(n.Inputs[0], g, n.Attribute<ConvAttributes>() with { Result = default }),
        ],
        Flops: n => Flops(n.Inputs[1].Shape, n.Shape))
    {
        TakesEpilogue = true,
        Geometry = n => new ConvGeometry(ConvPass.WeightGradient, n.Attribute<ConvAttributes>(), n.Inputs[0].Shape, n.Shape, n.Inputs[1].Shape),
    };

    private static long Flops(Shape output, Shape weights) => 2 * output.Count * weights[0] * weights[1] * weights[2];

    private static (Shape Shape, DType Type) InferForward(Node[] x, object? attributes)
    {
        var c = (ConvAttributes)attributes!;
        Shape image = x[0].Shape, w = x[1].Shape;
        if (image.Rank != 4 || w.Rank != 4 || image[3] != w[2] * c.Groups || w[3] % c.Groups != 0)
            throw new ShapeException($"conv: image {image} and weights {w} with {c.Groups} group(s) do not fit");
        Dim oh = Extent(image[1], w[0], c.StrideY, c.Top + c.Bottom, c.DilationY), ow = Extent(image[2], w[1], c.StrideX, c.Left + c.Right, c.DilationX);
        if (oh is { IsKnown: true, Extent: < 1 } || ow is { IsKnown: true, Extent: < 1 })
            throw new ShapeException($"conv: a window of {w[0]}x{w[1]} does not fit into an image of {image[1]}x{image[2]}");
        return (new Shape(image[0], oh, ow, w[3]), DType.F32);
    }

    private static (Shape Shape, DType Type) Check(string name, Shape image, Shape w, Shape output, ConvAttributes c, Shape result)
    {
        bool fits = image.Rank == 4 && w.Rank == 4 && output.Rank == 4 && image[0] == output[0] && w[3] == output[3] && image[3] == w[2] * c.Groups
            && output[1] == Extent(image[1], w[0], c.StrideY, c.Top + c.Bottom, c.DilationY)
            && output[2] == Extent(image[2], w[1], c.StrideX, c.Left + c.Right, c.DilationX);
        return fits ? (result, DType.F32) : throw new ShapeException($"{name}: image {image}, weights {w} and output {output} do not fit");
    }

    /// <summary>Number of window positions along one axis.</summary>
    public static Dim Extent(Dim size, int window, int stride, int padding, int dilation)
    {
        long more = padding - ((long)dilation * (window - 1) + 1);
        if (size.IsKnown && size.Extent + more < 0) return 0;
        return (size + checked((int)more)) / stride + 1;
    }

    // Every product of one image element and one weight, with the output element it belongs to.
    private static void Visit(Shape image, Shape w, Shape output, ConvAttributes c, Action<long, long, long> visit)
    {
        int perGroup = output[3] / c.Groups;
        foreach ((int[] o, long linear) in Coordinates.Of(output))
        {
            int group = o[3] / perGroup;
            for (int ky = 0; ky < w[0]; ky++)
            {
                int y = o[1] * c.StrideY - c.Top + ky * c.DilationY;
                if (y < 0 || y >= image[1]) continue;
                for (int kx = 0; kx < w[1]; kx++)
                {
                    int x = o[2] * c.StrideX - c.Left + kx * c.DilationX;
                    if (x < 0 || x >= image[2]) continue;
                    for (int i = 0; i < w[2]; i++)
                    {
                        long at = (((long)o[0] * image[1] + y) * image[2] + x) * image[3] + group * w[2] + i;
                        visit(at, (((long)ky * w[1] + kx) * w[2] + i) * w[3] + o[3], linear);
                    }
                }
            }
        }
    }
}
