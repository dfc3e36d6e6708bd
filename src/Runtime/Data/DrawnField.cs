using Nn.Ops;

namespace Nn.Data;

/// <summary>How the points of a drawn field lie.</summary>
public enum DrawKind
{
    /// <summary>Evenly between the ends, in each coordinate by itself.</summary>
    Uniform,

    /// <summary>With a mean and a standard deviation, in each coordinate by itself.</summary>
    Normal,

    /// <summary>Evenly on the sides of the box that the ends span.</summary>
    Border,

    /// <summary>Evenly on the sphere of a radius around the origin.</summary>
    Sphere,
}

/// <summary>A field whose samples are points that are drawn anew for each step.</summary>
/// <param name="Name">By which losses know it.</param>
/// <param name="Kind">How the points lie.</param>
/// <param name="Width">Coordinates of a point.</param>
/// <param name="A">The lower end, the mean, or the radius.</param>
/// <param name="B">The upper end, or the standard deviation.</param>
public sealed record DrawnField(string Name, DrawKind Kind, int Width, double A, double B)
{
    /// <summary>Draws one point after the other.</summary>
    /// <param name="points">Takes them, <see cref="Width"/> numbers each.</param>
    /// <param name="seed">Of the training.</param>
    /// <param name="stream">Tells fields apart, and points of training from those that judge it.</param>
    /// <param name="epoch">Other points in each.</param>
    public void Draw(Span<float> points, uint seed, uint stream, uint epoch)
    {
        for (int start = 0; start < points.Length; start += Width) Point(points.Slice(start, Width), seed, stream, (uint)start, epoch);
    }

    private void Point(Span<float> point, uint seed, uint stream, uint index, uint epoch)
    {
        float Even(int i) => CounterRandom.Uniform(seed, stream, index + (uint)i, epoch);
        for (int i = 0; i < point.Length; i++)
        {
            point[i] = Kind switch
            {
                DrawKind.Normal => (float)(A + B * CounterRandom.Normal(seed, stream, index + (uint)i, epoch)),
                DrawKind.Sphere => CounterRandom.Normal(seed, stream, index + (uint)i, epoch),
                _ => (float)(A + (B - A) * Even(i)),
            };
        }

        if (Kind == DrawKind.Border)
        {
            // All sides are of one size: which one, and which of its two ends, is one draw.
            int side = CounterRandom.Below(2 * Width, seed, stream ^ SideStream, index, epoch);
            point[side / 2] = (float)(side % 2 == 0 ? A : B);
        }

        if (Kind != DrawKind.Sphere) return;
        double length = 0;
        foreach (float c in point) length += (double)c * c;
        double scale = length > 0 ? A / Math.Sqrt(length) : 0;
        for (int i = 0; i < point.Length; i++) point[i] = (float)(point[i] * scale);
        // A point of no length has no direction: any is as good.
        if (length == 0) point[0] = (float)A;
    }

    private const uint SideStream = 0x73696465;

    /// <summary>For people: <c>inside: 2 numbers, uniform in 0..1</c>.</summary>
    public string Describe() => FormattableString.Invariant($"{Name}: {Numbers}, ") + Kind switch
    {
        DrawKind.Normal => FormattableString.Invariant($"normal with mean {A} and standard deviation {B}"),
        DrawKind.Border => FormattableString.Invariant($"on the border of {A}..{B}"),
        DrawKind.Sphere => FormattableString.Invariant($"on the sphere of radius {A}"),
        _ => FormattableString.Invariant($"uniform in {A}..{B}"),
    };

    private string Numbers => Width == 1 ? "a number" : FormattableString.Invariant($"{Width} numbers");
}
