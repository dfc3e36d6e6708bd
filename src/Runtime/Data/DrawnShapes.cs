using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Grey images of 32×32 bytes with one to three figures on a darker ground under noise. The target is a map of classes: what each pixel belongs to. Greys say
/// nothing about the class.
/// </summary>
internal static class DrawnShapes
{
    /// <summary>Bytes of an image.</summary>
    public const int Pixels = Size * Size;

    private const int Size = 32;

    private static readonly string[] s_classes = ["background", "disc", "box", "triangle"];

    /// <summary>So many images; noise is the standard deviation of a pixel, where 1 is white.</summary>
    public static RawData Make(int samples, double noise, GeneratorRandom random)
    {
        var pixels = new byte[samples * Pixels];
        var map = new int[samples * Pixels];
        for (int i = 0; i < samples; i++) Draw(pixels.AsSpan(i * Pixels, Pixels), map.AsSpan(i * Pixels, Pixels), noise, random);
        return new RawData
        {
            Schema = new Schema(new FieldForm(new Shape(Size, Size, 1), DType.U8), FieldForm.Classes(s_classes, new Shape(Size, Size))),
            All = new Part(samples, pixels, RawData.Bytes(map)),
            Notes = [$"{samples} images of {Size}x{Size} with {string.Join(", ", s_classes[1..])}; a class for each pixel"],
        };
    }

    private static void Draw(Span<byte> pixels, Span<int> map, double noise, GeneratorRandom random)
    {
        Span<double> grey = stackalloc double[Pixels];
        grey.Fill(0.1 + 0.2 * random.Uniform());
        map.Clear();
        for (int left = 1 + (int)(3 * random.Uniform()); left > 0; left--)
        {
            int kind = 1 + (int)(3 * random.Uniform());
            double x = (0.15 + 0.7 * random.Uniform()) * Size, y = (0.15 + 0.7 * random.Uniform()) * Size;
            double radius = (0.1 + 0.12 * random.Uniform()) * Size, turn = 2 * Math.PI * random.Uniform(), shade = 0.45 + 0.5 * random.Uniform();
            (double sin, double cos) = Math.SinCos(turn);
            for (int p = 0; p < Pixels; p++)
            {
                double dx = p % Size + 0.5 - x, dy = p / Size + 0.5 - y;
                if (!Contains(kind, (cos * dx + sin * dy) / radius, (cos * dy - sin * dx) / radius)) continue;
                // A later figure covers the ones before it.
                (grey[p], map[p]) = (shade, kind);
            }
        }

        for (int p = 0; p < Pixels; p++) pixels[p] = (byte)Math.Clamp(Math.Round(255 * (grey[p] + noise * random.Normal())), 0, 255);
    }

    // Figures of about one area, around the origin.
    private static bool Contains(int kind, double x, double y) => kind switch
    {
        1 => x * x + y * y <= 1,
        2 => Math.Max(Math.Abs(x), Math.Abs(y)) <= 0.9,
        // Three sides, each 0.72 away from the middle.
        _ => y <= 0.72 && 0.866 * x - 0.5 * y <= 0.72 && -0.866 * x - 0.5 * y <= 0.72,
    };
}
