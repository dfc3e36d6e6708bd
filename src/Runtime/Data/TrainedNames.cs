using System.Runtime.InteropServices;
using Nn.Graphs;

namespace Nn.Data;

/// <summary>
/// Brings data into the order of names that a model was trained with. Another file has other words and classes, and numbers them by what it has itself; a model knows its own numbers
/// alone, so features and classes are matched by name. What the model does not know is told: a class is refused, a word counts as a gap, a column is left out.
/// </summary>
internal static class TrainedNames
{
    private const int Shown = 8;

    /// <summary>Whether a column of a table gives features that a model knows: itself as a number, or its words.</summary>
    public static bool HasColumn(DataForm form, string column) => ColumnType(form, column) is not null;

    /// <summary>How a model reads a column of a table; null where it does not know it.</summary>
    public static ColumnType? ColumnType(DataForm form, string column) => form.FeatureNames.Contains(column) ? Data.ColumnType.Number
        : form.FeatureNames.Any(f => IsWordOf(f, column)) ? Data.ColumnType.Word
        : null;

    /// <summary>The data with the features and classes of <see cref="DataSpec.Trained"/>.</summary>
    /// <exception cref="NnException">A column is missing, or there are classes that the model does not know.</exception>
    public static RawData Match(RawData raw, DataSpec spec)
    {
        if (spec.Trained is not { } form || raw.Vocabulary is not null) return raw;
        if (form.FeatureNames.Count > 0 && raw.FeatureNames.Count > 0) raw = Features(raw, form, spec);
        if (form.Info.Symbols is { } symbols && raw.Info.Symbols is { } here)
        {
            if (here > symbols) throw Bad(spec, $"has symbols up to {here - 1:N0}; the model was trained on the symbols 0 to {symbols - 1:N0}, and knows no others");
            raw = raw with { Info = raw.Info with { Symbols = symbols } };
        }

        return form.Info.Classes is { } classes && raw.Info.Classes is not null ? Classes(raw, form, classes, spec) : raw;
    }

    private static bool IsWordOf(string feature, string column) => feature.Length > column.Length && feature[column.Length] == '=' && feature.StartsWith(column, StringComparison.Ordinal);

    private static RawData Features(RawData raw, DataForm form, DataSpec spec)
    {
        IReadOnlyList<string> known = form.FeatureNames;
        Dictionary<string, int> here = [];
        for (int f = 0; f < raw.FeatureNames.Count; f++) here.TryAdd(raw.FeatureNames[f], f);
        int[] from = [.. known.Select(k => here.GetValueOrDefault(k, -1))];
        string? missing = known.Where((k, i) => from[i] < 0 && !raw.Columns.Any(c => IsWordOf(k, c.Name))).FirstOrDefault();
        if (missing is not null)
            throw Bad(spec, $"has no column for '{missing}', which the model was trained on; it has {Some([.. raw.Columns.Select(c => c.Name)])}");
        foreach (DataColumn column in raw.Columns.Where(c => ColumnType(form, c.Name) == Data.ColumnType.Word))
        {
            (string Word, int Rows)[] strange = [.. column.Words.Where(w => !known.Contains($"{column.Name}={w.Word}"))];
            if (strange.Length == 0) continue;
            raw.Warnings.Add($"{spec.Path}: the model was not trained on {Some([.. strange.Select(w => $"{column.Name} '{w.Word}' ({Rows(w.Rows)})")])}; counted as {(strange.Length == 1 ? "a gap" : "gaps")}");
        }

        return Reordered(raw, known, from);
    }

    private static RawData Reordered(RawData raw, IReadOnlyList<string> known, int[] from)
    {
        int old = raw.FeatureNames.Count, now = known.Count;
        if (old == now && from.Select((f, i) => f == i).All(same => same)) return raw;
        ReadOnlySpan<float> x = MemoryMarshal.Cast<byte, float>(raw.Input.AsSpan());
        RawData.CheckSize(x.Length / old, (long)now * sizeof(float), "the data in the model's columns");
        var moved = new float[x.Length / old * now];
        for (int row = 0; row < x.Length / old; row++)
        {
            // A word that is not in this file is 0 everywhere.
            for (int k = 0; k < now; k++) moved[row * now + k] = from[k] < 0 ? 0 : x[row * old + from[k]];
        }

        return raw with
        {
            Info = raw.Info with { Input = raw.Info.Input.With(raw.Info.Input.Rank - 1, now) },
            Input = RawData.Bytes(moved),
            FeatureNames = [.. known],
            Categorical = [.. from.Select(f => f < 0 || raw.Categorical[f])],
        };
    }

    private static RawData Classes(RawData raw, DataForm form, int classes, DataSpec spec)
    {
        // Numbers of classes mean themselves; names are what a file or a folder has.
        bool named = spec.Source is DataSource.Csv or DataSource.Images or DataSource.Builtin && form.ClassNames.Count > 0;
        var numbers = new Dictionary<string, int>();
        for (int c = 0; named && c < form.ClassNames.Count; c++) numbers.TryAdd(form.ClassNames[c], c);
        int Number(int own) => own < 0 || (!named && own < classes) ? own : named && numbers.TryGetValue(raw.ClassNames[own], out int n) ? n : classes;
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

        byte[] all = Renumbered(raw.Target);
        DataPart? given = raw.Given is { } part ? part with { Target = Renumbered(part.Target) } : null;
        if (strange.Count > 0)
        {
            string which = Some([.. strange.Select(s => $"'{(named ? raw.ClassNames[s.Key] : s.Key)}' ({(named ? Rows(s.Value) : $"{s.Value:N0} times")})")]);
            throw Bad(spec, $"has classes that the model was not trained on: {which}. It knows {(form.ClassNames.Count > 0 ? Some(form.ClassNames) : $"{classes:N0} classes")}; leave them out, or train anew");
        }

        return raw with { Info = raw.Info with { Classes = classes }, Target = all, Given = given, ClassNames = form.ClassNames };
    }

    private static string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? $" and {names.Count - Shown:N0} more" : "");

    private static string Rows(int n) => n == 1 ? "1 row" : $"{n:N0} rows";

    private static NnException Bad(DataSpec spec, string why) => new(ExitCode.BadFile, $"{(spec.Source == DataSource.Memory ? "the data" : spec.Path)} {why}");
}
