using System.Text;
using Nn.Repl.Session;
using Nn.Repl.Terminal;

namespace Nn.Repl.Interactive;

/// <summary>
/// Edits one input of one or several lines on a terminal: colours, completion, history with search. Enter ends the input where it is complete and
/// begins a new line where a bracket is open. RadLine, a library for the same, has no key for a new line that all terminals send, draws wrongly
/// when lines reach the edge of the screen, and keeps no history.
/// </summary>
internal sealed class LineEditor(ITerminal terminal, History history, Func<string, int, (int Start, IReadOnlyList<string> Words)> complete,
    Func<string, bool> isComplete, Func<string, string>? colour)
{
    private const string Prompt = "nn> ", Continuation = "  > ";
    private const int Margin = 4, MaxListed = 60;

    private readonly StringBuilder _text = new();
    private int _cursor;
    private int _drawnRow;
    private int _place;
    private string _draft = "";
    private bool _listed;
    private bool _pasting;

    /// <summary>An input; empty after Ctrl-C, null at the end of all input.</summary>
    public string? Read()
    {
        _text.Clear();
        (_cursor, _drawnRow, _place, _draft, _listed, _pasting) = (0, 0, history.Entries.Count, "", false, false);
        Draw();
        while (terminal.ReadKey() is { } key)
        {
            bool tab = key.Key == ConsoleKey.Tab || key.KeyChar == '\t';
            if (!tab) _listed = false;
            if (key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n')
            {
                if (isComplete(_text.ToString()) && (_cursor == _text.Length || !Multiline))
                {
                    Finish();
                    return _text.ToString();
                }

                Insert("\n" + Indent());
            }
            else if (tab)
            {
                // Before the first word a tab is an indentation, typed or pasted.
                if (_text.ToString(LineStart(), _cursor - LineStart()).All(c => c == ' ') && Multiline) Insert("  ");
                else Complete();
            }
            else if (Control(key, ConsoleKey.C, '\x03'))
            {
                Finish("^C");
                return "";
            }
            else if (Control(key, ConsoleKey.D, '\x04') && _text.Length == 0)
            {
                Finish();
                return null;
            }
            else if (Control(key, ConsoleKey.R, '\x12'))
            {
                if (Search() is { } found) return found;
            }
            else
            {
                Edit(key);
            }

            _pasting = terminal.KeyWaiting;
            if (!_pasting) Draw();
        }

        return null;
    }

    private bool Multiline => _text.ToString().Contains('\n');

    private static bool Control(ConsoleKeyInfo key, ConsoleKey letter, char code) =>
        key.KeyChar == code || key.Key == letter && key.Modifiers.HasFlag(ConsoleModifiers.Control);

    private void Edit(ConsoleKeyInfo key)
    {
        bool control = key.Modifiers.HasFlag(ConsoleModifiers.Control), alt = key.Modifiers.HasFlag(ConsoleModifiers.Alt);
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow when control || alt: _cursor = WordLeft(); return;
            case ConsoleKey.RightArrow when control || alt: _cursor = WordRight(); return;
            case ConsoleKey.LeftArrow: _cursor = Math.Max(0, _cursor - 1); return;
            case ConsoleKey.RightArrow: _cursor = Math.Min(_text.Length, _cursor + 1); return;
            case ConsoleKey.Home: _cursor = LineStart(); return;
            case ConsoleKey.End: _cursor = LineEnd(); return;
            case ConsoleKey.UpArrow: Up(); return;
            case ConsoleKey.DownArrow: Down(); return;
            case ConsoleKey.Delete: Remove(_cursor, _cursor + 1); return;
            case ConsoleKey.Backspace: Remove(alt ? WordLeft() : _cursor - 1, _cursor); return;
        }

        switch (key.KeyChar)
        {
            case '\x01': _cursor = LineStart(); break;
            case '\x05': _cursor = LineEnd(); break;
            case '\x02': _cursor = Math.Max(0, _cursor - 1); break;
            case '\x06': _cursor = Math.Min(_text.Length, _cursor + 1); break;
            case '\x04': Remove(_cursor, _cursor + 1); break;
            case '\x08' or '\x7f': Remove(_cursor - 1, _cursor); break;
            case '\x0b': Remove(_cursor, LineEnd()); break;
            case '\x0c': Clear(); break;
            case '\x0e': Down(); break;
            case '\x10': Up(); break;
            case '\x15': Remove(LineStart(), _cursor); break;
            case '\x17': Remove(WordLeft(), _cursor); break;
            case 'b' when alt: _cursor = WordLeft(); break;
            case 'f' when alt: _cursor = WordRight(); break;
            case >= ' ': Insert(key.KeyChar.ToString()); break;
        }
    }

    private void Insert(string s)
    {
        // A closing brace stands below the line that it closes.
        if (s == "}" && !_pasting && _text.ToString(LineStart(), _cursor - LineStart()) is { Length: >= 2 } line && line.All(c => c == ' '))
            Remove(_cursor - 2, _cursor);
        _text.Insert(_cursor, s);
        _cursor += s.Length;
    }

    private void Remove(int from, int to)
    {
        (from, to) = (Math.Max(0, from), Math.Min(_text.Length, to));
        if (from >= to) return;
        _text.Remove(from, to - from);
        _cursor = from;
    }

    // Two spaces for each brace open at the cursor.
    private string Indent()
    {
        if (terminal.KeyWaiting) return "";
        int depth = 0;
        for (int i = 0; i < _cursor; i++) depth += _text[i] is '{' ? 1 : _text[i] is '}' ? -1 : 0;
        return new string(' ', 2 * Math.Max(0, depth));
    }

    private int LineStart() => _cursor == 0 ? 0 : _text.ToString().LastIndexOf('\n', _cursor - 1) + 1;

    private int LineEnd() => _text.ToString().IndexOf('\n', _cursor) is var end and >= 0 ? end : _text.Length;

    private int WordLeft()
    {
        int i = _cursor;
        while (i > 0 && !IsWord(_text[i - 1])) i--;
        while (i > 0 && IsWord(_text[i - 1])) i--;
        return i;
    }

    private int WordRight()
    {
        int i = _cursor;
        while (i < _text.Length && !IsWord(_text[i])) i++;
        while (i < _text.Length && IsWord(_text[i])) i++;
        return i;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    private void Up()
    {
        int start = LineStart();
        if (start > 0)
        {
            int column = _cursor - start;
            _cursor = start - 1;
            _cursor = Math.Min(LineStart() + column, start - 1);
        }
        else if (_place > 0)
        {
            if (_place == history.Entries.Count) _draft = _text.ToString();
            Take(history.Entries[--_place]);
        }
    }

    private void Down()
    {
        int end = LineEnd();
        if (end < _text.Length)
        {
            int column = _cursor - LineStart();
            _cursor = end + 1;
            _cursor = Math.Min(_cursor + column, LineEnd());
        }
        else if (_place < history.Entries.Count)
        {
            Take(++_place == history.Entries.Count ? _draft : history.Entries[_place]);
        }
    }

    private void Take(string text)
    {
        _text.Clear().Append(text);
        _cursor = _text.Length;
    }

    // Ctrl-R: what is typed is looked for in the history, the latest first; Enter takes it, any other key goes on editing it.
    private string? Search()
    {
        string sought = "", found = _text.ToString();
        int at = history.Entries.Count;
        void Look(int from)
        {
            for (int i = from; i >= 0; i--)
            {
                if (!history.Entries[i].Contains(sought, StringComparison.OrdinalIgnoreCase)) continue;
                (at, found) = (i, history.Entries[i]);
                return;
            }
        }

        while (true)
        {
            Take(found);
            Draw($"(search `{sought}`) ");
            if (terminal.ReadKey() is not { } key) return null;
            if (Control(key, ConsoleKey.R, '\x12')) Look(at - 1);
            else if (key.Key == ConsoleKey.Backspace || key.KeyChar is '\x7f' or '\x08') sought = sought.Length == 0 ? "" : sought[..^1];
            else if (key.KeyChar >= ' ' && key.KeyChar != '\x7f' && key.Modifiers is 0 or ConsoleModifiers.Shift)
            {
                sought += key.KeyChar;
                Look(history.Entries.Count - 1);
            }
            else if (Control(key, ConsoleKey.C, '\x03') || key.Key == ConsoleKey.Escape)
            {
                Take("");
                return null;
            }
            else if (key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n')
            {
                Draw();
                Finish();
                return found;
            }
            else
            {
                Edit(key);
                return null;
            }
        }
    }

    private void Complete()
    {
        (int start, IReadOnlyList<string> words) = complete(_text.ToString(), _cursor);
        if (words.Count == 0) return;
        string typed = _text.ToString(start, _cursor - start), common = words[0];
        foreach (string w in words)
        {
            int n = 0;
            while (n < common.Length && n < w.Length && common[n] == w[n]) n++;
            common = common[..n];
        }

        if (common.Length > typed.Length)
        {
            Remove(start, _cursor);
            Insert(common);
        }

        if (words.Count == 1)
        {
            if (common.Length > 0 && common[^1] is not ('/' or '=' or ':') && _cursor == _text.Length) Insert(" ");
            return;
        }

        // The first Tab completes, the second lists.
        if (common.Length == typed.Length && _listed) List(words);
        _listed = true;
    }

    private void List(IReadOnlyList<string> words)
    {
        int width = words.Take(MaxListed).Max(w => w.Length) + 2, columns = Math.Max(1, terminal.Width / width);
        var s = new StringBuilder(Below());
        for (int i = 0; i < Math.Min(words.Count, MaxListed); i++)
        {
            if (i > 0 && i % columns == 0) s.Append("\r\n");
            s.Append(words[i].PadRight(width));
        }

        if (words.Count > MaxListed) s.Append($"… {words.Count - MaxListed} more");
        terminal.Write(s.Append("\r\n").ToString());
        _drawnRow = 0;
    }

    private void Clear()
    {
        terminal.Write($"{Ansi.Csi}H{Ansi.Csi}2J");
        _drawnRow = 0;
    }

    private void Finish(string mark = "")
    {
        _cursor = _text.Length;
        Draw();
        terminal.Write(mark + "\r\n");
    }

    // From the cursor to a free line below the text.
    private string Below()
    {
        (int row, _) = Where(_cursor, Margin);
        (int last, _) = Where(_text.Length, Margin);
        return (last > row ? $"{Ansi.Csi}{last - row}B" : "") + "\r\n";
    }

    private void Draw(string? prompt = null)
    {
        prompt ??= Prompt;
        string text = _text.ToString();
        string shown = colour?.Invoke(text) ?? text;
        var s = new StringBuilder();
        if (_drawnRow > 0) s.Append($"{Ansi.Csi}{_drawnRow}A");
        s.Append($"{Ansi.Return}{Ansi.Csi}J").Append(prompt).Append(shown.Replace("\n", "\r\n" + Continuation));
        (int end, int endColumn) = Where(text.Length, prompt.Length);
        // A terminal waits at its right edge; a space and a step back make it begin the next row.
        if (endColumn == 0 && end > 0 && !text.EndsWith('\n')) s.Append($" {Ansi.Return}");
        (int row, int column) = Where(_cursor, prompt.Length);
        if (end > row) s.Append($"{Ansi.Csi}{end - row}A");
        s.Append(Ansi.Return);
        if (column > 0) s.Append($"{Ansi.Csi}{column}C");
        terminal.Write(s.ToString());
        _drawnRow = row;
    }

    // Row and column of a character, with long lines going on at the next row.
    private (int Row, int Column) Where(int position, int promptWidth)
    {
        int row = 0, column = promptWidth, width = terminal.Width;
        (row, column) = (column / width, column % width);
        for (int i = 0; i < position; i++)
        {
            if (_text[i] == '\n') (row, column) = (row + 1, Margin);
            else if (++column == width) (row, column) = (row + 1, 0);
        }

        return (row, column);
    }
}
