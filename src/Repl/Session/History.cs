namespace Nn.Repl.Session;

/// <summary>What was typed, oldest first; kept in a file across sessions, one entry a line.</summary>
internal sealed class History
{
    private const string FileName = "history";
    private const int MaxEntries = 2000;

    private readonly List<string> _entries;
    private readonly bool _kept;

    /// <summary>Reads what earlier sessions left; with <paramref name="kept"/> false nothing is read or written.</summary>
    public History(bool kept)
    {
        _kept = kept;
        _entries = kept ? [.. StateFolder.ReadLines(FileName).Select(Decode)] : [];
    }

    /// <summary>All entries, oldest first.</summary>
    public IReadOnlyList<string> Entries => _entries;

    /// <summary>Adds an entry unless it repeats the last one.</summary>
    public void Add(string text)
    {
        if (text.Length == 0 || _entries.Count > 0 && _entries[^1] == text) return;
        _entries.Add(text);
        if (_entries.Count > MaxEntries) _entries.RemoveRange(0, _entries.Count - MaxEntries);
    }

    /// <summary>Writes the file. Sessions side by side each write what they know; the last one wins.</summary>
    public void Save()
    {
        if (!_kept) return;
        StateFolder.TryWrite(FileName, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            foreach (string e in _entries) writer.WriteLine(Encode(e));
        });
    }

    // Entries of several lines stay on one.
    private static string Encode(string entry) => entry.Replace("\\", "\\\\").Replace("\r", "").Replace("\n", "\\n");

    /// <summary>The entry of a line of the file.</summary>
    internal static string Decode(string line)
    {
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length) text.Append(line[++i] == 'n' ? '\n' : line[i]);
            else text.Append(line[i]);
        }

        return text.ToString();
    }
}
