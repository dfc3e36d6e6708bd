namespace Nn.Data;

/// <summary>
/// Two to five notes after each other, on one of the instruments of <see cref="Tones"/>. The target is the sequence of their names, c to b; no note follows
/// itself. They share the sample out at random, each at least half an equal share; pitches are those of equal temperament above middle c (261.6 Hz), and each
/// note ends where the next one begins.
/// </summary>
internal static class Melodies
{
    /// <summary>By which a script names it.</summary>
    public const string Name = "melodies";

    private const int Fewest = 2, Most = 5;

    private const double MiddleC = 261.6256;

    private static readonly string[] s_names = ["c", "d", "e", "f", "g", "a", "b"];

    // Above c.
    private static readonly int[] s_semitones = [0, 2, 4, 5, 7, 9, 11];

    /// <summary>So many melodies; noise is the standard deviation of a value.</summary>
    public static RawData Make(int samples, DataSpec spec, GeneratorRandom random)
    {
        (int rate, double noise) = (spec.Rate ?? Tones.Rate, spec.Noise ?? 0.01);
        int places = checked((int)SoundForm.PlacesOf(rate, spec.Seconds ?? Tones.Seconds));
        var x = new float[samples * places];
        var y = new int[samples * Most];
        Array.Fill(y, FieldForm.Padding);
        var melodies = new (Tones.Note Note, int From, int To)[samples][];
        for (int i = 0; i < samples; i++) melodies[i] = Draw(places, random, y.AsSpan(i * Most, Most));
        Parallel.For(0, samples, i =>
        {
            foreach ((Tones.Note note, int from, int to) in melodies[i])
                Tones.Play(note, rate, x.AsSpan(i * places + from, to - from), t => noise * Tones.Noise(spec.SourceSeed, i, from + t));
        });
        return new RawData
        {
            Schema = new Schema(SoundForm.Of(places, rate), FieldForm.Classes(s_names, new Graphs.Shape(FieldForm.UpTo(Most, "notes")))),
            All = new Part(samples, RawData.Bytes(x), RawData.Bytes(y)),
            Notes = [$"{samples} melodies of {Fewest} to {Most} notes, {string.Join(", ", s_names)}; {SoundForm.Describe(places, rate)}"],
        };
    }

    private static (Tones.Note Note, int From, int To)[] Draw(int places, GeneratorRandom random, Span<int> names)
    {
        int Below(int n) => Math.Min(n - 1, (int)(n * random.Uniform()));
        Tones.Instrument instrument = Tones.Instruments[Below(Tones.Instruments.Count)];
        var notes = new (Tones.Note Note, int From, int To)[Fewest + Below(Most - Fewest + 1)];
        double[] shares = [.. notes.Select(_ => 1e-6 + random.Uniform())];
        double all = shares.Sum(), sum = 0;
        int from = 0;
        for (int k = 0; k < notes.Length; k++)
        {
            int name = k == 0 ? Below(s_names.Length) : (names[k - 1] + 1 + Below(s_names.Length - 1)) % s_names.Length;
            names[k] = name;
            // Half of the sample is shared out equally, the other half at random.
            sum += 0.5 / notes.Length + 0.5 * shares[k] / all;
            int to = k == notes.Length - 1 ? places : (int)(places * sum);
            double pitch = MiddleC * Math.Pow(2, s_semitones[name] / 12.0);
            notes[k] = (new Tones.Note(instrument, pitch, Tones.Loudness(random), 0, Tones.Phases(instrument, random)), from, to);
            from = to;
        }

        return notes;
    }
}
