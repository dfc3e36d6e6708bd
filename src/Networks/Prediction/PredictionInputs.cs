using System.Globalization;
using Nn.Data;
using Nn.Dsl;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Networks.Prediction;

/// <summary>
/// Samples that somebody asks about, as words: numbers and names of images; rows of a table by column, <c>island=Biscoe mass=3700</c>, or in the order of its
/// columns. Of a model of several
/// inputs, each as <c>field=value</c>.
/// </summary>
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
            (byte[] stored, int samples) = RowForm.Of(only.Form) is { } row && Rows(row, words) is { } features
                ? (only.Form.Store(features), features.Length / row.Width)
                : Read(only.Form, words);
            return ([stored], samples);
        }

        string form = string.Join(' ', fields.Select(f => $"{f.Name}={(f.Form.IsPicture ? "FILE.png" : f.Form.Rate is not null ? "FILE.wav" : "1,2")}"));
        RowForm?[] rows = [.. fields.Select(f => RowForm.Of(f.Form))];
        var given = new Dictionary<string, string[]>();
        var cells = new Dictionary<string, List<string>>();
        foreach (string word in words)
        {
            int equals = word.IndexOf('=');
            string name = equals < 0 ? "" : word[..equals];
            if (!names.Contains(name) && Array.FindIndex(rows, r => r?.Has(name) == true) is >= 0 and var owner)
            {
                // A column of a field that is a row of a table.
                if (!cells.TryGetValue(names[owner], out List<string>? own)) cells[names[owner]] = own = [];
                own.Add(word);
                continue;
            }

            if (!names.Contains(name))
            {
                string why = equals < 0 ? $"'{word}' says not which input it is"
                    : $"'{name}' is no input of this model{Near(name, [.. names, .. rows.SelectMany(r => r?.Columns ?? [])])}";
                throw new NnException(ExitCode.Usage, $"{why}; write: {form}");
            }

            if (!given.TryAdd(name, [.. word[(equals + 1)..].Split(',')]))
                throw new NnException(ExitCode.Usage, $"'{name}' is given twice; several samples stand together: {name}=1,2");
        }

        if (cells.Keys.FirstOrDefault(given.ContainsKey) is { } both)
            throw new NnException(ExitCode.Usage, $"'{both}' is given by its columns and as a whole; give one of them");
        if (names.FirstOrDefault(n => !given.ContainsKey(n) && !cells.ContainsKey(n)) is { } missing)
            throw new NnException(ExitCode.Usage, $"'{missing}' is missing; write: {form}");
        (byte[] Stored, int Samples)[] all =
        [
            .. fields.Select((f, i) => given.TryGetValue(f.Name, out string[]? whole) ? Read(f.Form, whole)
                : Rows(rows[i]!, cells[f.Name]) is { } features ? (f.Form.Store(features), features.Length / rows[i]!.Width)
                : throw new InvalidOperationException()),
        ];
        if (all.Select(a => a.Samples).Distinct().Count() > 1)
        {
            string samples = string.Join(" and ", fields.Select((f, i) => $"{Plural.Of(all[i].Samples, "sample")} of {f.Name}"));
            throw new NnException(ExitCode.Usage, $"there {(all[0].Samples == 1 ? "is" : "are")} {samples}; give as many of each");
        }

        return ([.. all.Select(a => a.Stored)], all[0].Samples);
    }

    // Rows by the names of their columns, or cell after cell in the order of the columns with words among them; null where they are numbers in the order of the
    // features.
    private static float[]? Rows(RowForm form, IReadOnlyList<string> words)
    {
        IReadOnlyList<string> columns = form.Columns;
        bool IsWord(string word) => columns.Any(c => form.WordsOf(c).Contains(word));
        bool[] named = [.. words.Select(w => w.IndexOf('=') > 0 && !IsWord(w))];
        if (named.All(n => n)) return Named(form, words);
        if (Array.IndexOf(named, true) is >= 0 and var some)
        {
            string alone = words[Array.IndexOf(named, false)];
            throw new NnException(
                ExitCode.Usage, $"'{alone}' stands without its column, and '{words[some]}' with it; write COLUMN=VALUE for all, such as {Example(form)}");
        }

        bool numbers = words.All(w => DataGap.Is(w) || float.TryParse(w.TrimEnd(','), NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        bool byFeatures = numbers && (words.Count % form.Width == 0 || !words.Any(IsWord));
        if (byFeatures || words.Count % columns.Count != 0 || (!words.Any(IsWord) && words.Any(IsFile))) return null;
        return [.. words.Chunk(columns.Count).SelectMany(row => form.Features(columns.Zip(row).ToDictionary(c => c.First, c => c.Second.TrimEnd(','))))];
    }

    // A column has a value for each sample, or one for all of them.
    private static float[] Named(RowForm form, IReadOnlyList<string> words)
    {
        var cells = new Dictionary<string, string[]>();
        foreach (string word in words)
        {
            int equals = word.IndexOf('=');
            (string column, string value) = (word[..equals], word[(equals + 1)..]);
            string[] values = form.Has(column) && form.WordsOf(column).Contains(value) ? [value] : value.Split(',');
            if (!cells.TryAdd(column, values))
                throw new NnException(ExitCode.Usage, $"'{column}' is given twice; several samples stand together: {column}=1,2");
        }

        int samples = cells.Values.Max(v => v.Length);
        if (cells.FirstOrDefault(c => c.Value.Length > 1 && c.Value.Length < samples) is { Key: { } few })
            throw new NnException(
                ExitCode.Usage, $"'{few}' has {cells[few].Length} values, another column {samples}; give one for each sample, or one for all");
        return [.. Enumerable.Range(0, samples).SelectMany(s => form.Features(cells.ToDictionary(c => c.Key, c => c.Value[c.Value.Length == 1 ? 0 : s])))];
    }

    private static string Example(RowForm form) =>
        string.Join(' ', form.Columns.Take(2).Select(c => $"{c}={(form.WordsOf(c) is [var word, ..] ? word : "1")}"));

    private static string Near(string name, IEnumerable<string> known) => Suggest.Nearest(name, known) is { } near ? $"; did you mean '{near}'?" : "";

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
        // A text may look like anything: 03.03.2021 is no file.
        if (form.Unit is not null) return form.Parse(words);
        if (words.Any(ImageFile.IsNamed)) return Images(form, words);
        if (words.Any(SoundFile.IsNamed)) return Sounds(form, words);
        foreach (string word in words)
        {
            string? why = TableInputs.IsNamed(word) && File.Exists(word) ? "is a table, which stands alone: give either a table or the values of samples"
                : Directory.Exists(word) ? $"is a folder; name {(form.Rate is null ? "images" : "sounds")} one by one, or numbers"
                : File.Exists(word) || NamesFile(word)
                    ? $"is a file; here are numbers or {(form.Rate is null ? "images" : "sounds (WAV)")}. For other data name them in the script's data "
                        + "block: the words and classes of the model are kept"
                : null;
            if (why is not null) throw new NnException(ExitCode.Usage, $"'{word}' {why}");
        }

        return form.Parse(words);
    }

    // Brought to the size and the colours of the data.
    private static (byte[] Stored, int Samples) Images(FieldForm form, IReadOnlyList<string> files)
    {
        if (!form.IsPicture) throw new NnException(ExitCode.Usage, $"this model takes samples of {form.Shape}, not images");
        if (files.FirstOrDefault(i => !ImageFile.IsNamed(i)) is { } other)
            throw new NnException(ExitCode.Usage, $"'{other}' is no PNG or JPEG image, as the others are");
        Shape shape = form.Shape;
        byte[] pixels =
        [
            .. files.Select(ImageFile.Load).Select(i => shape[2] == 1 ? ImageResize.Grey(i) : ImageResize.Colour(i))
                .SelectMany(i => ImageResize.To(i, shape[0], shape[1]).Pixels),
        ];
        return (form.StoreBytes(pixels), files.Count);
    }

    // Brought to the rate and the length of the data.
    private static (byte[] Stored, int Samples) Sounds(FieldForm form, IReadOnlyList<string> files)
    {
        if (form.Rate is null) throw new NnException(ExitCode.Usage, $"this model takes {form.Describe()}, not sounds");
        if (files.FirstOrDefault(f => !SoundFile.IsNamed(f)) is { } other)
            throw new NnException(ExitCode.Usage, $"'{other}' is no WAV file, as the others are");
        return ([.. files.SelectMany(f => form.Store(SoundFile.Load(f)))], files.Count);
    }

    private static bool IsFile(string word) => ImageFile.IsNamed(word) || Directory.Exists(word) || File.Exists(word) || NamesFile(word);

    private static bool NamesFile(string word) =>
        Path.GetExtension(word).Length > 1 && !double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
