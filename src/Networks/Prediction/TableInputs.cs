using Nn.Data;

namespace Nn.Networks.Prediction;

/// <summary>The rows of a table as inputs of a trained model: with or without the target, in any order of columns, its gaps filled as in training.</summary>
public sealed class TableInputs : IDisposable
{
    private readonly TableRows _table;
    private readonly string _path;
    private readonly (Field Field, RowForm Form, int[] Columns)[] _fields;
    private readonly SortedDictionary<(string Column, string Word), int> _unknown = [];
    private int _rows;

    private TableInputs(TableRows table, string path, (Field, RowForm, int[])[] fields) => (_table, _path, _fields) = (table, path, fields);

    /// <summary>The names of the table's columns.</summary>
    public IReadOnlyList<string> Columns => _table.Columns;

    /// <summary>What was met so far that the model was not trained on, a line for each.</summary>
    public IEnumerable<string> Warnings => _unknown.Select(u =>
        $"{_path}: the model was not trained on {u.Key.Column} '{u.Key.Word}' ({(u.Value == 1 ? "1 row" : $"{u.Value:N0} rows")}); counted as "
            + $"{(u.Value == 1 ? "a gap" : "gaps")}");

    /// <summary>Whether a word of a command is the name of a table.</summary>
    public static bool IsNamed(string word) => Path.GetExtension(word).ToLowerInvariant() is ".csv";

    /// <summary>Opens a table.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">What the fields are.</param>
    /// <param name="names">Those that the model takes.</param>
    /// <exception cref="NnException">The file cannot be read, has not the columns, or the model takes no rows of a table.</exception>
    public static TableInputs Open(string path, Schema schema, IReadOnlyList<string> names)
    {
        TableRows table = TableRows.Open(path);
        try
        {
            return new TableInputs(table, path, [.. names.Select(n => Of(schema.Inputs.Single(f => f.Name == n), table, path))]);
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>The next rows, fewer at the end, none after it: their cells, and each field as it is stored.</summary>
    /// <param name="most">At most so many.</param>
    /// <exception cref="NnException">A cell is no number where the model has one, or the table is damaged.</exception>
    public (IReadOnlyList<string[]> Cells, IReadOnlyList<byte[]> Stored) Next(int most)
    {
        IReadOnlyList<string[]> rows = _table.Next(most);
        var stored = new List<byte[]>();
        if (rows.Count == 0) return (rows, stored);
        foreach ((Field field, RowForm form, int[] columns) in _fields)
        {
            var features = new float[rows.Count * form.Width];
            for (int r = 0; r < rows.Count; r++) Row(form, columns, rows[r], _rows + r + 1).CopyTo(features.AsSpan(r * form.Width));
            stored.Add(field.Form.Store(features));
        }

        _rows += rows.Count;
        return (rows, stored);
    }

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();

    private static (Field, RowForm, int[]) Of(Field field, TableRows table, string path)
    {
        RowForm form = RowForm.Of(field.Form) ?? throw new NnException(
            ExitCode.Usage, $"this model takes {field.Form.Describe()}, which is no row of a table; for such data name {path} in the script's data block");
        string[] header = [.. table.Columns];
        if (form.Columns.FirstOrDefault(c => !header.Contains(c)) is { } missing)
            throw new NnException(
                ExitCode.BadFile, $"{path} has no column '{missing}', which the model was trained on; it has {string.Join(", ", header.Take(30))}");
        return (field, form, [.. form.Columns.Select(c => Array.IndexOf(header, c))]);
    }

    private float[] Row(RowForm form, int[] columns, string[] cells, int number)
    {
        try
        {
            return form.Features([.. columns.Select(c => cells[c])],
                (column, word) => _unknown[(column, word)] = _unknown.GetValueOrDefault((column, word)) + 1);
        }
        catch (NnException e)
        {
            throw new NnException(e.Code, $"{_path}, row {number}: {e.Message}", e);
        }
    }
}
