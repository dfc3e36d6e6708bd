using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Nn.Data;
using Nn.Graphs;

namespace Nn.Tests.Unit.Data;

public class GeneratorTests
{
    public static TheoryData<string> Names => [.. Generators.Names];

    [Fact]
    public void Xor_is_its_truth_table()
    {
        LoadedData data = Load("xor");
        Assert.Equal([0, 0, 0, 1, 1, 0, 1, 1], Inputs(data));
        Assert.Equal([0, 1, 1, 0], Floats(data.Training.Target));
        Assert.Equal(new Shape(2), data.Input.Shape);
        Assert.Equal(new Shape(1), data.Target.Shape);
    }

    [Fact]
    public void Xor_repeats_its_corners_and_noise_moves_them()
    {
        LoadedData clean = Load("xor", samples: 400), noisy = Load("xor", samples: 400, noise: 0.1);
        Assert.Equal(Inputs(Load("xor")), Inputs(clean)[..8]);
        Assert.Equal(Floats(clean.Training.Target), Floats(noisy.Training.Target));
        AssertDeviation(0.1, Inputs(noisy).Zip(Inputs(clean), (a, b) => (double)a - b));
    }

    [Fact]
    public void Linear_admits_above_its_line()
    {
        LoadedData data = Load("linear", samples: 1000);
        (float X, float Y)[] points = Points(data);
        float[] y = Floats(data.Training.Target);
        for (int i = 0; i < y.Length; i++)
        {
            Assert.InRange(points[i].X, 0f, 1f);
            Assert.InRange(points[i].Y, 0f, 1f);
            Assert.Equal(0.6 * points[i].X + 0.4 * points[i].Y > 0.5 ? 1 : 0, y[i]);
        }

        // The line halves the square.
        Assert.InRange(y.Average(), 0.42, 0.58);
    }

    [Fact]
    public void Circles_have_the_radii_of_their_classes() =>
    ForPoints("circles", classes: 3, (p, c) => Assert.Equal((c + 1) / 3.0, Math.Sqrt(p.X * p.X + p.Y * p.Y), 5));

    [Fact]
    public void Moons_are_two_half_circles_that_interlock() => ForPoints("moons", classes: 2, (p, c) =>
    {
        double x = c == 0 ? p.X : 1 - p.X, y = c == 0 ? p.Y : 0.5 - p.Y;
        Assert.Equal(1, x * x + y * y, 5);
        Assert.True(y >= -1e-6);
    });

    [Fact]
    public void Spirals_turn_one_and_a_half_times() => ForPoints("spirals", classes: 2, (p, c) =>
    {
        double radius = Math.Sqrt(p.X * p.X + p.Y * p.Y), angle = 3 * Math.PI * radius + Math.PI * c;
        Assert.InRange(radius, 0, 1);
        Assert.Equal(radius * Math.Cos(angle), p.X, 4);
        Assert.Equal(radius * Math.Sin(angle), p.Y, 4);
    });

    [Fact]
    public void Blobs_lie_round_their_centres()
    {
        LoadedData data = Load("blobs", samples: 3000, noise: 0.5, classes: 3);
        (float X, float Y)[] points = Points(data);
        int[] y = Classes(data);
        for (int c = 0; c < 3; c++)
        {
            (float X, float Y)[] own = [.. points.Where((_, i) => y[i] == c)];
            double cx = 2 * Math.Cos(2 * Math.PI * c / 3), cy = 2 * Math.Sin(2 * Math.PI * c / 3);
            Assert.Equal(1000, own.Length);
            AssertDeviation(0.5, own.Select(p => p.X - cx));
            AssertDeviation(0.5, own.Select(p => p.Y - cy));
        }
    }

    [Fact]
    public void Sine_is_the_sine_and_its_noise_has_the_stated_deviation()
    {
        LoadedData clean = Load("sine", samples: 2000), noisy = Load("sine", samples: 2000, noise: 0.1);
        float[] x = Inputs(clean), y = Floats(clean.Training.Target);
        for (int i = 0; i < x.Length; i++) Assert.Equal(Math.Sin(x[i]), y[i], tolerance: 1e-6);
        Assert.InRange(x.Min(), -Math.PI - 1e-6, -3);
        Assert.InRange(x.Max(), 3, Math.PI + 1e-6);
        AssertDeviation(0.1, Inputs(noisy).Zip(Floats(noisy.Training.Target), (a, b) => b - Math.Sin(a)));
    }

    // Amplitudes of overtones, each a share of the first partial's; sustained notes have those that the manual states from the attack on.
    [Theory]
    [InlineData("clarinet", "2:0 3:0.3333 4:0 5:0.2 7:0.1429")]
    [InlineData("flute", "2:0.3 3:0.1 4:0 5:0")]
    [InlineData("organ", "2:0.8 3:0 4:0.6 5:0 8:0.4")]
    [InlineData("strings", "2:0.5 3:0.3333 4:0.25 8:0.125 1.5:0")]
    public void Tones_have_the_overtones_of_their_instruments(string instrument, string overtones)
    {
        LoadedData data = Load("tones", samples: 24, noise: 0);
        (float[] x, int wanted) = (Inputs(data), data.Target.Names.ToList().IndexOf(instrument));
        Assert.Equal(8000, data.Input.Rate);
        foreach (int i in Enumerable.Range(0, 24).Where(i => Classes(data)[i] == wanted))
        {
            float[] held = x[(i * 8000 + 4000)..((i + 1) * 8000)];
            double pitch = Enumerable.Range(0, 3600).Select(k => 100 + 0.1 * k).MaxBy(f => Amplitude(held, f, 8000)), first = Amplitude(held, pitch, 8000);
            Assert.InRange(pitch, 109.8, 440.2);
            foreach (string[] overtone in overtones.Split(' ').Select(o => o.Split(':')))
            {
                double ratio = double.Parse(overtone[0], CultureInfo.InvariantCulture), share = double.Parse(overtone[1], CultureInfo.InvariantCulture);
                if (ratio * pitch < 3500) Assert.Equal(share, Amplitude(held, ratio * pitch, 8000) / first, tolerance: 0.03);
            }
        }
    }

    [Fact]
    public void Tones_that_are_struck_fade_and_their_noise_has_the_stated_deviation()
    {
        LoadedData clean = Load("tones", samples: 24, noise: 0), noisy = Load("tones", samples: 24, noise: 0.05);
        float[] x = Inputs(clean);
        AssertDeviation(0.05, Inputs(noisy).Zip(x, (a, b) => (double)a - b));
        foreach (int i in Enumerable.Range(0, 24))
        {
            double Loudness(double from) => Math.Sqrt(x.AsSpan(i * 8000 + (int)(from * 8000), 800).ToArray().Average(v => v * v));
            bool struck = clean.Target.Names[Classes(clean)[i]] is "bell" or "guitar";
            Assert.Equal(0, x[i * 8000 + (x.AsSpan(i * 8000, 8000).IndexOfAnyExcept(0f) - 1)]);
            Assert.True(struck ? Loudness(0.9) < 0.6 * Loudness(0.3) : Loudness(0.9) > 0.8 * Loudness(0.3), $"sample {i}");
        }
    }

    [Fact]
    public void Melodies_begin_with_the_note_that_they_tell_and_no_note_follows_itself()
    {
        var spec = new DataSpec { Name = "d", Source = DataSource.Builtin, Path = "melodies", Samples = 60, Seconds = 2, Noise = 0 };
        LoadedData data = DataLoader.Load(spec, []);
        (float[] x, int[] y) = (Inputs(data), Classes(data));
        double[] pitches = [261.63, 293.66, 329.63, 349.23, 392.00, 440.00, 493.88];
        Assert.Equal(["c", "d", "e", "f", "g", "a", "b"], data.Target.Names);
        for (int i = 0; i < 60; i++)
        {
            int[] notes = [.. y.AsSpan(i * 5, 5).ToArray().TakeWhile(n => n >= 0)];
            Assert.InRange(notes.Length, 2, 5);
            Assert.All(notes.Zip(notes.Skip(1)), n => Assert.NotEqual(n.First, n.Second));
            // Five notes have a fifth each on average, and half of that at least.
            float[] first = x[(i * 16000)..(i * 16000 + 1600)], last = x[((i + 1) * 16000 - 1600)..((i + 1) * 16000)];
            Assert.Equal(notes[0], Enumerable.Range(0, 7).MaxBy(n => Amplitude(first, pitches[n], 8000)));
            Assert.Equal(notes[^1], Enumerable.Range(0, 7).MaxBy(n => Amplitude(last, pitches[n], 8000)));
        }

        Assert.Equal([2, 3, 4, 5], Enumerable.Range(0, 60).Select(i => y.AsSpan(i * 5, 5).ToArray().Count(n => n >= 0)).Distinct().Order());
    }

    // Of a sine of that frequency, under a Hann window.
    private static double Amplitude(float[] x, double frequency, int rate)
    {
        Complex sum = 0;
        for (int t = 0; t < x.Length; t++)
            sum += x[t] * (1 - Math.Cos(2 * Math.PI * t / x.Length)) * Complex.FromPolarCoordinates(1, -2 * Math.PI * frequency * t / rate);
        return 2 * sum.Magnitude / x.Length;
    }

    [Fact]
    public void Digits_are_images_in_ten_equal_classes()
    {
        LoadedData data = Load("digits", samples: 500);
        Assert.Equal(new Shape(28, 28, 1), data.Input.Shape);
        Assert.Equal(DType.U8, data.Input.Stored);
        Assert.All(Classes(data).CountBy(c => c), c => Assert.Equal(50, c.Value));
        for (int i = 0; i < 500; i++)
        {
            ReadOnlySpan<byte> image = data.Training.Input.AsSpan(i * 784, 784);
            int ink = 0;
            foreach (byte b in image) ink += b > 128 ? 1 : 0;
            Assert.InRange(ink, 15, 350);
        }
    }

    [Fact]
    public void Digits_of_one_class_look_alike()
    {
        // The nearest class mean is a weak classifier, but far better than chance where images show their class.
        LoadedData data = Load("digits", samples: 1000);
        int[] y = Classes(data);
        double[] Pixels(int i) => [.. data.Training.Input.AsSpan(i * 784, 784).ToArray().Select(b => b / 255.0)];
        double[][] means = [.. Enumerable.Range(0, 10).Select(c =>
        {
            double[][] own = [.. Enumerable.Range(0, 500).Where(i => y[i] == c).Select(Pixels)];
            return Enumerable.Range(0, 784).Select(p => own.Average(o => o[p])).ToArray();
        })];
        int right = Enumerable.Range(500, 500).Count(i =>
        {
            double[] x = Pixels(i);
            return Enumerable.Range(0, 10).MinBy(c => x.Zip(means[c], (a, b) => (a - b) * (a - b)).Sum()) == y[i];
        });
        Assert.InRange(right, 300, 500);
    }

    [Fact]
    public void Shapes_have_a_class_for_each_pixel_and_figures_lighter_than_the_ground()
    {
        LoadedData data = Load("shapes", samples: 200, noise: 0);
        Assert.Equal(new Shape(32, 32, 1), data.Input.Shape);
        Assert.Equal(new Shape(32, 32), data.Target.Shape);
        int[] map = Classes(data);
        for (int p = 0; p < map.Length; p++)
        {
            if (map[p] == 0) Assert.InRange(data.Training.Input[p], 0, 0.3 * 255 + 1);
            else Assert.InRange(data.Training.Input[p], 0.45 * 255 - 1, 0.95 * 255 + 1);
        }

        // On the average two figures of some 80 pixels, which may overlap.
        for (int c = 1; c <= 3; c++) Assert.InRange(map.Count(m => m == c) / (double)map.Length, 0.03, 0.08);
        for (int i = 0; i < 200; i++) Assert.Contains(map[(i * 1024)..((i + 1) * 1024)], m => m > 0);
    }

    [Fact]
    public void Waves_have_the_next_value_as_target_and_noise_of_the_stated_deviation()
    {
        LoadedData clean = Load("waves", samples: 50, noise: 0), noisy = Load("waves", samples: 50, noise: 0.1);
        float[] x = Inputs(clean), y = Floats(clean.Training.Target);
        for (int i = 0; i < 50; i++) Assert.Equal(x[(i * 128 + 1)..((i + 1) * 128)], y[(i * 128)..((i + 1) * 128 - 1)]);
        // Three sines of amplitudes in 0.3..1.
        Assert.InRange(x.Average(v => (double)v * v), 3 * 0.5 * 0.46 * 0.8, 3 * 0.5 * 0.46 * 1.2);
        AssertDeviation(0.1, Inputs(noisy).Zip(x, (a, b) => (double)a - b));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_bytes(string name)
    {
        LoadedData a = Load(name, samples: 40, seed: 1), b = Load(name, samples: 40, seed: 1), c = Load(name, samples: 40, seed: 2);
        Assert.Equal(a.Training.Input, b.Training.Input);
        Assert.Equal(a.Training.Target, b.Training.Target);
        if (name != "xor") Assert.NotEqual(a.Training.Input, c.Training.Input);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void More_samples_begin_with_the_same_ones(string name) =>
        Assert.Equal(Load(name, samples: 20).Training.Input, Load(name, samples: 50).Training.Input[..Load(name, samples: 20).Training.Input.Length]);

    [Theory]
    [MemberData(nameof(Names))]
    public void More_samples_than_memory_can_hold_are_refused_with_the_number(string name)
    {
        NnException e = Assert.Throws<NnException>(() => Load(name, samples: 2_000_000_000));
        Assert.Equal(ExitCode.OutOfMemory, e.Code);
        Assert.Contains("2,000,000,000 samples", e.Message);
    }

    private static void ForPoints(string name, int classes, Action<(double X, double Y), int> check)
    {
        LoadedData data = Load(name, samples: 300, noise: 0, classes: classes);
        (float X, float Y)[] points = Points(data);
        int[] y = Classes(data);
        Assert.Equal(classes, data.Target.Symbols);
        Assert.All(y.CountBy(c => c), c => Assert.Equal(300 / classes, c.Value));
        for (int i = 0; i < y.Length; i++) check((points[i].X, points[i].Y), y[i]);
    }

    // Mean 0 and the stated deviation, each within five standard errors.
    private static void AssertDeviation(double expected, IEnumerable<double> values)
    {
        double[] v = [.. values];
        double error = 5 * expected / Math.Sqrt(v.Length);
        Assert.InRange(v.Average(), -error, error);
        Assert.InRange(Math.Sqrt(v.Average(x => x * x)), expected - error, expected + error);
    }

    private static LoadedData Load(string name, int? samples = null, double? noise = null, int? classes = null, uint seed = 0) => DataLoader.Load(
        new DataSpec { Name = "d", Source = DataSource.Builtin, Path = name, Samples = samples, Noise = noise, Classes = classes, SourceSeed = seed }, []);

    private static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    private static float[] Inputs(LoadedData data) => Floats(data.Training.Input);

    private static int[] Classes(LoadedData data) => MemoryMarshal.Cast<byte, int>(data.Training.Target).ToArray();

    private static (float X, float Y)[] Points(LoadedData data) => [.. Inputs(data).Chunk(2).Select(p => (p[0], p[1]))];
}
