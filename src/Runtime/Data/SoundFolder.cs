using System.Globalization;
using Nn.Files;

namespace Nn.Data;

/// <summary>A folder with a folder of sounds, WAV, for each class; classes and sounds in the alphabetical order of their names.</summary>
internal static class SoundFolder
{
    private static readonly ClassFolder.Kind s_sounds = new(SoundFile.IsNamed, "sound", "sounds", "WAV", "WAV file", "sounds");

    /// <summary>
    /// Reads all sounds and brings them to one rate and one length: those that the script states, else those of a trained model, else those that all have.
    /// </summary>
    /// <exception cref="NnException">There are none, one cannot be read, or they differ in rate or length where none is stated.</exception>
    public static RawData Read(string folder, DataSpec spec)
    {
        ClassFolder found = ClassFolder.Find(folder, spec, s_sounds);
        FieldForm? trained = spec.Trained?.Inputs.Select(i => i.Form).FirstOrDefault(f => f.Rate is not null);
        Sound first = SoundFile.Load(found.Files[0].File);
        int rate = spec.Rate ?? trained?.Rate ?? first.Rate;
        bool hasLength = spec.Seconds is not null || trained is not null;
        long places = spec.Seconds is { } seconds ? SoundForm.PlacesOf(rate, seconds) : trained?.Shape[0] ?? Places(first, rate);
        RawData.CheckSize(found.Files.Count, places * sizeof(float), folder);
        FieldForm form = SoundForm.Of(checked((int)places), rate);
        var values = new float[found.Files.Count * places];
        int mixed = 0, resampled = 0, cut = 0, filled = 0;
        for (int i = 0; i < found.Files.Count; i++)
        {
            string file = found.Files[i].File;
            Sound sound = i == 0 ? first : SoundFile.Load(file);
            if (sound.Rate != rate && spec.Rate is null && trained is null)
                throw Differ("rate", found.Files[0].File, $"{rate:N0} values a second", file, $"{sound.Rate:N0}", $"rate: {rate}");
            long own = Places(sound, rate);
            if (own != places && !hasLength)
            {
                throw Differ("length", found.Files[0].File, SoundForm.Describe(form.Shape[0], rate), file, Seconds(own, rate) + " s",
                    $"seconds: {Seconds(places, rate)}");
            }

            if (sound.Channels > 1) mixed++;
            if (sound.Rate != rate) resampled++;
            if (own > places) cut++;
            if (own < places) filled++;
            SoundForm.Fit(sound, form).CopyTo(values, i * places);
        }

        NnException Differ(string what, string one, string its, string other, string others, string option) => new(
            ExitCode.BadFile, $"{folder}: sounds differ in {what}: {one} has {its}, {other} {others}; bring them to one: sound \"{spec.Path}\", {option}");

        int[] labels = [.. found.Files.Select(f => f.Class)];
        return new RawData
        {
            Schema = new Schema(form, FieldForm.Classes(found.Classes)),
            All = new Part(labels.Length, RawData.Bytes(values), RawData.Bytes(labels)),
            Strata = labels,
            Notes =
            [
                $"{Plural.Of(labels.Length, "sound")} of {SoundForm.Describe(form.Shape[0], rate)}", .. found.Notes(s_sounds),
                .. Changed(mixed, "mixed down to one channel"), .. Changed(resampled, "brought to another rate"), .. Changed(cut, "cut at the end"),
                .. Changed(filled, "filled with silence"),
            ],
        };
    }

    private static long Places(Sound sound, int rate) =>
        sound.Rate == rate ? sound.Values.Length : Resampling.CountOf(sound.Values.Length, sound.Rate, rate);

    private static string Seconds(long places, int rate) => ((double)places / rate).ToString("0.####", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Changed(int sounds, string how) => sounds > 0 ? [$"{Plural.Of(sounds, "sound")} {how}"] : [];
}
