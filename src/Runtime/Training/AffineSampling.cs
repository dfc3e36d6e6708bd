using Nn.Graphs;
using Nn.Ops;

namespace Nn.Training;

/// <summary>
/// How each image of a batch is moved: mirrored, scaled and rotated round its centre, then shifted. Every part is a [batch, 1, 1] tensor, or null where
/// nothing of the kind happens.
/// </summary>
internal sealed record AffineMotion
{
    /// <summary>−1 where left and right are exchanged, else 1.</summary>
    public Node? MirrorX { get; init; }

    /// <summary>−1 where top and bottom are exchanged, else 1.</summary>
    public Node? MirrorY { get; init; }

    /// <summary>Size after by size before.</summary>
    public Node? Scale { get; init; }

    /// <summary>Radians, counterclockwise.</summary>
    public Node? Angle { get; init; }

    /// <summary>Pixels to the right.</summary>
    public Node? ShiftX { get; init; }

    /// <summary>Pixels down.</summary>
    public Node? ShiftY { get; init; }

    /// <summary>Whether shifts are whole: without rotation and scaling, no two pixels mix.</summary>
    public bool WholeShifts { get; init; }

    /// <summary>Whether every pixel takes the value of one pixel.</summary>
    public bool IsWhole => Scale is null && Angle is null && (WholeShifts || (ShiftX is null && ShiftY is null));
}

/// <summary>Moves images. What comes in from beyond the border is 0.</summary>
internal static class AffineSampling
{
    /// <summary>The moved images of a batch × height × width × channels; between pixels values are interpolated along both axes.</summary>
    public static Node Move(GraphBuilder g, Node images, AffineMotion motion)
    {
        Shape shape = images.Shape;
        (Node y, Node x) = Sources(g, shape.Range(0, 3), motion);
        int after = motion.IsWhole ? 1 : 2;
        (y, x) = Bounded(g, shape, y, x);
        Node top = g.Floor(y), left = g.Floor(x);
        Node table = Framed(g, images, after), index = Rows(g, shape, after, top, left);
        if (motion.IsWhole) return g.Gather(table, index);

        // The neighbours are the same rows of a table that begins later.
        Node Neighbour(int offset) => g.Gather(offset == 0 ? table : g.Slice(table, 0, offset, table.Shape[0] - offset), index);
        var single = new Shape(shape[0], shape[1], shape[2], 1);
        Node right = g.Reshape(g.Sub(x, left), single), down = g.Reshape(g.Sub(y, top), single);
        Node Between(Node a, Node b, Node share) => g.Add(a, g.Mul(g.Sub(b, a), share));
        int below = shape[2] + 1 + after;
        return Between(Between(Neighbour(0), Neighbour(1), right), Between(Neighbour(below), Neighbour(below + 1), right), down);
    }

    /// <summary>As <see cref="Move"/>, but each pixel takes the value of the nearest one, unmixed: what classes need.</summary>
    public static Node MoveNearest(GraphBuilder g, Node images, AffineMotion motion)
    {
        (Node y, Node x) = Sources(g, images.Shape.Range(0, 3), motion);
        Node Nearest(Node at) => motion.IsWhole ? at : g.Floor(g.Add(at, g.Constant(0.5)));
        (y, x) = Bounded(g, images.Shape, Nearest(y), Nearest(x));
        return g.Gather(Framed(g, images, after: 1), Rows(g, images.Shape, after: 1, g.Floor(y), g.Floor(x)));
    }

    // A border of zeros takes what falls outside: one pixel before, and after as many as the pixel at the border and its neighbour need.
    private static Node Framed(GraphBuilder g, Node images, int after)
    {
        var framed = new Shape(images.Shape[0], images.Shape[1] + 1 + after, images.Shape[2] + 1 + after, images.Shape[3]);
        Node table = g.Place(images, new SliceAttributes(new Shape(0, 1, 1, 0), new Shape(1, 1, 1, 1), framed));
        return g.Reshape(table, new Shape(checked(framed[0] * framed[1] * framed[2]), framed[3]));
    }

    private static (Node Y, Node X) Bounded(GraphBuilder g, Shape images, Node y, Node x) =>
        (g.Max(g.Min(y, g.Constant(images[1])), g.Constant(-1)), g.Max(g.Min(x, g.Constant(images[2])), g.Constant(-1)));

    // The row of the framed images in which each pixel of whole coordinates lies.
    private static Node Rows(GraphBuilder g, Shape images, int after, Node y, Node x)
    {
        Node At(Node whole) => g.Add(g.Cast(whole, DType.I32), g.Constant(1, DType.I32));
        Node row = g.Add(g.Mul(g.Iota(images.Range(0, 3), 0), g.Constant(images[1] + 1 + after, DType.I32)), At(y));
        return g.Add(g.Mul(row, g.Constant(images[2] + 1 + after, DType.I32)), At(x));
    }

    // Where in the image each pixel of the result comes from: the map backwards, from the centre.
    private static (Node Y, Node X) Sources(GraphBuilder g, Shape pixels, AffineMotion m)
    {
        Node middleY = g.Constant((pixels[1] - 1) / 2.0), middleX = g.Constant((pixels[2] - 1) / 2.0);
        Node y = g.Sub(g.Cast(g.Iota(pixels, 1), DType.F32), middleY), x = g.Sub(g.Cast(g.Iota(pixels, 2), DType.F32), middleX);
        if (m.ShiftY is not null) y = g.Sub(y, m.ShiftY);
        if (m.ShiftX is not null) x = g.Sub(x, m.ShiftX);
        if (m.Angle is not null)
        {
            Node sin = g.Sin(m.Angle), cos = g.Sin(g.Add(m.Angle, g.Constant(Math.PI / 2)));
            (y, x) = (g.Add(g.Mul(x, sin), g.Mul(y, cos)), g.Sub(g.Mul(x, cos), g.Mul(y, sin)));
        }

        if (m.Scale is not null) (y, x) = (g.Div(y, m.Scale), g.Div(x, m.Scale));
        if (m.MirrorY is not null) y = g.Mul(y, m.MirrorY);
        if (m.MirrorX is not null) x = g.Mul(x, m.MirrorX);
        return (g.Add(y, middleY), g.Add(x, middleX));
    }
}
