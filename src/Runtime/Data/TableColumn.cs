using System.Globalization;
using System.Text;

namespace Nn.Data;

/// <summary>
/// A column of a table, taken up cell by cell in blocks: every number, and the different texts as long as they are few. A column of many different numbers so
/// takes four bytes a row.
/// </summary>
/// <param name="name">In the head line.</param>
/// <param name="mostTexts">How many different texts are kept; with more, none are, and the column can be read as numbers only.</param>
internal sealed class TableColumn(string name, int mostTexts)
{
    private const int BlockBits = 14;
    private const int BlockMask = (1 << BlockBits) - 1;

    // Numbers of so few digits are all told apart by 32 bits.
    private const int HeldDigits = 7;
    private const int MostLongNumbers = 50_000;

    private readonly List<float[]> _numbers = [];
    private readonly HashSet<ulong> _longCells = [];
    private readonly HashSet<float> _longValues = [];
    private List<int[]>? _texts = [];
    private Dictionary<string, int>? _known = new(StringComparer.Ordinal);
    private char[] _characters = new char[64];

    /// <summary>In the head line.</summary>
    public string Name { get; } = name;

    /// <summary>Cells so far.</summary>
    public int Rows { get; private set; }

    /// <summary>Cells without a value.</summary>
    public int Gaps { get; private set; }

    /// <summary>Cells that are numbers.</summary>
    public int Numbers { get; private set; }

    /// <summary>Cells that people would read as numbers, but are written otherwise than they must be.</summary>
    public int Written { get; private set; }

    /// <summary>The first cell that is neither a gap nor a number, and its row in the file, from 1; null: there is none.</summary>
    public (string Cell, int Row)? FirstText { get; private set; }

    /// <summary>The different texts in the order in which they came; null: they were too many.</summary>
    public IReadOnlyList<string>? Texts => _known is null ? null : [.. _known.Keys];

    /// <summary>How many different numbers of more digits than 32 bits hold there are, as written and as they are held.</summary>
    public (int Written, int Held) LongNumbers => (_longCells.Count, _longValues.Count);

    /// <summary>The number in a row; NaN where it has none.</summary>
    public float Number(int row) => _numbers[row >> BlockBits][row & BlockMask];

    /// <summary>The number of a row's text in <see cref="Texts"/>, −1 for a gap. Texts must have been kept.</summary>
    public int Text(int row) => _texts![row >> BlockBits][row & BlockMask];

    /// <summary>Takes up the next cell, trimmed, in UTF-8.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="row">Its row in the file, from 1.</param>
    public void Add(ReadOnlySpan<byte> cell, int row)
    {
        int at = Rows & BlockMask;
        if (at == 0) _numbers.Add(new float[BlockMask + 1]);
        if (at == 0) _texts?.Add(new int[BlockMask + 1]);
        Rows++;
        bool gap = CsvTable.IsGap(cell);
        float number = float.NaN;
        bool isNumber = !gap && float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && float.IsFinite(number);
        _numbers[^1][at] = isNumber ? number : float.NaN;
        if (_texts is not null) _texts[^1][at] = gap ? -1 : TextNumber(cell);
        if (gap) Gaps++;
        else if (isNumber) AddNumber(cell, number);
        else AddText(cell, row);
    }

    private void AddNumber(ReadOnlySpan<byte> cell, float number)
    {
        Numbers++;
        if (cell.Length <= HeldDigits || _longCells.Count == MostLongNumbers) return;
        if (_longCells.Add(Hash(cell))) _longValues.Add(number);
    }

    private void AddText(ReadOnlySpan<byte> cell, int row)
    {
        string text = Encoding.UTF8.GetString(cell);
        FirstText ??= (text, row);
        if (WrittenNumber.IsOne(text)) Written++;
    }

    private int TextNumber(ReadOnlySpan<byte> cell)
    {
        if (_characters.Length < cell.Length) _characters = new char[cell.Length];
        ReadOnlySpan<char> text = _characters.AsSpan(0, Encoding.UTF8.GetChars(cell, _characters));
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known = _known!.GetAlternateLookup<ReadOnlySpan<char>>();
        if (known.TryGetValue(text, out int number)) return number;
        number = _known.Count;
        if (number < mostTexts) known[text] = number;
        else (_texts, _known) = (null, null);
        return number;
    }

    // Fowler, Noll and Vo's FNV-1a: different texts meet once in 2^32 or so.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in bytes) hash = (hash ^ b) * 1099511628211;
        return hash;
    }
}
