using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Handwritten-looking digits, 28×28 grey bytes: each is a few strokes whose points, pen width, slant, size, turn and place vary at random.
/// </summary>
internal static class Digits
{
    /// <summary>Bytes of an image.</summary>
    public const int Pixels = Size * Size;

    /// <summary>Height and width of an image.</summary>
    public const int Size = 28;

    // Strokes in a box of 0..1, y downwards; curves as points.
    private static readonly (double X, double Y)[][][] Shapes =
    [
        [Arc(0.5, 0.5, 0.30, 0.45, 0, 360)],
        [[(0.32, 0.25), (0.55, 0.05), (0.55, 0.95)]],
        [[.. Arc(0.5, 0.28, 0.28, 0.24, 190, 400), (0.22, 0.95), (0.80, 0.95)]],
        [[.. Arc(0.47, 0.27, 0.26, 0.22, 200, 450)], [.. Arc(0.47, 0.72, 0.30, 0.24, 270, 520)]],
        [[(0.60, 0.05), (0.20, 0.65), (0.82, 0.65)], [(0.62, 0.35), (0.62, 0.97)]],
        [[(0.75, 0.05), (0.32, 0.05), (0.28, 0.45)], [.. Arc(0.48, 0.68, 0.29, 0.27, 235, 500)]],
        [[(0.66, 0.05), (0.36, 0.35), (0.25, 0.65)], [.. Arc(0.5, 0.70, 0.26, 0.25, 0, 360)]],
        [[(0.20, 0.07), (0.80, 0.07), (0.42, 0.95)]],
        [Arc(0.5, 0.27, 0.23, 0.21, 0, 360), Arc(0.5, 0.72, 0.28, 0.24, 0, 360)],
        [Arc(0.5, 0.30, 0.26, 0.25, 0, 360), [(0.76, 0.32), (0.70, 0.65), (0.52, 0.96)]],
    ];

    /// <summary>So many digits, the classes in turn.</summary>
    public static RawData Make(int samples, GeneratorRandom random)
    {
        var pixels = new byte[samples * Pixels];
        var labels = new int[samples];
        for (int i = 0; i < samples; i++)
        {
            labels[i] = i % 10;
            Draw(labels[i], pixels.AsSpan(i * Pixels, Pixels), random);
        }

        return new RawData
        {
            Schema = new Schema(new FieldForm(new Shape(Size, Size, 1), DType.U8), FieldForm.Numbered(10)),
            All = new Part(samples, pixels, RawData.Bytes(labels)),
            Strata = labels,
            Notes = [$"{samples} drawn digits of 28x28, 10 classes"],
        };
    }

    /// <summary>Draws one.</summary>
    public static void Draw(int digit, Span<byte> pixels, GeneratorRandom random)
    {
        double Around(double spread) => (random.Uniform() * 2 - 1) * spread;
        double pen = 0.9 + random.Uniform() * 1.1, turn = Around(0.22), slant = Around(0.30);
        double width = 15 * (1 + Around(0.22)), height = 20 * (1 + Around(0.15));
        double cx = Size / 2.0 + Around(2.5), cy = Size / 2.0 + Around(2.5), wobble = 0.035;
        (double sin, double cos) = Math.SinCos(turn);
        Span<float> ink = stackalloc float[Pixels];
        ink.Clear();
        foreach ((double X, double Y)[] stroke in Shapes[digit])
        {
            // A slow bend of the whole stroke looks more like a hand than noise on each point.
            double bendX = Around(wobble * 2), bendY = Around(wobble * 2), phase = random.Uniform() * 6;
            (double X, double Y) previous = default;
            for (int k = 0; k < stroke.Length; k++)
            {
                double t = phase + 3.0 * k / stroke.Length;
                double x = stroke[k].X - 0.5 + bendX * Math.Sin(t) + (stroke.Length < 6 ? Around(wobble) : 0);
                double y = stroke[k].Y - 0.5 + bendY * Math.Cos(t) + (stroke.Length < 6 ? Around(wobble) : 0);
                double px = (x - slant * y) * width, py = y * height;
                (double X, double Y) point = (cx + cos * px - sin * py, cy + sin * px + cos * py);
                if (k > 0) Line(ink, previous, point, pen);
                previous = point;
            }
        }

        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Math.Min(255, ink[i] * 255);
    }

    // Ink fades over one pixel at the edge of the pen.
    private static void Line(Span<float> ink, (double X, double Y) a, (double X, double Y) b, double pen)
    {
        double reach = pen + 1, dx = b.X - a.X, dy = b.Y - a.Y, length = Math.Max(1e-9, dx * dx + dy * dy);
        int x0 = Math.Max(0, (int)Math.Floor(Math.Min(a.X, b.X) - reach)), x1 = Math.Min(Size - 1, (int)Math.Ceiling(Math.Max(a.X, b.X) + reach));
        int y0 = Math.Max(0, (int)Math.Floor(Math.Min(a.Y, b.Y) - reach)), y1 = Math.Min(Size - 1, (int)Math.Ceiling(Math.Max(a.Y, b.Y) + reach));
        for (int y = y0; y <= y1; y++)
        {
            for (int x = x0; x <= x1; x++)
            {
                double t = Math.Clamp(((x - a.X) * dx + (y - a.Y) * dy) / length, 0, 1);
                double ex = x - a.X - t * dx, ey = y - a.Y - t * dy;
                float value = (float)Math.Clamp(pen + 0.5 - Math.Sqrt(ex * ex + ey * ey), 0, 1);
                if (value > ink[y * Size + x]) ink[y * Size + x] = value;
            }
        }
    }

    // Degrees clockwise from the right, as y points downwards.
    private static (double X, double Y)[] Arc(double cx, double cy, double rx, double ry, double from, double to)
    {
        int steps = Math.Max(6, (int)((to - from) / 24));
        return [.. Enumerable.Range(0, steps + 1).Select(i =>
        {
            (double sin, double cos) = Math.SinCos((from + (to - from) * i / steps) * Math.PI / 180);
            return (cx + rx * cos, cy + ry * sin);
        })];
    }
}
