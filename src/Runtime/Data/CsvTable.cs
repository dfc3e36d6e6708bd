using System.Globalization;
using CsvHelper;
using Nn.Files;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Tables: columns of numbers stay numbers (gaps filled with the training part's mean), columns of words become one-hot (a gap is all zeros). A
/// target of words becomes class numbers, in alphabetical order. A few words among many numbers are taken for a mistake, not for words.
/// </summary>
internal static class CsvTable
{
    private const int MaxField = 128 * 1024;
    private const int MaxRecord = 16 * MaxField;
    private const int MaxCategories = 1000;
    private static readonly string[] GapWords = ["", "NA", "N/A", "nan", "NaN", "null", "?"];

    public static RawData Read(string path, DataSpec spec)
    {
        (string[] header, List<string[]> rows) = Cells(path);
        string[] wantedNames = [.. spec.TargetColumns.Count > 0 ? spec.TargetColumns : spec.Targets];
        int[] targets = [.. wantedNames.Select(t => Column(header, t, path))];
        var warnings = new List<string>();
        IReadOnlyList<(string Name, int[] Columns, FieldSpec? Image)> fields = Fields(header, targets, spec, path, warnings);
        int[] inputs = [.. fields.SelectMany(f => f.Columns).Distinct()];
        if (spec.Trained is { } trained) spec = spec with { Types = Types(header, targets, spec, trained) };
        foreach (string name in spec.Types.Keys) Column(header, name, path);
        if (spec.Window == 0 && targets.FirstOrDefault(inputs.Contains, -1) is >= 0 and var both) throw new NnException(ExitCode.BadFile, $"{path}: '{header[both]}' is the target and an input");
        var notes = new List<string> { $"{Plural.Of(rows.Count, "row")}, {Plural.Of(header.Length, "column")}" };

        // Rows without a target teach nothing, but in a series the others stay as far apart as they are.
        List<string[]> kept = spec.Window > 0 ? rows : rows.FindAll(r => !Array.Exists(targets, t => IsGap(r[t])));
        string wanted = string.Join(" and ", wantedNames);
        if (kept.Count < rows.Count) notes.Add($"{rows.Count - kept.Count} rows without a value of {wanted} left out");
        if (kept.Count == 0) throw new NnException(ExitCode.BadFile, $"{path} has no row with a value of '{wanted}'");
        bool gaps = false;
        var forms = new List<Field>();
        var stored = new List<byte[]>();
        var categorical = new Dictionary<string, bool[]>();
        foreach ((string name, int[] columns, FieldSpec? image) in fields)
        {
            if (image is not null)
            {
                (FieldForm form, byte[] pixels) = Images(kept, header, columns[0], image, path);
                notes.Add($"{name}: {ImageStack.Describe(kept.Count, form.Shape)}");
                forms.Add(new Field(name, form));
                stored.Add(pixels);
                continue;
            }

            var features = new List<(string Name, bool Categorical, Func<string[], float> Value)>();
            foreach (int c in columns) gaps |= AddFeatures(features, notes, header, kept, c, spec, path);
            if (features.Count == 0) throw new NnException(ExitCode.BadFile, $"{path} has no column to learn from");
            forms.Add(new Field(name, new FieldForm(new Shape(features.Count), DType.F32) { Names = [.. features.Select(f => f.Name)] }));
            stored.Add(Values(kept, features, path));
            categorical[name] = [.. features.Select(f => f.Categorical)];
        }

        int[] read = [.. fields.Where(f => f.Image is null).SelectMany(f => f.Columns).Concat(targets).Distinct()];
        foreach (int c in read.Where(c => IsNumeric(header, kept, c, spec, path))) WarnOfLostDigits(header, kept, c, path, warnings);
        (byte[] Values, FieldForm Form)[] wantedFields = spec.TargetColumns.Count > 0 ? [Together(kept, header, targets, spec, path, notes)]
            : [.. targets.Select(t => Target(kept, header, t, spec, path, notes))];
        int first = Array.FindIndex(wantedFields, t => t.Form.IsSymbols);
        int strataColumn = spec.Stratify is { } by ? Column(header, by, path) : targets[Math.Max(0, first)];
        Dictionary<string, int> groups = [];
        var table = new RawData
        {
            Schema = new Schema(forms, [.. wantedFields.Select((t, i) => new Field(spec.NamesTargets ? spec.Targets[i] : Schema.Y, t.Form))]),
            All = new Part(kept.Count, stored, [.. wantedFields.Select(t => t.Values)]),
            Strata = spec.Stratify is null && first < 0 ? [] : [.. kept.Select(r => groups.TryGetValue(r[strataColumn], out int g) ? g : groups[r[strataColumn]] = groups.Count)],
            Categorical = categorical,
            HasGaps = gaps,
            Columns = [.. read.Order().Select(c => Describe(header, kept, c, targets.Contains(c), spec, path))],
            Notes = notes,
            Warnings = warnings,
        };
        return spec.Window > 0 ? Windows.Of(table, spec, path) : table;
    }

    private static byte[] Values(List<string[]> rows, List<(string Name, bool Categorical, Func<string[], float> Value)> features, string path)
    {
        RawData.CheckSize(rows.Count, (long)features.Count * sizeof(float), path);
        var x = new float[(long)rows.Count * features.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            for (int f = 0; f < features.Count; f++) x[i * features.Count + f] = features[f].Value(rows[i]);
        }

        return RawData.Bytes(x);
    }

    private static IReadOnlyList<(string Name, int[] Columns, FieldSpec? Image)> Fields(string[] header, int[] targets, DataSpec spec, string path, List<string> warnings)
    {
        if (spec.Fields.Count == 0) return [(Schema.X, Inputs(header, targets, spec, path, warnings), null)];
        return [.. spec.Fields.Select(f => (f.Name, f.ImageColumn is { } image ? new[] { Column(header, image, path) } : [.. f.Columns.Select(c => Column(header, c, path))], f.ImageColumn is null ? null : f))];
    }

    // A file of an image for each row.
    private static (FieldForm Form, byte[] Pixels) Images(List<string[]> rows, string[] header, int column, FieldSpec field, string path)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, field.Folder ?? "");
        int gap = rows.FindIndex(r => IsGap(r[column]));
        if (gap >= 0) throw new NnException(ExitCode.BadFile, $"{path}, row {gap + 1}: no image in column '{header[column]}'; leave the row out");
        string[] files = [.. rows.Select(r => Path.Combine(folder, r[column]))];
        // A table must not lead to files outside of its folder.
        int outside = Array.FindIndex(files, f => !Path.GetFullPath(f).StartsWith(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal));
        if (outside >= 0) throw new NnException(ExitCode.BadFile, $"{path}, row {outside + 1}: '{Short(rows[outside][column])}' is outside of the folder of the images");
        int missing = Array.FindIndex(files, f => !File.Exists(f));
        if (missing >= 0) throw new NnException(ExitCode.BadFile, $"{path}, row {missing + 1}: there is no file '{Short(rows[missing][column])}' in {folder}");
        return ImageStack.Read(files, path, field.ImageSize, field.Colours, $"field {field.Name}, image: {field.ImageColumn}");
    }

    private static int[] Inputs(string[] header, int[] targets, DataSpec spec, string path, List<string> warnings)
    {
        if (spec.Inputs.Count > 0) return [.. spec.Inputs.Select(c => Column(header, c, path))];
        int[] others = [.. Enumerable.Range(0, header.Length).Where(c => !targets.Contains(c) || spec.Window > 0)];
        if (spec.Trained is not { Input.Names.Count: > 0 } trained) return others;
        int[] known = [.. others.Where(c => TrainedNames.HasColumn(trained, header[c]))];
        string[] unused = [.. others.Except(known).Select(c => header[c])];
        if (unused.Length > 0) warnings.Add($"{path}: the model was not trained on {string.Join(", ", unused.Select(u => $"'{u}'"))}; left out");
        return known;
    }

    // A column of which the model knows words is one of words, whatever this file has in it.
    private static Dictionary<string, ColumnType> Types(string[] header, int[] targets, DataSpec spec, Schema trained)
    {
        var types = new Dictionary<string, ColumnType>(spec.Types);
        foreach (string name in header)
        {
            if (TrainedNames.ColumnType(trained, name) is { } type) types[name] = type;
        }

        foreach (int t in targets)
        {
            FieldForm? form = spec.NamesTargets ? trained.Targets.FirstOrDefault(f => f.Name == header[t])?.Form : trained.Target;
            if (form is not null) types[header[t]] = form.IsNumbers ? ColumnType.Number : ColumnType.Word;
        }

        return types;
    }

    private static DataColumn Describe(string[] header, List<string[]> rows, int c, bool target, DataSpec spec, string path)
    {
        bool words = !IsNumeric(header, rows, c, spec, path);
        return new DataColumn(
            header[c], target, rows.Count(r => IsGap(r[c])),
            words ? [.. rows.Select(r => r[c]).Where(w => !IsGap(w)).CountBy(w => w).OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => (w.Key, w.Value))] : []);
    }

    /// <summary>The names of the columns alone.</summary>
    public static string[] Header(string path)
    {
        try
        {
            using CsvReader csv = Open(path);
            return csv.Headers is { } names ? [.. names] : [];
        }
        catch (Exception e) when (IsBroken(e))
        {
            return [];
        }
    }

    private static CsvReader Open(string path)
    {
        if (File.Exists(path) && InputFile.LengthOf(path) == 0 && !InputFile.IsOwnStream(path))
            throw new NnException(ExitCode.BadFile, $"{path} is empty; its first line must name the columns. (Pipes and devices are not read)");
        var options = new CsvReaderOptions { HasHeader = true, TrimWhitespace = true, SkipEmptyLines = true, MaxRecordSize = MaxRecord, MalformedData = CsvMalformedDataHandling.Throw };
        CsvReader csv = CsvReader.FromFile(path, options);
        csv.ReadHeader();
        return csv;
    }

    private static bool IsBroken(Exception e) => e is IOException or UnauthorizedAccessException or FormatException or InvalidDataException or CsvFormatException;

    private static (string[] Header, List<string[]> Rows) Cells(string path)
    {
        try
        {
            TextEncoding.Check(path);
            using CsvReader csv = Open(path);
            if (csv.Headers is not { Count: > 0 } names) throw new NnException(ExitCode.BadFile, $"{path} is empty; its first line must name the columns");
            string[] header = [.. names];
            if (header.CountBy(n => n).FirstOrDefault(n => n.Value > 1) is { Value: > 1 } twice)
                throw new NnException(ExitCode.BadFile, $"{path} has {twice.Value} columns named '{twice.Key}'; give each a name of its own{HeaderHint(header)}");
            var rows = new List<string[]>();
            while (csv.Read())
            {
                if (csv.FieldCount != header.Length)
                    throw new NnException(ExitCode.BadFile, $"{path}, row {rows.Count + 1}: {Plural.Of(csv.FieldCount, "field")}, but {Plural.Of(header.Length, "column")}{HeaderHint(header)}");
                var row = new string[header.Length];
                for (int c = 0; c < row.Length; c++)
                {
                    row[c] = csv.GetString(c);
                    if (row[c].Length > MaxField) throw new NnException(ExitCode.BadFile, $"{path}, row {rows.Count + 1}: a field of {row[c].Length:N0} characters in column '{header[c]}'; at most {MaxField:N0} are read");
                }

                rows.Add(row);
            }

            return rows.Count > 0 ? (header, rows) : throw new NnException(ExitCode.BadFile, $"{path} has a header but no rows");
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw new NnException(ExitCode.BadFile, $"cannot read {path} as a table: {e.Message.Split('\n')[0]}", e);
        }
    }

    private static bool AddFeatures(
        List<(string, bool, Func<string[], float>)> features, List<string> notes, string[] header, List<string[]> rows, int c, DataSpec spec, string path)
    {
        int gaps = rows.Count(r => IsGap(r[c]));
        string filled = gaps > 0 ? $", {gaps} gap{(gaps == 1 ? "" : "s")}" : "";
        if (IsNumeric(header, rows, c, spec, path))
        {
            features.Add((header[c], false, r => IsGap(r[c]) ? float.NaN : Number(r[c], out float v) ? v : float.NaN));
            string by = spec.Trained is { Input.Means.Count: > 0 } ? "the mean of what the model was trained on" : "the mean";
            notes.Add($"{header[c]}: number{(gaps > 0 ? $"{filled} filled with {by}" : "")}");
            return gaps > 0;
        }

        string[] words = [.. rows.Select(r => r[c]).Where(w => !IsGap(w)).Distinct().Order(StringComparer.Ordinal)];
        if (words.Length > MaxCategories)
            throw new NnException(ExitCode.BadFile, $"{path}: column '{header[c]}' has {words.Length:N0} different words; leave it out (inputs …) or read it as a number (types {header[c]}: number)");
        foreach (string word in words) features.Add(($"{header[c]}={word}", true, r => r[c] == word ? 1 : 0));
        notes.Add($"{header[c]}: {words.Length} words, one-hot{(gaps > 0 ? filled + " left at zero" : "")}");
        return false;
    }

    private static bool IsNumeric(string[] header, List<string[]> rows, int c, DataSpec spec, string path)
    {
        bool stated = spec.Types.TryGetValue(header[c], out ColumnType type);
        if (stated && type == ColumnType.Word) return false;
        int word = rows.FindIndex(r => !IsGap(r[c]) && !Number(r[c], out _));
        if (word < 0) return true;
        string cell = rows[word][c];
        int numbers = rows.Count(r => Number(r[c], out _)), filled = rows.Count(r => !IsGap(r[c])), written = rows.Count(r => WrittenNumber.IsOne(r[c]));
        if (!stated && (numbers + written) * 2 <= filled) return false;
        string otherwise = stated ? "" : $"or write: types {header[c]}: word";
        string place = $"{path}, row {word + 1}: '{Short(cell)}' in column '{header[c]}'";
        if (WrittenNumber.Explain(cell, rows.Select(r => r[c])) is { } explained) throw new NnException(ExitCode.BadFile, $"{place} {explained.Why}; {explained.Fix}{(stated ? "" : $", {otherwise}")}");
        bool large = double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) && double.IsFinite(v);
        throw new NnException(ExitCode.BadFile, place + (large ? " is too large for a 32-bit number" : " is no number")
            + (stated ? "; correct it, or leave it empty" : $", as {numbers + written:N0} of {filled:N0} are; correct it, leave it empty, {otherwise}"));
    }

    // Numbers that differ in digits which 32 bits do not hold become one; long ones alone can.
    private static void WarnOfLostDigits(string[] header, List<string[]> rows, int c, string path, List<string> warnings)
    {
        const int Held = 7;
        HashSet<string> cells = [];
        HashSet<float> values = [];
        foreach (string[] row in rows)
        {
            if (row[c].Length > Held && Number(row[c], out float v) && cells.Add(row[c])) values.Add(v);
        }

        if (cells.Count < 2 || values.Count * 2 > cells.Count) return;
        warnings.Add(
            $"{path}: {cells.Count:N0} different numbers of column '{header[c]}' are {(values.Count == 1 ? "one" : $"only {values.Count:N0}")} with the {Held} digits that are kept; "
            + $"take away what they have in common, leave the column out, or write: types {header[c]}: word");
    }

    // What the first line shows when it is no line of names.
    private static string HeaderHint(string[] header) => header[0].StartsWith('#') ? ". Line 1 is taken for the names of the columns: take out the lines of comments"
        : header.Any(h => Number(h, out _)) ? ". Line 1 looks like data, but must name the columns: write a line of names above it"
        : "";

    private static string Short(string cell) => cell.Length <= 40 ? cell : cell[..37] + "…";

    private static (byte[] Values, FieldForm Form) Target(
        List<string[]> rows, string[] header, int c, DataSpec spec, string path, List<string> notes)
    {
        if (IsNumeric(header, rows, c, spec, path))
        {
            notes.Add($"target {header[c]}: number");
            return (RawData.Bytes([.. rows.Select(r => Number(r[c], out float v) ? v : float.NaN)]), new FieldForm(new Shape(1), DType.F32));
        }

        string[] classes = [.. rows.Select(r => r[c]).Where(w => !IsGap(w)).Distinct().Order(StringComparer.Ordinal)];
        notes.Add($"target {header[c]}: {Plural.Of(classes.Length, "class")} ({string.Join(", ", classes.Take(8))}{(classes.Length > 8 ? ", …" : "")})");
        return (RawData.Bytes([.. rows.Select(r => Array.BinarySearch(classes, r[c], StringComparer.Ordinal))]), FieldForm.Classes(classes));
    }

    // Several columns of numbers as one target.
    private static (byte[] Values, FieldForm Form) Together(List<string[]> rows, string[] header, int[] columns, DataSpec spec, string path, List<string> notes)
    {
        int words = Array.FindIndex(columns, c => !IsNumeric(header, rows, c, spec, path));
        if (words >= 0) throw new NnException(ExitCode.BadFile, $"{path}: column '{header[columns[words]]}' has words; numbers alone can be one target together. A target of its own: target {header[columns[words]]}");
        notes.Add($"target {spec.Target}: {Plural.Of(columns.Length, "number")} ({string.Join(", ", columns.Select(c => header[c]))})");
        return (RawData.Bytes([.. rows.SelectMany(r => columns.Select(c => Number(r[c], out float v) ? v : float.NaN))]), new FieldForm(new Shape(columns.Length), DType.F32) { Names = [.. columns.Select(c => header[c])] });
    }

    private static int Column(string[] header, string name, string path)
    {
        int c = Array.IndexOf(header, name);
        if (c >= 0) return c;
        string? near = header.FirstOrDefault(h => string.Equals(h, name, StringComparison.OrdinalIgnoreCase) || h.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        throw new NnException(ExitCode.BadFile, $"{path} has no column '{name}'; {(near is null ? $"it has {string.Join(", ", header.Take(30))}{HeaderHint(header)}" : $"did you mean '{near}'?")}");
    }

    /// <summary>Whether a cell has no value: it is empty, or one of the words for that.</summary>
    public static bool IsGap(string cell) => GapWords.Contains(cell);

    private static bool Number(string cell, out float value) =>
        float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
}
