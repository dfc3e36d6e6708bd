namespace Nn.Training;

/// <summary>
/// A line search for the strong Wolfe conditions: the loss falls enough, and its slope becomes flat enough (Nocedal and Wright 2006, algorithms 3.5 and 3.6).
/// </summary>
internal static class StrongWolfe
{
    /// <summary>Share of the first slope by which the loss must fall.</summary>
    public const double Decrease = 1e-4;

    /// <summary>Share of the first slope that may be left.</summary>
    public const double Curvature = 0.9;

    private const int MostPoints = 25;

    private readonly record struct Point(double Length, double Loss, double Slope);

    /// <summary>
    /// A length along the direction that meets both conditions; where none is found, the best length looked at, or 0 if nothing was better.
    /// </summary>
    /// <param name="look">Loss and slope at a length.</param>
    /// <param name="loss">Loss at 0.</param>
    /// <param name="slope">Slope at 0, negative.</param>
    /// <param name="first">The first length to look at.</param>
    public static double Search(Func<double, (double Loss, double Slope)> look, double loss, double slope, double first)
    {
        int left = MostPoints;
        Point Look(double length)
        {
            left--;
            (double l, double s) = look(length);
            // What is no number is too far away.
            return double.IsFinite(l) && double.IsFinite(s) ? new Point(length, l, s) : new Point(length, double.PositiveInfinity, double.NaN);
        }

        bool High(Point p) => !(p.Loss <= loss + Decrease * p.Length * slope);
        bool Flat(Point p) => Math.Abs(p.Slope) <= -Curvature * slope;
        var before = new Point(0, loss, slope);
        for (double length = first; left > 0; length *= 2)
        {
            Point here = Look(length);
            if (High(here) || (before.Length > 0 && here.Loss >= before.Loss)) return Zoom(before, here);
            if (Flat(here)) return here.Length;
            if (here.Slope >= 0) return Zoom(here, before);
            before = here;
        }

        return before.Length;

        // Between the best point so far and one beyond a minimum.
        double Zoom(Point low, Point high)
        {
            while (left > 0)
            {
                Point here = Look(Between(low, high));
                if (High(here) || here.Loss >= low.Loss)
                {
                    high = here;
                    continue;
                }

                if (Flat(here)) return here.Length;
                if (here.Slope * (high.Length - low.Length) >= 0) high = low;
                low = here;
            }

            return low.Loss < loss ? low.Length : 0;
        }
    }

    // The minimum of the cubic through both points, kept away from either (Nocedal and Wright, 3.59).
    private static double Between(Point a, Point b)
    {
        double d1 = a.Slope + b.Slope - 3 * (a.Loss - b.Loss) / (a.Length - b.Length);
        double d2 = Math.Sign(b.Length - a.Length) * Math.Sqrt(d1 * d1 - a.Slope * b.Slope);
        double cubic = b.Length - (b.Length - a.Length) * (b.Slope + d2 - d1) / (b.Slope - a.Slope + 2 * d2);
        double low = Math.Min(a.Length, b.Length), width = Math.Abs(b.Length - a.Length);
        return double.IsFinite(cubic) ? Math.Clamp(cubic, low + 0.1 * width, low + 0.9 * width) : low + width / 2;
    }
}
