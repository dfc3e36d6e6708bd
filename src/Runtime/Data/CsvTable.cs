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
        int target = Column(header, spec.Target!, path);
        var warnings = new List<string>();
        int[] inputs = Inputs(header, target, spec, path, warnings);
        if (spec.Trained is { } trained) spec = spec with { Types = Types(header, target, spec, trained) };
        foreach (string name in spec.Types.Keys) Column(header, name, path);
        if (inputs.Contains(target) && spec.Window == 0) throw new NnException(ExitCode.BadFile, $"{path}: '{spec.Target}' is the target and an input");
        var notes = new List<string> { $"{Plural.Of(rows.Count, "row")}, {Plural.Of(header.Length, "column")}" };

        // Rows without a target teach nothing, but in a series the others stay as far apart as they are.
        List<string[]> kept = spec.Window > 0 ? rows : rows.FindAll(r => !IsGap(r[target]));
        if (kept.Count < rows.Count) notes.Add($"{rows.Count - kept.Count} rows without a value of {spec.Target} left out");
        if (kept.Count == 0) throw new NnException(ExitCode.BadFile, $"{path} has no row with a value of '{spec.Target}'");

        var features = new List<(string Name, bool Categorical, Func<string[], float> Value)>();
        bool gaps = false;
        foreach (int c in inputs) gaps |= AddFeatures(features, notes, header, kept, c, spec, path);
        foreach (int c in inputs.Append(target).Distinct().Where(c => IsNumeric(header, kept, c, spec, path))) WarnOfLostDigits(header, kept, c, path, warnings);
        if (features.Count == 0) throw new NnException(ExitCode.BadFile, $"{path} has no column to learn from");
        RawData.CheckSize(kept.Count, (long)features.Count * sizeof(float), path);
        var x = new float[(long)kept.Count * features.Count];
        for (int i = 0; i < kept.Count; i++)
        {
            for (int f = 0; f < features.Count; f++) x[i * features.Count + f] = features[f].Value(kept[i]);
        }

        (byte[] y, Shape shape, DType type, string[] classes) = Target(kept, header, target, spec, path, notes);
        int strataColumn = spec.Stratify is { } by ? Column(header, by, path) : target;
        Dictionary<string, int> groups = [];
        var table = new RawData
        {
            Info = new DataInfo(new Shape(features.Count), DType.F32, shape, type, classes.Length > 0 ? classes.Length : null),
            StoredInput = DType.F32,
            Samples = kept.Count,
            Input = RawData.Bytes(x),
            Target = y,
            Strata = spec.Stratify is null && classes.Length == 0 ? [] : [.. kept.Select(r => groups.TryGetValue(r[strataColumn], out int g) ? g : groups[r[strataColumn]] = groups.Count)],
            ClassNames = classes,
            FeatureNames = [.. features.Select(f => f.Name)],
            Categorical = [.. features.Select(f => f.Categorical)],
            HasGaps = gaps,
            Columns = [.. inputs.Append(target).Distinct().Order().Select(c => Describe(header, kept, c, c == target, spec, path))],
            Notes = notes,
            Warnings = warnings,
        };
        return spec.Window > 0 ? Windows.Of(table, spec, path) : table;
    }

    private static int[] Inputs(string[] header, int target, DataSpec spec, string path, List<string> warnings)
    {
        if (spec.Inputs.Count > 0) return [.. spec.Inputs.Select(c => Column(header, c, path))];
        int[] others = [.. Enumerable.Range(0, header.Length).Where(c => c != target || spec.Window > 0)];
        if (spec.Trained is not { FeatureNames.Count: > 0 } trained) return others;
        int[] known = [.. others.Where(c => TrainedNames.HasColumn(trained, header[c]))];
        string[] unused = [.. others.Except(known).Select(c => header[c])];
        if (unused.Length > 0) warnings.Add($"{path}: the model was not trained on {string.Join(", ", unused.Select(u => $"'{u}'"))}; left out");
        return known;
    }

    // A column of which the model knows words is one of words, whatever this file has in it.
    private static Dictionary<string, ColumnType> Types(string[] header, int target, DataSpec spec, DataForm trained)
    {
        var types = new Dictionary<string, ColumnType>(spec.Types);
        foreach (string name in header)
        {
            if (TrainedNames.ColumnType(trained, name) is { } type) types[name] = type;
        }

        types[header[target]] = trained.Info.Classes is null ? ColumnType.Number : ColumnType.Word;
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
            notes.Add($"{header[c]}: number{(gaps > 0 ? filled + " filled with the mean" : "")}");
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

    private static (byte[] Values, Shape Shape, DType Type, string[] Classes) Target(
        List<string[]> rows, string[] header, int c, DataSpec spec, string path, List<string> notes)
    {
        if (IsNumeric(header, rows, c, spec, path))
        {
            notes.Add($"target {header[c]}: number");
            return (RawData.Bytes([.. rows.Select(r => Number(r[c], out float v) ? v : float.NaN)]), new Shape(1), DType.F32, []);
        }

        string[] classes = [.. rows.Select(r => r[c]).Where(w => !IsGap(w)).Distinct().Order(StringComparer.Ordinal)];
        notes.Add($"target {header[c]}: {Plural.Of(classes.Length, "class")} ({string.Join(", ", classes.Take(8))}{(classes.Length > 8 ? ", …" : "")})");
        return (RawData.Bytes([.. rows.Select(r => Array.BinarySearch(classes, r[c], StringComparer.Ordinal))]), Shape.Scalar, DType.I32, classes);
    }

    private static int Column(string[] header, string name, string path)
    {
        int c = Array.IndexOf(header, name);
        if (c >= 0) return c;
        string? near = header.FirstOrDefault(h => string.Equals(h, name, StringComparison.OrdinalIgnoreCase) || h.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        throw new NnException(ExitCode.BadFile, $"{path} has no column '{name}'; {(near is null ? $"it has {string.Join(", ", header.Take(30))}{HeaderHint(header)}" : $"did you mean '{near}'?")}");
    }

    private static bool IsGap(string cell) => GapWords.Contains(cell);

    private static bool Number(string cell, out float value) =>
        float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
}
