namespace Nn.Repl.Terminal;

/// <summary>Rows of words in columns.</summary>
internal static class TextTable
{
    /// <summary>Lines with columns as wide as their widest cell, two blanks apart; numbers stand to the right of their column.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<string[]> rows)
    {
        int columns = rows.Max(r => r.Length);
        int[] widths = [.. Enumerable.Range(0, columns).Select(c => rows.Max(r => c < r.Length ? r[c].Length : 0))];
        return rows.Select(
            r => string.Join("  ",
                r.Select((cell, c) => char.IsAsciiDigit(cell.TrimStart('-').FirstOrDefault()) ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))).TrimEnd());
    }
}
