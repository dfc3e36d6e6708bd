namespace Nn.Data;

/// <summary>
/// A table in text, row by row, as whoever asks wants more of it: cells as they are written, without the blanks around them. Its first line names the columns.
/// </summary>
public sealed class TableRows : IDisposable
{
    private readonly TableReader _reader;

    private TableRows(TableReader reader) => _reader = reader;

    /// <summary>The names of the columns.</summary>
    public IReadOnlyList<string> Columns => _reader.Header;

    /// <summary>Opens a table and reads its head line.</summary>
    /// <exception cref="NnException">It cannot be read, is no text, empty, or names two columns alike.</exception>
    public static TableRows Open(string path)
    {
        if (!File.Exists(path)) throw new NnException(ExitCode.BadFile, $"there is no file '{path}'");
        return new TableRows(TableReader.Open(path));
    }

    /// <summary>The next rows, fewer at the end; none after it.</summary>
    /// <param name="most">At most so many.</param>
    /// <exception cref="NnException">A row has more or fewer cells than there are columns, or one is too long.</exception>
    public IReadOnlyList<string[]> Next(int most) => _reader.Cells(most);

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();
}
