using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Brings data into the order of names that a model was trained with. Another file has other words and classes, and numbers them by what it has itself; a model
/// knows its own numbers alone, so features and classes are matched by name. What the model does not know is told: a class is refused, a word counts as a gap,
/// a column is left out.
/// </summary>
internal static class TrainedNames
{
    private const int Shown = 8;

    /// <summary>Whether a column of a table gives features that a model knows: itself as a number, or its words.</summary>
    public static bool HasColumn(Schema trained, string column) => ColumnType(trained, column) is not null;

    /// <summary>How a model reads a column of a table; null where it does not know it.</summary>
    public static ColumnType? ColumnType(Schema trained, string column)
    {
        IEnumerable<string> features = trained.Inputs.SelectMany(f => f.Form.Names);
        return features.Contains(column) ? Data.ColumnType.Number : features.Any(f => IsWordOf(f, column)) ? Data.ColumnType.Word : null;
    }

    /// <summary>The data with the features and classes of <see cref="DataSpec.Trained"/>.</summary>
    /// <exception cref="NnException">A column is missing, or there are classes that the model does not know.</exception>
    public static RawData Match(RawData raw, DataSpec spec)
    {
        if (spec.Trained is not { } trained || raw.Vocabulary is not null) return raw;
        for (int f = 0; f < raw.Schema.Inputs.Count; f++)
        {
            Field field = raw.Schema.Inputs[f];
            if (trained.Inputs.FirstOrDefault(t => t.Name == field.Name)?.Form is not { } form) continue;
            if (form.Names.Count > 0 && field.Form.Names.Count > 0 && !form.IsSymbols) raw = Features(raw, f, form.Names, spec);
            if (form.Symbols is not { } symbols || field.Form.Symbols is not { } here) continue;
            if (here > symbols)
                throw Bad(spec, $"has symbols up to {here - 1:N0}; the model was trained on the symbols 0 to {symbols - 1:N0}, and knows no others");
            raw = raw with { Schema = raw.Schema with { Inputs = With(raw.Schema.Inputs, f, field.Form with { Symbols = symbols }) } };
        }

        for (int f = 0; f < raw.Schema.Targets.Count; f++)
        {
            Field field = raw.Schema.Targets[f];
            if (field.Form.IsSymbols && trained.Targets.FirstOrDefault(t => t.Name == field.Name)?.Form is { Symbols: { } classes } form)
                raw = Classes(raw, f, form, classes, spec);
        }

        return raw;
    }

    private static IReadOnlyList<Field> With(IReadOnlyList<Field> fields, int f, FieldForm form) =>
        [.. fields.Select((field, i) => i == f ? field with { Form = form } : field)];

    private static IReadOnlyList<byte[]> With(IReadOnlyList<byte[]> all, int f, byte[] stored) => [.. all.Select((s, i) => i == f ? stored : s)];

    private static bool IsWordOf(string feature, string column) =>
        feature.Length > column.Length && feature[column.Length] == '=' && feature.StartsWith(column, StringComparison.Ordinal);

    private static RawData Features(RawData raw, int f, IReadOnlyList<string> known, DataSpec spec)
    {
        IReadOnlyList<string> own = raw.Schema.Inputs[f].Form.Names;
        Dictionary<string, int> here = [];
        for (int i = 0; i < own.Count; i++) here.TryAdd(own[i], i);
        int[] from = [.. known.Select(k => here.GetValueOrDefault(k, -1))];
        string? missing = known.Where((k, i) => from[i] < 0 && !raw.Columns.Any(c => IsWordOf(k, c.Name))).FirstOrDefault();
        if (missing is not null)
            throw Bad(spec, $"has no column for '{missing}', which the model was trained on; it has {Some([.. raw.Columns.Select(c => c.Name)])}");
        foreach (DataColumn column in raw.Columns.Where(c => known.Any(k => IsWordOf(k, c.Name))))
        {
            (string Word, int Rows)[] strange = [.. column.Words.Where(w => !known.Contains($"{column.Name}={w.Word}"))];
            if (strange.Length == 0) continue;
            raw.Warnings.Add(
                $"{spec.Path}: the model was not trained on {Some([.. strange.Select(w => $"{column.Name} '{w.Word}' ({Rows(w.Rows)})")])}; "
                    + $"counted as {(strange.Length == 1 ? "a gap" : "gaps")}");
        }

        return Reordered(raw, f, known, from);
    }

    private static RawData Reordered(RawData raw, int f, IReadOnlyList<string> known, int[] from)
    {
        Field field = raw.Schema.Inputs[f];
        int old = field.Form.Names.Count, now = known.Count;
        if (old == now && from.Select((c, i) => c == i).All(same => same)) return raw;
        ReadOnlySpan<float> x = MemoryMarshal.Cast<byte, float>(raw.All.Inputs[f].AsSpan());
        RawData.CheckSize(x.Length / old, (long)now * sizeof(float), "the data in the model's columns");
        var moved = new float[x.Length / old * now];
        for (int row = 0; row < x.Length / old; row++)
        {
            // A word that is not in this file is 0 everywhere.
            for (int k = 0; k < now; k++) moved[row * now + k] = from[k] < 0 ? 0 : x[row * old + from[k]];
        }

        FieldForm form = field.Form with { Shape = field.Form.Shape.With(field.Form.Shape.Rank - 1, now), Names = [.. known] };
        var categorical = new Dictionary<string, bool[]>(raw.Categorical);
        if (categorical.TryGetValue(field.Name, out bool[]? words)) categorical[field.Name] = [.. from.Select(c => c < 0 || words[c])];
        return raw with
        {
            Schema = raw.Schema with { Inputs = With(raw.Schema.Inputs, f, form) },
            All = raw.All with { Inputs = With(raw.All.Inputs, f, RawData.Bytes(moved)) },
            Categorical = categorical,
        };
    }

    private static RawData Classes(RawData raw, int f, FieldForm trained, int classes, DataSpec spec)
    {
        FieldForm form = raw.Schema.Targets[f].Form;
        // Numbers of classes mean themselves; names are what a file or a folder has.
        bool named = spec.Source is DataSource.Csv or DataSource.Images or DataSource.Sound or DataSource.Tags or DataSource.Pairs
            || (spec.Source is DataSource.Builtin && trained.Names.Count > 0);
        var numbers = new Dictionary<string, int>();
        for (int c = 0; named && c < trained.Names.Count; c++) numbers.TryAdd(trained.Names[c], c);
        int Number(int own) => own < 0 || (!named && own < classes) ? own : named && numbers.TryGetValue(form.Names[own], out int n) ? n : classes;
        var strange = new SortedDictionary<int, int>();
        byte[] Renumbered(byte[] target)
        {
            int[] labels = MemoryMarshal.Cast<byte, int>(target.AsSpan()).ToArray();
            for (int i = 0; i < labels.Length; i++)
            {
                int own = labels[i];
                labels[i] = Number(own);
                if (labels[i] == classes) strange[own] = strange.GetValueOrDefault(own) + 1;
            }

            return RawData.Bytes(labels);
        }

        Part all = raw.All with { Targets = With(raw.All.Targets, f, Renumbered(raw.All.Targets[f])) };
        Part? given = raw.Given is { } part ? part with { Targets = With(part.Targets, f, Renumbered(part.Targets[f])) } : null;
        if (strange.Count > 0)
        {
            string which = Some([.. strange.Select(s => $"'{(named ? form.Names[s.Key] : s.Key)}' ({(named ? Rows(s.Value) : $"{s.Value:N0} times")})")]);
            throw Bad(
                spec, $"has classes that the model was not trained on: {which}. It knows "
                    + $"{(trained.Names.Count > 0 ? Some(trained.Names) : $"{classes:N0} classes")}; leave them out, or train anew");
        }

        IReadOnlyList<Field> targets = With(raw.Schema.Targets, f, form with { Symbols = classes, Names = trained.Names });
        return raw with { Schema = raw.Schema with { Targets = targets }, All = all, Given = given };
    }

    private static string Some(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? $" and {names.Count - Shown:N0} more" : "");

    private static string Rows(int n) => n == 1 ? "1 row" : $"{n:N0} rows";

    private static NnException Bad(DataSpec spec, string why) => new(ExitCode.BadFile, $"{(spec.Source == DataSource.Memory ? "the data" : spec.Path)} {why}");
}
