using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Tables: columns of numbers stay numbers (gaps filled with the training part's mean), columns of words become one-hot (a gap is all zeros). A
/// target of words becomes class numbers, in alphabetical order. A few words among many numbers are taken for a mistake, not for words.
/// </summary>
internal sealed class CsvTable
{
    private const int MaxCategories = 1000;

    // So few words may all be different by chance.
    private const int FewWords = 10;
    private const int RowsAtOnce = 4096;
    private static readonly string[] GapWords = ["", "NA", "N/A", "nan", "NaN", "null", "?"];
    private static readonly byte[][] s_gapWords = [.. GapWords.Select(Encoding.UTF8.GetBytes)];

    private readonly string _path;
    private readonly DataSpec _spec;
    private readonly string[] _header;
    private readonly Dictionary<int, TableColumn> _columns = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _warnings = [];
    private int _rows;

    private CsvTable(string path, DataSpec spec, string[] header) => (_path, _spec, _header) = (path, spec, header);

    /// <summary>Reads a table.</summary>
    /// <exception cref="NnException">It is not what the specification says, or damaged.</exception>
    public static RawData Read(string path, DataSpec spec)
    {
        using TableReader reader = TableReader.Open(path);
        string[] header = reader.Header;
        string[] wantedNames = [.. spec.TargetColumns.Count > 0 ? spec.TargetColumns : spec.Targets];
        int[] targets = [.. wantedNames.Select(t => Column(header, t, path))];
        if (spec.Trained is { } trained) spec = spec with { Types = Types(header, targets, spec, trained) };
        return new CsvTable(path, spec, header).Made(reader, targets, wantedNames);
    }

    private RawData Made(TableReader reader, int[] targets, string[] wantedNames)
    {
        IReadOnlyList<(string Name, int[] Columns, FieldSpec? Image)> fields = Fields(_header, targets, _spec, _path, _warnings);
        int[] inputs = [.. fields.SelectMany(f => f.Columns).Distinct()];
        foreach (string name in _spec.Types.Keys) Column(_header, name, _path);
        if (_spec.Window == 0 && targets.FirstOrDefault(inputs.Contains, -1) is >= 0 and var both)
            throw new NnException(ExitCode.BadFile, $"{_path}: '{_header[both]}' is the target and an input");
        int? strata = _spec.Stratify is { } by ? Column(_header, by, _path) : null;
        Take(reader, fields, targets, strata, wantedNames);
        bool gaps = false;
        var forms = new List<Field>();
        var stored = new List<byte[]>();
        var categorical = new Dictionary<string, bool[]>();
        foreach ((string name, int[] columns, FieldSpec? image) in fields)
        {
            if (image is not null)
            {
                (FieldForm form, byte[] pixels) = Images(_columns[columns[0]], image);
                _notes.Add($"{name}: {ImageStack.Describe(_rows, form.Shape)}");
                forms.Add(new Field(name, form));
                stored.Add(pixels);
                continue;
            }

            Feature[] features = [.. columns.SelectMany(c => Features(_columns[c]))];
            gaps |= columns.Any(c => _columns[c].Gaps > 0 && IsNumeric(_columns[c]));
            if (features.Length == 0) throw new NnException(ExitCode.BadFile, $"{_path} has no column to learn from");
            forms.Add(new Field(name, new FieldForm(new Shape(features.Length), DType.F32) { Names = [.. features.Select(f => f.Name)] }));
            stored.Add(Values(features));
            categorical[name] = [.. features.Select(f => f.Word is not null)];
        }

        int[] read = [.. fields.Where(f => f.Image is null).SelectMany(f => f.Columns).Concat(targets).Distinct()];
        foreach (int c in read) WarnOfLostDigits(_columns[c]);
        (byte[] Values, FieldForm Form)[] wanted = _spec.TargetColumns.Count > 0 ? [Together(targets)] : [.. targets.Select(t => Target(_columns[t]))];
        int first = Array.FindIndex(wanted, t => t.Form.IsSymbols);
        TableColumn? groups = strata is { } s ? _columns[s] : first >= 0 ? _columns[targets[first]] : null;
        var table = new RawData
        {
            Schema = new Schema(forms, [.. wanted.Select((t, i) => new Field(_spec.NamesTargets ? _spec.Targets[i] : Schema.Y, t.Form))]),
            All = new Part(_rows, stored, [.. wanted.Select(t => t.Values)]),
            Strata = groups is null ? [] : [.. Enumerable.Range(0, _rows).Select(groups.Text)],
            Categorical = categorical,
            HasGaps = gaps,
            Columns = [.. read.Order().Select(c => Describe(_columns[c], targets.Contains(c)))],
            Notes = _notes,
            Warnings = _warnings,
        };
        return _spec.Window > 0 ? Windows.Of(table, _spec, _path) : table;
    }

    // Rows without a target teach nothing, but in a series the others stay as far apart as they are.
    private void Take(
        TableReader reader, IReadOnlyList<(string Name, int[] Columns, FieldSpec? Image)> fields, int[] targets, int? strata, string[] wantedNames)
    {
        foreach ((_, int[] columns, FieldSpec? image) in fields)
        {
            foreach (int c in columns) Keep(c, image is null ? MaxCategories : int.MaxValue);
        }

        // Classes and groups may be as many as there are.
        foreach (int c in targets.Concat(strata is { } s ? [s] : [])) Keep(c, int.MaxValue);
        (int, TableColumn)[] into = [.. _columns.Select(c => (c.Key, c.Value))];
        while (reader.Read(into, _spec.Window > 0 || _spec.KeepsUnlabelled ? [] : targets, RowsAtOnce))
        {
        }

        if (reader.Rows == 0) throw new NnException(ExitCode.BadFile, $"{_path} has a header but no rows");
        _rows = _columns[targets[0]].Rows;
        _notes.Add($"{Plural.Of(reader.Rows, "row")}, {Plural.Of(_header.Length, "column")}");
        string wanted = string.Join(" and ", wantedNames);
        if (_rows < reader.Rows) _notes.Add($"{Plural.Of(reader.Rows - _rows, "row")} without a value of {wanted} left out");
        if (_rows == 0) throw new NnException(ExitCode.BadFile, $"{_path} has no row with a value of '{wanted}'");

        void Keep(int column, int texts)
        {
            // Told to be words, it is refused for being too many by their number.
            if (_spec.Types.TryGetValue(_header[column], out ColumnType type) && type == ColumnType.Word) texts = int.MaxValue;
            if (texts == int.MaxValue || !_columns.ContainsKey(column)) _columns[column] = new TableColumn(_header[column], texts);
        }
    }

    // A number for each row: that of a column, or whether it has a word.
    private sealed record Feature(string Name, TableColumn Column, int? Word);

    private byte[] Values(Feature[] features)
    {
        RawData.CheckSize(_rows, (long)features.Length * sizeof(float), _path);
        var stored = new byte[(long)_rows * features.Length * sizeof(float)];
        Span<float> x = MemoryMarshal.Cast<byte, float>(stored.AsSpan());
        for (int f = 0; f < features.Length; f++)
        {
            (_, TableColumn column, int? word) = features[f];
            for (int i = 0; i < _rows; i++) x[i * features.Length + f] = word is { } w ? column.Text(i) == w ? 1 : 0 : column.Number(i);
        }

        return stored;
    }

    private static IReadOnlyList<(string Name, int[] Columns, FieldSpec? Image)> Fields(
        string[] header, int[] targets, DataSpec spec, string path, List<string> warnings)
    {
        if (spec.Fields.Count == 0) return [(Schema.X, Inputs(header, targets, spec, path, warnings), null)];
        return
        [
            .. spec.Fields.Select(f => f.ImageColumn is { } image
                ? (f.Name, new[] { Column(header, image, path) }, f)
                : (f.Name, [.. f.Columns.Select(c => Column(header, c, path))], (FieldSpec?)null)),
        ];
    }

    // A file of an image for each row.
    private (FieldForm Form, byte[] Pixels) Images(TableColumn column, FieldSpec field)
    {
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_path))!, field.Folder ?? "");
        IReadOnlyList<string> texts = column.Texts!;
        int[] rows = [.. Enumerable.Range(0, _rows).Select(column.Text)];
        int gap = Array.IndexOf(rows, -1);
        if (gap >= 0) throw new NnException(ExitCode.BadFile, $"{_path}, row {gap + 1}: no image in column '{column.Name}'; leave the row out");
        string[] files = [.. rows.Select(r => Path.Combine(folder, texts[r]))];
        // A table must not lead to files outside of its folder.
        string inside = Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        int outside = Array.FindIndex(files, f => !Path.GetFullPath(f).StartsWith(inside, StringComparison.Ordinal));
        if (outside >= 0)
            throw new NnException(ExitCode.BadFile, $"{_path}, row {outside + 1}: '{Short(texts[rows[outside]])}' is outside of the folder of the images");
        int missing = Array.FindIndex(files, f => !File.Exists(f));
        if (missing >= 0) throw new NnException(ExitCode.BadFile, $"{_path}, row {missing + 1}: there is no file '{Short(texts[rows[missing]])}' in {folder}");
        return ImageStack.Read(files, _path, field.ImageSize, field.Colours, $"field {field.Name}, image: {field.ImageColumn}");
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

    private DataColumn Describe(TableColumn column, bool target)
    {
        if (IsNumeric(column)) return new DataColumn(column.Name, target, column.Gaps, []);
        IReadOnlyList<string> words = column.Texts!;
        var rows = new int[words.Count];
        for (int i = 0; i < _rows; i++)
        {
            if (column.Text(i) is >= 0 and var word) rows[word]++;
        }

        return new DataColumn(
            column.Name, target, column.Gaps, [.. words.Zip(rows).OrderBy(w => w.First, StringComparer.Ordinal).Select(w => (w.First, w.Second))]);
    }

    private IEnumerable<Feature> Features(TableColumn column)
    {
        string filled = column.Gaps > 0 ? $", {column.Gaps} gap{(column.Gaps == 1 ? "" : "s")}" : "";
        if (IsNumeric(column))
        {
            string by = _spec.Trained is { Input.Means.Count: > 0 } ? "the mean of what the model was trained on" : "the mean";
            _notes.Add($"{column.Name}: number{(column.Gaps > 0 ? $"{filled} filled with {by}" : "")}");
            return [new Feature(column.Name, column, null)];
        }

        int words = column.Texts?.Count ?? TableReader.Cells(_path, Array.IndexOf(_header, column.Name)).Where(w => !IsGap(w)).Distinct().Count();
        if (words > MaxCategories)
        {
            throw new NnException(
                ExitCode.BadFile, $"{_path}: column '{column.Name}' has {words:N0} different words; "
                    + $"leave it out (inputs …) or read it as a number (types {column.Name}: number)");
        }

        WarnOfLoneWords(column, words);
        _notes.Add($"{column.Name}: {Plural.Of(words, "word")}, one-hot{(column.Gaps > 0 ? filled + " left at zero" : "")}");
        return [.. column.Texts!.Select((word, i) => new Feature($"{column.Name}={word}", column, i)).OrderBy(f => f.Name, StringComparer.Ordinal)];
    }

    private bool IsNumeric(TableColumn column)
    {
        bool stated = _spec.Types.TryGetValue(column.Name, out ColumnType type);
        if (stated && type == ColumnType.Word) return false;
        if (column.FirstText is not (var cell, var row)) return true;
        int filled = column.Rows - column.Gaps, numbers = column.Numbers + column.Written;
        if (!stated && numbers * 2 <= filled) return false;
        string otherwise = stated ? "" : $"or write: types {column.Name}: word";
        string place = $"{_path}, row {row}: '{Short(cell)}' in column '{column.Name}'";
        if (WrittenNumber.Explain(cell, TableReader.Cells(_path, Array.IndexOf(_header, column.Name))) is { } explained)
            throw new NnException(ExitCode.BadFile, $"{place} {explained.Why}; {explained.Fix}{(stated ? "" : $", {otherwise}")}");
        bool large = double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) && double.IsFinite(v);
        throw new NnException(ExitCode.BadFile, place + (large ? " is too large for a 32-bit number" : " is no number")
            + (stated ? "; correct it, or leave it empty" : $", as {numbers:N0} of {filled:N0} are; correct it, leave it empty, {otherwise}"));
    }

    // Names, dates, numbers with a unit: of an input that is 1 in one row only, nothing is learned for another row.
    private void WarnOfLoneWords(TableColumn column, int words)
    {
        int filled = column.Rows - column.Gaps;
        if (_spec.Trained is not null || _spec.Types.ContainsKey(column.Name) || words <= FewWords || words * 10L < filled * 9L) return;
        _warnings.Add(
            $"{_path}: column '{column.Name}' has {words:N0} different words in {Plural.Of(filled, "row")}, "
            + "each an input of its own that is of no use for other rows; leave it out (inputs …), or "
            + "write its numbers, if it has such, without what stands around them");
    }

    // Numbers that differ in digits which 32 bits do not hold become one; long ones alone can.
    private void WarnOfLostDigits(TableColumn column)
    {
        (int written, int held) = column.LongNumbers;
        if (!IsNumeric(column) || written < 2 || held * 2 > written) return;
        _warnings.Add(
            $"{_path}: {written:N0} different numbers of column '{column.Name}' are {(held == 1 ? "one" : $"only {held:N0}")} with the 7 digits that are kept; "
            + $"take away what they have in common, leave the column out, or write: types {column.Name}: word");
    }

    /// <summary>What the first line shows when it is no line of names.</summary>
    public static string HeaderHint(string[] header) =>
        header[0].StartsWith('#') ? ". Line 1 is taken for the names of the columns: take out the lines of comments"
        : header.Any(h => float.TryParse(h, NumberStyles.Float, CultureInfo.InvariantCulture, out float v) && float.IsFinite(v))
        ? ". Line 1 looks like data, but must name the columns: write a line of names above it"
        : "";

    private static string Short(string cell) => cell.Length <= 40 ? cell : cell[..37] + "…";

    private (byte[] Values, FieldForm Form) Target(TableColumn column)
    {
        if (IsNumeric(column))
        {
            if (_spec.KeepsUnlabelled)
            {
                throw new NnException(
                    ExitCode.BadFile,
                    $"{_path}: '{column.Name}' is a number; rows without a label are kept where it is a class: types {column.Name}: word");
            }

            _notes.Add($"target {column.Name}: number");
            return (RawData.Bytes([.. Enumerable.Range(0, _rows).Select(column.Number)]), new FieldForm(new Shape(1), DType.F32));
        }

        IReadOnlyList<string> texts = column.Texts!;
        string[] classes = [.. texts.Order(StringComparer.Ordinal)];
        int[] numbers = [.. texts.Select(t => Array.BinarySearch(classes, t, StringComparer.Ordinal))];
        string some = string.Join(", ", classes.Take(8)) + (classes.Length > 8 ? ", …" : "");
        _notes.Add($"target {column.Name}: {Plural.Of(classes.Length, "class")} ({some})");
        int[] labels = [.. Enumerable.Range(0, _rows).Select(column.Text).Select(t => t < 0 ? t : numbers[t])];
        return (RawData.Bytes(labels), FieldForm.Classes(classes) with { Unlabelled = _spec.KeepsUnlabelled });
    }

    // Several columns of numbers as one target.
    private (byte[] Values, FieldForm Form) Together(int[] targets)
    {
        TableColumn[] columns = [.. targets.Select(t => _columns[t])];
        if (Array.Find(columns, c => !IsNumeric(c)) is { } words)
        {
            throw new NnException(
                ExitCode.BadFile,
                $"{_path}: column '{words.Name}' has words; numbers alone can be one target together. A target of its own: target {words.Name}");
        }

        string[] names = [.. columns.Select(c => c.Name)];
        _notes.Add($"target {_spec.Target}: {Plural.Of(columns.Length, "number")} ({string.Join(", ", names)})");
        float[] values = [.. Enumerable.Range(0, _rows).SelectMany(r => columns.Select(c => c.Number(r)))];
        return (RawData.Bytes(values), new FieldForm(new Shape(columns.Length), DType.F32) { Names = names });
    }

    private static int Column(string[] header, string name, string path)
    {
        int c = Array.IndexOf(header, name);
        if (c >= 0) return c;
        string? near =
            header.FirstOrDefault(h => string.Equals(h, name, StringComparison.OrdinalIgnoreCase) || h.StartsWith(name, StringComparison.OrdinalIgnoreCase));
        throw new NnException(
            ExitCode.BadFile, $"{path} has no column '{name}'; "
                + $"{(near is null ? $"it has {string.Join(", ", header.Take(30))}{HeaderHint(header)}" : $"did you mean '{near}'?")}");
    }

    /// <summary>Whether a cell has no value: it is empty, or one of the words for that.</summary>
    public static bool IsGap(string cell) => GapWords.Contains(cell);

    /// <inheritdoc cref="IsGap(string)"/>
    public static bool IsGap(ReadOnlySpan<byte> cell)
    {
        // The longest of them has four letters.
        if (cell.Length > 4) return false;
        foreach (byte[] word in s_gapWords)
        {
            if (cell.SequenceEqual(word)) return true;
        }

        return false;
    }
}
