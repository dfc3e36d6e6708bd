using System.Numerics;
using Nn.Ops;

namespace Nn.Data;

/// <summary>
/// Single notes of six instruments that differ in their overtones and in how they begin and fade. From its beginning, in the first fifth of the sample, a note
/// is loudness ÷ Σ aₖ · (1 − e^(−t ÷ attack)) · Σ aₖ · e^(−decay · rₖ · t) · sin(2π · rₖ · pitch · t + φₖ), under normal noise. Pitch (110 to 440 Hz, octaves
/// alike), loudness (0.1 to 0.8), beginning and phases are random; partials above nine tenths of half the rate are left out.
/// </summary>
internal static class Tones
{
    /// <summary>By which a script names it.</summary>
    public const string Name = "tones";

    /// <summary>Values a second where none are stated.</summary>
    public const int Rate = 8000;

    /// <summary>Seconds where none are stated.</summary>
    public const double Seconds = 1;

    private const uint NoiseStream = 0x746f6e65;

    private const double Lowest = 110, Octaves = 2;

    /// <summary>What a note is played on.</summary>
    // Attack in seconds, decay of the first partial a second; higher ones fade as many times as fast.
    internal sealed record Instrument(string Name, double Attack, double Decay, params (double Ratio, double Amplitude)[] Partials);

    // A struck bar has the ratios of the bell (Fletcher and Rossing 1998); a closed pipe has odd partials only, as the clarinet.
    internal static IReadOnlyList<Instrument> Instruments { get; } =
    [
        new("bell", 0.001, 2, (1, 1), (2.756, 0.6), (5.404, 0.4), (8.933, 0.25)),
        new("clarinet", 0.03, 0, [.. Enumerable.Range(0, 6).Select(k => (2.0 * k + 1, 1 / (2.0 * k + 1)))]),
        new("flute", 0.06, 0, (1, 1), (2, 0.3), (3, 0.1)),
        new("guitar", 0.002, 1.5, [.. Enumerable.Range(1, 12).Select(k => ((double)k, 1.0 / k))]),
        new("organ", 0.005, 0, (1, 1), (2, 0.8), (4, 0.6), (8, 0.4)),
        new("strings", 0.15, 0, [.. Enumerable.Range(1, 12).Select(k => ((double)k, 1.0 / k))]),
    ];

    /// <summary>A note: its first partial has the pitch; it begins so many seconds after the sample.</summary>
    internal readonly record struct Note(Instrument Instrument, double Pitch, double Loudness, double Begin, double[] Phases);

    /// <summary>So many notes, the instruments in turn; noise is the standard deviation of a value.</summary>
    public static RawData Make(int samples, DataSpec spec, GeneratorRandom random)
    {
        (int rate, double noise) = (spec.Rate ?? Rate, spec.Noise ?? 0.01);
        int places = checked((int)SoundForm.PlacesOf(rate, spec.Seconds ?? Seconds));
        int[] labels = [.. Enumerable.Range(0, samples).Select(i => i % Instruments.Count)];
        Note[] notes = [.. labels.Select(l => Draw(Instruments[l], (double)places / rate, random))];
        var x = new float[samples * places];
        Parallel.For(0, samples, i => Play(notes[i], rate, x.AsSpan(i * places, places), t => noise * Noise(spec.SourceSeed, i, t)));
        return new RawData
        {
            Schema = new Schema(SoundForm.Of(places, rate), FieldForm.Classes([.. Instruments.Select(n => n.Name)])),
            All = new Part(samples, RawData.Bytes(x), RawData.Bytes(labels)),
            Strata = labels,
            Notes = [$"{samples} notes of {string.Join(", ", Instruments.Select(n => n.Name))}; {SoundForm.Describe(places, rate)}"],
        };
    }

    private static Note Draw(Instrument instrument, double seconds, GeneratorRandom random)
    {
        double pitch = Lowest * Math.Pow(2, Octaves * random.Uniform()), loudness = Loudness(random), begin = 0.2 * seconds * random.Uniform();
        return new Note(instrument, pitch, loudness, begin, Phases(instrument, random));
    }

    /// <summary>How loud a note is.</summary>
    internal static double Loudness(GeneratorRandom random) => 0.1 + 0.7 * random.Uniform();

    /// <summary>Where each partial of a note begins.</summary>
    internal static double[] Phases(Instrument instrument, GeneratorRandom random) =>
        [.. instrument.Partials.Select(_ => 2 * Math.PI * random.Uniform())];

    internal static double Noise(uint seed, int sample, int place) => CounterRandom.Normal(seed, NoiseStream, (uint)place, (uint)sample);

    /// <summary>Writes a note, and noise that is a function of the place.</summary>
    // Each partial turns, and fades, by one product of complex numbers a place.
    internal static void Play(Note note, int rate, Span<float> x, Func<int, double> noise)
    {
        (Instrument of, double first) = (note.Instrument, Math.Ceiling(note.Begin * rate));
        double since = first / rate - note.Begin, gain = note.Loudness / of.Partials.Sum(p => p.Amplitude);
        Complex[] partials = new Complex[of.Partials.Length], turns = new Complex[partials.Length];
        for (int k = 0; k < partials.Length; k++)
        {
            (double ratio, double amplitude) = of.Partials[k];
            double frequency = ratio * note.Pitch, angle = 2 * Math.PI * frequency, fade = of.Decay * ratio;
            if (frequency > 0.45 * rate) continue;
            partials[k] = Complex.FromPolarCoordinates(amplitude * Math.Exp(-fade * since), angle * since + note.Phases[k]);
            turns[k] = Complex.FromPolarCoordinates(Math.Exp(-fade / rate), angle / rate);
        }

        double quiet = Math.Exp(-since / of.Attack), rise = Math.Exp(-1 / (of.Attack * rate));
        for (int t = 0; t < x.Length; t++)
        {
            double value = 0;
            if (t >= first)
            {
                for (int k = 0; k < partials.Length; k++)
                {
                    value += partials[k].Imaginary;
                    partials[k] *= turns[k];
                }

                value *= gain * (1 - quiet);
                quiet *= rise;
            }

            x[t] = (float)(value + noise(t));
        }
    }
}
