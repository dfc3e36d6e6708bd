using Nn.Graphs;
using Nn.Ops;

namespace Nn.Data;

/// <summary>Data sets that are computed, not read: functions of their seed.</summary>
public static class Generators
{
    /// <summary>All there are.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["xor", "linear", "circles", "moons", "spirals", "blobs", "sine", "digits", "pairs", "shapes", "waves", "sentences", WrittenDates.Name, Tones.Name,
            Melodies.Name];

    /// <summary>The names of the fields that a generator makes.</summary>
    public static IReadOnlyList<string> FieldsOf(string generator) => generator switch
    {
        "pairs" => DigitPairs.Fields,
        WrittenDates.Name => TextPairs.Fields,
        _ => [Schema.X, Schema.Y],
    };

    /// <summary>Whether samples of a generator are sounds, which have a rate and last so many seconds.</summary>
    public static bool MakesSounds(string generator) => generator is Tones.Name or Melodies.Name;

    internal static RawData Make(DataSpec spec)
    {
        var random = new GeneratorRandom(spec.SourceSeed);
        int n = spec.Samples ?? spec.Path switch
        {
            "xor" => 4,
            "digits" or "pairs" or "sentences" => 2000,
            "shapes" or Tones.Name or Melodies.Name => 1000,
            WrittenDates.Name => 20_000,
            _ => 500,
        };
        long largest = spec.Path switch
        {
            "digits" => Digits.Pixels,
            "pairs" => 2 * Digits.Pixels,
            "shapes" => DrawnShapes.Pixels * sizeof(int),
            "waves" => Waves.Length * sizeof(float),
            Tones.Name or Melodies.Name => SoundForm.PlacesOf(spec.Rate ?? Tones.Rate, spec.Seconds ?? Tones.Seconds) * sizeof(float),
            "sine" => sizeof(float),
            _ => 2 * sizeof(float),
        };
        RawData.CheckSize(n, largest, spec.Name);
        return spec.Path switch
        {
            "xor" => Xor(n, spec.Noise ?? 0, random),
            "linear" => Linear(n, spec.Noise ?? 0, random),
            "circles" => Points(n, spec.Classes ?? 2, spec.Noise ?? 0.05, random, Circle),
            "moons" => Points(n, 2, spec.Noise ?? 0.1, random, Moon),
            "spirals" => Points(n, spec.Classes ?? 2, spec.Noise ?? 0.02, random, Spiral),
            "blobs" => Points(n, spec.Classes ?? 3, spec.Noise ?? 0.5, random, Blob),
            "sine" => Sine(n, spec.Noise ?? 0, random),
            "digits" => Digits.Make(n, random),
            "pairs" => DigitPairs.Make(n, random),
            "shapes" => DrawnShapes.Make(n, spec.Noise ?? 0.1, random),
            "sentences" => Sentences.Make(n, spec.Name, random),
            WrittenDates.Name => WrittenDates.Make(n, spec, random),
            "waves" => Waves.Make(n, spec.Noise ?? 0.05, random),
            Tones.Name => Tones.Make(n, spec, random),
            Melodies.Name => Melodies.Make(n, spec, random),
            _ => throw new ArgumentException($"there is no generator '{spec.Path}'"),
        };
    }

    // The four corners in turn; noise moves them.
    private static RawData Xor(int n, double noise, GeneratorRandom random)
    {
        float[] x = new float[2 * n], y = new float[n];
        for (int i = 0; i < n; i++)
        {
            int a = i >> 1 & 1, b = i & 1;
            x[2 * i] = (float)(a + noise * random.Normal());
            x[2 * i + 1] = (float)(b + noise * random.Normal());
            y[i] = a ^ b;
        }

        return Table(n, x, 2, y, 1, ["x1", "x2"], "xor: two inputs, 1 where exactly one of them is 1");
    }

    // Students with two marks in 0..1; admitted above a line. Noise turns decisions near it.
    private static RawData Linear(int n, double noise, GeneratorRandom random)
    {
        float[] x = new float[2 * n], y = new float[n];
        for (int i = 0; i < n; i++)
        {
            double m = random.Uniform(), p = random.Uniform();
            (x[2 * i], x[2 * i + 1]) = ((float)m, (float)p);
            y[i] = 0.6 * m + 0.4 * p + noise * random.Normal() > 0.5 ? 1 : 0;
        }

        return Table(n, x, 2, y, 1, ["marks", "project"], "linear: two marks, 1 where 0.6·marks + 0.4·project > 0.5");
    }

    private static RawData Sine(int n, double noise, GeneratorRandom random)
    {
        float[] x = new float[n], y = new float[n];
        for (int i = 0; i < n; i++)
        {
            double at = (random.Uniform() * 2 - 1) * Math.PI;
            (x[i], y[i]) = ((float)at, (float)(Math.Sin(at) + noise * random.Normal()));
        }

        return Table(n, x, 1, y, 1, ["x"], "sine: sin x for x in −π..π");
    }

    private static RawData Points(int n, int classes, double noise, GeneratorRandom random, Func<int, int, GeneratorRandom, (double X, double Y)> place)
    {
        var x = new float[2 * n];
        var y = new int[n];
        for (int i = 0; i < n; i++)
        {
            y[i] = i % classes;
            (double px, double py) = place(y[i], classes, random);
            (x[2 * i], x[2 * i + 1]) = ((float)(px + noise * random.Normal()), (float)(py + noise * random.Normal()));
        }

        return new RawData
        {
            Schema = new Schema(new FieldForm(new Shape(2), DType.F32) { Names = ["x1", "x2"] }, FieldForm.Numbered(classes)),
            All = new Part(n, RawData.Bytes(x), RawData.Bytes(y)),
            Strata = y,
            Notes = [$"{n} points in the plane, {classes} classes"],
        };
    }

    private static (double X, double Y) Circle(int c, int classes, GeneratorRandom random)
    {
        double angle = random.Uniform() * 2 * Math.PI, radius = (c + 1.0) / classes;
        return (radius * Math.Cos(angle), radius * Math.Sin(angle));
    }

    private static (double X, double Y) Moon(int c, int classes, GeneratorRandom random)
    {
        double angle = random.Uniform() * Math.PI;
        return c == 0 ? (Math.Cos(angle), Math.Sin(angle)) : (1 - Math.Cos(angle), 0.5 - Math.Sin(angle));
    }

    private static (double X, double Y) Spiral(int c, int classes, GeneratorRandom random)
    {
        double t = Math.Sqrt(random.Uniform()), angle = t * 3 * Math.PI + 2 * Math.PI * c / classes;
        return (t * Math.Cos(angle), t * Math.Sin(angle));
    }

    private static (double X, double Y) Blob(int c, int classes, GeneratorRandom random)
    {
        double angle = 2 * Math.PI * c / classes;
        return (2 * Math.Cos(angle), 2 * Math.Sin(angle));
    }

    private static RawData Table(int n, float[] x, int features, float[] y, int targets, string[] names, string note) => new()
    {
        Schema = new Schema(new FieldForm(new Shape(features), DType.F32) { Names = names }, new FieldForm(new Shape(targets), DType.F32)),
        All = new Part(n, RawData.Bytes(x), RawData.Bytes(y)),
        Strata = [.. y.Select(v => (int)v)],
        Notes = [$"{n} samples of {note}"],
    };
}

/// <summary>Numbers in sequence from a counter-based generator.</summary>
internal sealed class GeneratorRandom(uint seed)
{
    private uint _next;

    public double Uniform() => CounterRandom.Uniform(seed, 0x67656e, _next++, 0);

    public double Normal() => CounterRandom.Normal(seed, 0x67656e, _next++, 1);
}
