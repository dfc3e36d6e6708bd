using Nn.Graphs;

namespace Nn.Ops;

/// <summary>Pooling over windows of N×H×W×C images, channel by channel.</summary>
public static class PoolingOps
{
    /// <summary>Largest of each window (padding never wins).</summary>
    public static readonly Op MaxPool = new(
        "max_pool", OpClass.Kernel, 1, Infer,
        (n, x, y) => Windows(n.Inputs[0].Shape, n.Shape, n.Attribute<PoolAttributes>(), (o, window) => y[o] = window.Max(i => x[0][i])),
        (b, n, g) => [b.MaxPoolGradient(n.Inputs[0], g, n.Attribute<PoolAttributes>())],
        Flops: n => n.Shape.Count * Area(n))
    {
        Geometry = n => new PoolGeometry(PoolPass.Max, n.Attribute<PoolAttributes>(), n.Inputs[0].Shape, n.Shape),
    };

    /// <summary>(image, output gradient) → image gradient: to the first largest element of each window.</summary>
    public static readonly Op MaxPoolGradient = new(
        "max_pool_gradient", OpClass.Kernel, 2, (x, _) => (x[0].Shape, DType.F32),
        (n, x, y) => Windows(n.Shape, n.Inputs[1].Shape, n.Attribute<PoolAttributes>(), (o, window) => y[window.MaxBy(i => x[0][i])] += x[1][o]),
        (b, n, g) => [null, AtLargest(b, n.Inputs[0], g, n.Attribute<PoolAttributes>(), n.Inputs[1].Shape)],
        Flops: n => n.Inputs[1].Shape.Count * Area(n))
    {
        Geometry = n => new PoolGeometry(PoolPass.MaxGradient, n.Attribute<PoolAttributes>(), n.Shape, n.Inputs[1].Shape),
    };

    /// <summary>Mean of each window; padding counts as zeros.</summary>
    public static readonly Op AveragePool = new(
        "average_pool", OpClass.Kernel, 1, Infer,
        (n, x, y) => Windows(n.Inputs[0].Shape, n.Shape, n.Attribute<PoolAttributes>(), (o, window) => y[o] = window.Sum(i => x[0][i]) / Area(n)),
        (b, n, g) => [b.AveragePoolGradient(g, n.Attribute<PoolAttributes>() with { Result = n.Inputs[0].Shape })],
        Flops: n => n.Shape.Count * Area(n))
    {
        Geometry = n => new PoolGeometry(PoolPass.Average, n.Attribute<PoolAttributes>(), n.Inputs[0].Shape, n.Shape),
    };

    /// <summary>(output gradient) → image gradient of the shape in the attributes.</summary>
    public static readonly Op AveragePoolGradient = new(
        "average_pool_gradient", OpClass.Kernel, 1, (_, a) => (((PoolAttributes)a!).Result, DType.F32),
        (n, x, y) => Windows(n.Shape, n.Inputs[0].Shape, n.Attribute<PoolAttributes>(), (o, window) =>
        {
            foreach (long i in window) y[i] += x[0][o] / Area(n);
        }),
        (b, n, g) => [b.AveragePool(g, n.Attribute<PoolAttributes>() with { Result = default })],
        Flops: n => n.Inputs[0].Shape.Count * Area(n))
    {
        Geometry = n => new PoolGeometry(PoolPass.AverageGradient, n.Attribute<PoolAttributes>(), n.Shape, n.Inputs[0].Shape),
    };

    // Of each window the element of another image where this one is largest: what MaxPoolGradient does, the other way round. Place by place of the window, the
    // first that is as large as the largest.
    private static Node AtLargest(GraphBuilder b, Node image, Node other, PoolAttributes p, Shape pooled)
    {
        Shape padded = new(image.Shape[0], image.Shape[1] + p.Top + p.Bottom, image.Shape[2] + p.Left + p.Right, image.Shape[3]);
        Node Padded(Node x) => b.Place(x, new SliceAttributes(new Shape(0, p.Top, p.Left, 0), new Shape(1, 1, 1, 1), padded));
        Node inside = Padded(b.BroadcastTo(b.Constant(1), image.Shape)), images = Padded(image), others = Padded(other);
        Node largest = b.MaxPool(image, p), zero = b.Constant(0), taken = b.BroadcastTo(zero, pooled), sum = taken;
        for (int ky = 0; ky < p.WindowY; ky++)
        {
            for (int kx = 0; kx < p.WindowX; kx++)
            {
                var place = new SliceAttributes(new Shape(0, ky, kx, 0), new Shape(1, p.StrideY, p.StrideX, 1), pooled);
                Node here = b.Mul(b.Mul(b.Equal(b.Slice(images, place), largest), b.Slice(inside, place)), b.Sub(b.Constant(1), taken));
                sum = b.Add(sum, b.Select(here, b.Slice(others, place), zero));
                taken = b.Add(taken, here);
            }
        }

        return sum;
    }

    private static long Area(Node node)
    {
        var p = node.Attribute<PoolAttributes>();
        return (long)p.WindowY * p.WindowX;
    }

    private static (Shape Shape, DType Type) Infer(Node[] x, object? attributes)
    {
        var p = (PoolAttributes)attributes!;
        Shape image = x[0].Shape;
        if (image.Rank != 4) throw new ShapeException($"pooling wants images of height x width x channels, not {image}");
        if (p.Top >= p.WindowY || p.Bottom >= p.WindowY || p.Left >= p.WindowX || p.Right >= p.WindowX)
            throw new ShapeException($"pooling: padding must be smaller than the window {p.WindowY}x{p.WindowX}");
        Dim oh = ConvolutionOps.Extent(image[1], p.WindowY, p.StrideY, p.Top + p.Bottom, 1);
        Dim ow = ConvolutionOps.Extent(image[2], p.WindowX, p.StrideX, p.Left + p.Right, 1);
        if (oh is { IsKnown: true, Extent: < 1 } || ow is { IsKnown: true, Extent: < 1 })
            throw new ShapeException($"pooling: a window of {p.WindowY}x{p.WindowX} does not fit into an image of {image[1]}x{image[2]}");
        return (new Shape(image[0], oh, ow, image[3]), DType.F32);
    }

    // Each output element with the image elements of its window, in row-major order.
    private static void Windows(Shape image, Shape output, PoolAttributes p, Action<long, List<long>> visit)
    {
        var window = new List<long>();
        foreach ((int[] o, long linear) in Coordinates.Of(output))
        {
            window.Clear();
            for (int ky = 0; ky < p.WindowY; ky++)
            {
                int y = o[1] * p.StrideY - p.Top + ky;
                for (int kx = 0; kx < p.WindowX; kx++)
                {
                    int x = o[2] * p.StrideX - p.Left + kx;
                    if (y >= 0 && y < image[1] && x >= 0 && x < image[2])
                        window.Add((((long)o[0] * image[1] + y) * image[2] + x) * image[3] + o[3]);
                }
            }

            visit(linear, window);
        }
    }
}
