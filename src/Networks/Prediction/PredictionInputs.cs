using System.Globalization;
using Nn.Data;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Networks.Prediction;

/// <summary>Samples that somebody asks about, as words: numbers and names of images. Of a model of several inputs, each as <c>field=value</c>.</summary>
public static class PredictionInputs
{
    /// <summary>The words as the fields have them stored.</summary>
    /// <param name="schema">What the fields are.</param>
    /// <param name="names">Those that the model takes.</param>
    /// <param name="words">At least one.</param>
    /// <returns>In the order of the names, and how many samples they are.</returns>
    /// <exception cref="NnException">They are nothing that the model could take.</exception>
    public static (IReadOnlyList<byte[]> Stored, int Samples) Read(Schema schema, IReadOnlyList<string> names, IReadOnlyList<string> words)
    {
        Field[] fields = [.. names.Select(n => schema.Inputs.Single(f => f.Name == n))];
        if (fields is [{ } only])
        {
            (byte[] stored, int samples) = Read(only.Form, words);
            return ([stored], samples);
        }

        string form = string.Join(' ', fields.Select(f => $"{f.Name}={(f.Form.IsPicture ? "FILE.png" : "1,2")}"));
        var given = new Dictionary<string, string[]>();
        foreach (string word in words)
        {
            int equals = word.IndexOf('=');
            string name = equals < 0 ? "" : word[..equals];
            if (!names.Contains(name)) throw new NnException(ExitCode.Usage, equals < 0 ? $"'{word}' says not which input it is; write: {form}" : $"'{name}' is no input of this model; write: {form}");
            if (!given.TryAdd(name, [.. word[(equals + 1)..].Split(',')])) throw new NnException(ExitCode.Usage, $"'{name}' is given twice; several samples stand together: {name}=1,2");
        }

        if (names.FirstOrDefault(n => !given.ContainsKey(n)) is { } missing) throw new NnException(ExitCode.Usage, $"'{missing}' is missing; write: {form}");
        (byte[] Stored, int Samples)[] all = [.. fields.Select(f => Read(f.Form, given[f.Name]))];
        if (all.Select(a => a.Samples).Distinct().Count() > 1)
            throw new NnException(ExitCode.Usage, $"there {(all[0].Samples == 1 ? "is" : "are")} {string.Join(" and ", fields.Select((f, i) => $"{Plural.Of(all[i].Samples, "sample")} of {f.Name}"))}; give as many of each");
        return ([.. all.Select(a => a.Stored)], all[0].Samples);
    }

    /// <summary>The first samples of a part.</summary>
    /// <param name="schema">What the fields are.</param>
    /// <param name="names">Those that the model takes.</param>
    /// <param name="part">The part.</param>
    /// <param name="count">How many samples; the part has as many.</param>
    public static IReadOnlyList<byte[]> First(Schema schema, IReadOnlyList<string> names, Part part, int count)
    {
        Part some = part.Select(schema, [.. Enumerable.Range(0, count)]);
        return [.. names.Select(n => some.Inputs[schema.Inputs.TakeWhile(f => f.Name != n).Count()])];
    }

    private static (byte[] Stored, int Samples) Read(FieldForm form, IReadOnlyList<string> words)
    {
        if (words.Any(ImageFile.IsNamed)) return Images(form, words);
        foreach (string word in words)
        {
            string? why = Directory.Exists(word) ? "is a folder; name images one by one, or numbers"
                : File.Exists(word) || NamesFile(word) ? "is a file; here are numbers or images. For other data name them in the script's data block: the words and classes of the model are kept"
                : null;
            if (why is not null) throw new NnException(ExitCode.Usage, $"'{word}' {why}");
        }

        return form.Parse(words);
    }

    // Brought to the size and the colours of the data.
    private static (byte[] Stored, int Samples) Images(FieldForm form, IReadOnlyList<string> files)
    {
        if (!form.IsPicture) throw new NnException(ExitCode.Usage, $"this model takes samples of {form.Shape}, not images");
        if (files.FirstOrDefault(i => !ImageFile.IsNamed(i)) is { } other) throw new NnException(ExitCode.Usage, $"'{other}' is no PNG or JPEG image, as the others are");
        Shape shape = form.Shape;
        byte[] pixels = [.. files.Select(ImageFile.Load).Select(i => shape[2] == 1 ? ImageResize.Grey(i) : ImageResize.Colour(i)).SelectMany(i => ImageResize.To(i, shape[0], shape[1]).Pixels)];
        return (form.StoreBytes(pixels), files.Count);
    }

    private static bool NamesFile(string word) => Path.GetExtension(word).Length > 1 && !double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
