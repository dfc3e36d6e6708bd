using Nn.Dsl;

namespace Nn.Repl.Lsp;

/// <summary>
/// A text with the places of its lines, which end with a line feed, a carriage return, or both. Positions count UTF-16 units, as strings do; those outside
/// a line or the text stand for its end.
/// </summary>
internal sealed class TextLines
{
    private readonly List<int> _starts = [0];

    public TextLines(string text)
    {
        Text = text;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || text[i] == '\r' && !(i + 1 < text.Length && text[i + 1] == '\n')) _starts.Add(i + 1);
        }
    }

    public string Text { get; }

    /// <summary>The text from one position to another replaced; without positions the whole text.</summary>
    public TextLines With(ContentChange change)
    {
        if (change.Range is not { } range) return new TextLines(change.Text);
        int start = Offset(range.Start), end = Math.Max(start, Offset(range.End));
        return new TextLines(string.Concat(Text.AsSpan(0, start), change.Text, Text.AsSpan(end)));
    }

    public int Offset(Position p)
    {
        if (p.Line < 0) return 0;
        if (p.Line >= _starts.Count) return Text.Length;
        int start = _starts[p.Line];
        return start + Math.Clamp(p.Character, 0, EndOf(p.Line) - start);
    }

    public Position Position(int offset)
    {
        offset = Math.Clamp(offset, 0, Text.Length);
        int line = _starts.BinarySearch(offset);
        if (line < 0) line = ~line - 1;
        return new Position(line, offset - _starts[line]);
    }

    public Range Range(TextSpan span) => new(Position(span.Start), Position(span.End));

    /// <summary>Everything.</summary>
    public Range Whole => Range(new TextSpan(0, Text.Length));

    // Before the characters that end the line.
    private int EndOf(int line)
    {
        if (line + 1 == _starts.Count) return Text.Length;
        int end = _starts[line + 1] - 1;
        return end > _starts[line] && Text[end] == '\n' && Text[end - 1] == '\r' ? end - 1 : end;
    }
}
