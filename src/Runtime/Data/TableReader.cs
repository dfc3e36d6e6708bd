using System.Text;
using CsvHelper;
using Nn.Files;

namespace Nn.Data;

/// <summary>
/// Reads a table in text block by block, as whoever asks wants more of it: no cell becomes an object. Its first line names the columns.
/// </summary>
internal sealed class TableReader : IDisposable
{
    private const int MaxField = 128 * 1024;
    private const int MaxRecord = 16 * MaxField;

    private readonly string _path;
    private readonly CsvReader _csv;
    private int _row;

    private TableReader(string path, CsvReader csv, string[] header) => (_path, _csv, Header) = (path, csv, header);

    /// <summary>The names of the columns.</summary>
    public string[] Header { get; }

    /// <summary>Rows read so far.</summary>
    public int Rows => _row;

    /// <summary>Opens a table and reads its head line.</summary>
    /// <exception cref="NnException">It is no text, empty, or names two columns alike.</exception>
    public static TableReader Open(string path)
    {
        CsvReader? csv = null;
        try
        {
            TextEncoding.Check(path);
            csv = Start(path);
            if (csv.Headers is not { Count: > 0 } names) throw new NnException(ExitCode.BadFile, $"{path} is empty; its first line must name the columns");
            string[] header = [.. names];
            if (header.CountBy(n => n).FirstOrDefault(n => n.Value > 1) is { Value: > 1 } twice)
                throw new NnException(
                    ExitCode.BadFile, $"{path} has {twice.Value} columns named '{twice.Key}'; give each a name of its own{CsvTable.HeaderHint(header)}");
            var reader = new TableReader(path, csv, header);
            csv = null;
            return reader;
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Broken(path, e);
        }
        finally
        {
            csv?.Dispose();
        }
    }

    /// <summary>The names of the columns alone; none where they cannot be read.</summary>
    public static string[] HeaderOf(string path)
    {
        try
        {
            using CsvReader csv = Start(path);
            return csv.Headers is { } names ? [.. names] : [];
        }
        catch (Exception e) when (IsBroken(e))
        {
            return [];
        }
    }

    /// <summary>Reads on: so many rows at most.</summary>
    /// <param name="columns">What takes up a cell of each row, with the number of its column.</param>
    /// <param name="wanted">Columns of which every row must have a value; rows without one are passed over.</param>
    /// <param name="rows">At most.</param>
    /// <returns>Whether there may be more.</returns>
    /// <exception cref="NnException">A row has more or fewer fields than there are columns, or one is too long.</exception>
    public bool Read(IReadOnlyList<(int Column, TableColumn Into)> columns, IReadOnlyList<int> wanted, int rows)
    {
        try
        {
            for (; rows > 0; rows--)
            {
                if (!_csv.Read()) return false;
                _row++;
                Check();
                if (wanted.Any(c => CsvTable.IsGap(_csv.GetSpan(c)))) continue;
                for (int i = 0; i < columns.Count; i++) columns[i].Into.Add(_csv.GetSpan(columns[i].Column), _row);
            }

            return true;
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Broken(_path, e);
        }
    }

    /// <summary>All cells of the next rows, so many at most.</summary>
    /// <exception cref="NnException">A row has more or fewer fields than there are columns, or one is too long.</exception>
    public IReadOnlyList<string[]> Cells(int rows)
    {
        var read = new List<string[]>();
        try
        {
            while (read.Count < rows && _csv.Read())
            {
                _row++;
                Check();
                read.Add([.. Enumerable.Range(0, Header.Length).Select(c => _csv.GetString(c))]);
            }

            return read;
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Broken(_path, e);
        }
    }

    /// <summary>The cells of one column once more, for who wants to say what is wrong with it.</summary>
    public static IEnumerable<string> Cells(string path, int column)
    {
        using TableReader again = Open(path);
        while (again._csv.Read()) yield return again._csv.GetString(column);
    }

    /// <inheritdoc/>
    public void Dispose() => _csv.Dispose();

    private void Check()
    {
        if (_csv.FieldCount != Header.Length)
        {
            throw new NnException(
                ExitCode.BadFile,
                $"{_path}, row {_row}: {Plural.Of(_csv.FieldCount, "field")}, but {Plural.Of(Header.Length, "column")}{CsvTable.HeaderHint(Header)}");
        }

        for (int c = 0; c < Header.Length; c++)
        {
            if (_csv.GetRawSpan(c).Length <= MaxField || Encoding.UTF8.GetCharCount(_csv.GetSpan(c)) is not (> MaxField and var length)) continue;
            throw new NnException(
                ExitCode.BadFile, $"{_path}, row {_row}: a field of {length:N0} characters in column '{Header[c]}'; at most {MaxField:N0} are read");
        }
    }

    private static CsvReader Start(string path)
    {
        if (File.Exists(path) && InputFile.LengthOf(path) == 0 && !InputFile.IsOwnStream(path))
            throw new NnException(ExitCode.BadFile, $"{path} is empty; its first line must name the columns. (Pipes and devices are not read)");
        var options = new CsvReaderOptions
        {
            HasHeader = true,
            TrimWhitespace = true,
            SkipEmptyLines = true,
            MaxRecordSize = MaxRecord,
            MalformedData = CsvMalformedDataHandling.Throw,
        };
        CsvReader csv = CsvReader.FromFile(path, options);
        csv.ReadHeader();
        return csv;
    }

    private static bool IsBroken(Exception e) =>
        e is IOException or UnauthorizedAccessException or FormatException or InvalidDataException or CsvFormatException;

    private static NnException Broken(string path, Exception e) => new(ExitCode.BadFile, $"cannot read {path} as a table: {e.Message.Split('\n')[0]}", e);
}
