using System.Globalization;
using Nn.Data;
using Nn.Dsl;

namespace Nn.Networks;

/// <summary>
/// A row of a table as people know it: columns with names, numbers and words, where a model has features in order, each word a 1 among zeros. A cell that is
/// empty or not given is a gap, and
/// filled as in training.
/// </summary>
public sealed class RowForm
{
    private readonly FieldForm _form;
    private readonly Column[] _columns;

    private RowForm(FieldForm form, Column[] columns) => (_form, _columns) = (form, columns);

    // Of words the first feature is where the first of them stands; a number has none.
    private sealed record Column(string Name, int First, IReadOnlyList<string> Words);

    /// <summary>The names of the columns, in the order of the features.</summary>
    public IReadOnlyList<string> Columns => [.. _columns.Select(c => c.Name)];

    /// <summary>Features of a row.</summary>
    public int Width => _form.Width;

    /// <summary>The columns behind the features of a field; null where features have no names, or a sample is more than one row.</summary>
    public static RowForm? Of(FieldForm form)
    {
        if (!form.IsNumbers || form.Names.Count == 0 || form.Names.Count != form.Width) return null;
        var columns = new List<Column>();
        for (int f = 0; f < form.Names.Count; f++)
        {
            string name = form.Names[f];
            int equals = name.IndexOf('=');
            if (equals < 1) columns.Add(new Column(name, f, []));
            else if (columns.Count > 0 && columns[^1] is { Words.Count: > 0 } last && last.Name == name[..equals])
                columns[^1] = last with { Words = [.. last.Words, name[(equals + 1)..]] };
            else columns.Add(new Column(name[..equals], f, [name[(equals + 1)..]]));
        }

        return new RowForm(form, [.. columns]);
    }

    /// <summary>Whether there is a column of that name.</summary>
    public bool Has(string column) => Array.Exists(_columns, c => c.Name == column);

    /// <summary>The words that a column may have; none where it has numbers.</summary>
    public IReadOnlyList<string> WordsOf(string column) => Find(column).Words;

    /// <summary>The features of a row.</summary>
    /// <param name="cells">What is known of it, by column.</param>
    /// <exception cref="ColumnException">A column or a word is not known, a number is none, or a gap cannot be filled.</exception>
    public float[] Features(IReadOnlyDictionary<string, string> cells)
    {
        foreach (string name in cells.Keys) Find(name);
        var features = new float[Width];
        foreach (Column c in _columns)
        {
            if (Fill(c, cells.TryGetValue(c.Name, out string? cell) ? cell : "", features) is { } why) throw new ColumnException(ExitCode.Usage, c.Name, why);
        }

        return features;
    }

    /// <summary>
    /// The features of a row of a table, in which a word that the model does not know counts as a gap, as it does in data for a trained model.
    /// </summary>
    /// <param name="cells">A cell for each of <see cref="Columns"/>.</param>
    /// <param name="unknown">Is told the column and the word.</param>
    /// <exception cref="ColumnException">A number is none, or a gap cannot be filled.</exception>
    public float[] Features(IReadOnlyList<string> cells, Action<string, string> unknown)
    {
        var features = new float[Width];
        for (int i = 0; i < _columns.Length; i++)
        {
            bool strange = _columns[i].Words.Count > 0 && !DataGap.Is(cells[i]) && !_columns[i].Words.Contains(cells[i]);
            if (strange) unknown(_columns[i].Name, cells[i]);
            if (Fill(_columns[i], strange ? "" : cells[i], features) is { } why) throw new ColumnException(ExitCode.BadFile, _columns[i].Name, why);
        }

        return features;
    }

    /// <summary>The features of a row that a program has: numbers, words, and null or NaN for a gap, by column.</summary>
    /// <exception cref="ArgumentException">
    /// A column or a word is not known, or a gap cannot be filled, which the <see cref="ColumnException"/> within tells; or a value is of a type that no column
    /// has.
    /// </exception>
    public float[] Features(IReadOnlyDictionary<string, object?> row)
    {
        try
        {
            return Features(row.ToDictionary(c => c.Key, c => Cell(c.Key, c.Value)));
        }
        catch (NnException e)
        {
            throw new ArgumentException(e.Message, nameof(row), e);
        }
    }

    /// <summary>
    /// What a program's object says of a row: a value for each of its public properties, whose names may differ from the columns' in case and underscores.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Row(object record)
    {
        var row = new Dictionary<string, object?>();
        foreach (System.Reflection.PropertyInfo p in record.GetType().GetProperties().Where(p => p.CanRead && p.GetIndexParameters().Length == 0))
        {
            string name = _columns.FirstOrDefault(c => c.Name == p.Name)?.Name ?? _columns.FirstOrDefault(c => Plain(c.Name) == Plain(p.Name))?.Name ?? p.Name;
            row[name] = p.GetValue(record);
        }

        return row;
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private string Cell(string column, object? value) => value switch
    {
        null => "",
        string text => text,
        float.NaN or double.NaN => "",
        bool yes => Find(column).Words.FirstOrDefault(w => string.Equals(w, yes.ToString(), StringComparison.OrdinalIgnoreCase)) ?? (yes ? "1" : "0"),
        Enum word => word.ToString(),
        IConvertible number => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"'{column}' is a {value.GetType().Name}; a column has numbers or words"),
    };

    private Column Find(string name)
    {
        if (_columns.FirstOrDefault(c => c.Name == name) is { } found) return found;
        string near = Suggest.Nearest(name, _columns.Select(c => c.Name)) is { } n ? $"did you mean '{n}'?" : $"it has {Some(Columns)}";
        throw new ColumnException(ExitCode.Usage, name, $"the model knows no column '{name}'; {near}");
    }

    // Why a cell cannot be taken; null where it was.
    private string? Fill(Column column, string cell, Span<float> features)
    {
        bool gap = DataGap.Is(cell);
        if (gap && _form.Means.Count == 0)
            return $"'{column.Name}' is missing, and the model was trained without gaps to fill, so it knows nothing to put there; give all of {Some(Columns)}";
        if (column.Words.Count == 0)
        {
            if (gap) features[column.First] = _form.Means[column.First];
            else if (float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number))
                features[column.First] = number;
            else return $"'{cell}' is no number, as column '{column.Name}' has";
            return null;
        }

        if (gap) return null;
        int word = column.Words.ToList().IndexOf(cell);
        if (word >= 0) features[column.First + word] = 1;
        return word >= 0 ? null
            : $"'{cell}' is no word of column '{column.Name}' that the model knows; "
                + (Suggest.Nearest(cell, column.Words) is { } near ? $"did you mean '{near}'?" : $"it knows {Some(column.Words)}");
    }

    private static string Some(IReadOnlyList<string> names)
    {
        const int most = 12;
        return string.Join(", ", names.Take(most)) + (names.Count > most ? $" and {names.Count - most} more" : "");
    }
}
