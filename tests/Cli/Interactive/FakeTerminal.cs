using System.Text;
using Nn.Repl.Terminal;

namespace Nn.Tests.Cli.Interactive;

/// <summary>Keys from a script, and a screen that does what a terminal does with the sequences that the editor sends.</summary>
internal sealed class FakeTerminal(int width, IEnumerable<ConsoleKeyInfo> keys) : ITerminal
{
    private readonly Queue<ConsoleKeyInfo> _keys = new(keys);
    private List<char[]> _rows = [Blank(width)];
    private int _row, _column;

    public int Width { get; private set; } = width;

    public int Height { get; init; } = 24;

    /// <summary>Whether the cursor is hidden now.</summary>
    public bool CursorHidden { get; private set; }

    /// <summary>Nobody pastes unless a test says so.</summary>
    public bool Pasting { get; init; }

    public bool KeyWaiting => Pasting && _keys.Count > 0;

    /// <summary>The rows up to the last one that is not empty.</summary>
    public string[] Screen => [.. _rows.Select(r => new string(r).TrimEnd()).Reverse().SkipWhile(r => r.Length == 0).Reverse()];

    /// <summary>Where the cursor stands.</summary>
    public (int Row, int Column) Cursor => (_row, _column);

    public ConsoleKeyInfo? ReadKey() => _keys.TryDequeue(out ConsoleKeyInfo key) ? key : null;

    public void Write(string text)
    {
        // What a terminal gets has gone through the writer that makes visible what is not the program's own.
        text = Ansi.ForTerminal(text, trusted: false);
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\r': _column = 0; break;
                case '\n': Down(); break;
                case '\x1b': i = Sequence(text, i + 2); break;
                default:
                    // At the edge a terminal waits with the new row until there is something to put there.
                    if (_column == Width)
                    {
                        Down();
                        _column = 0;
                    }

                    _rows[_row][_column++] = text[i];
                    break;
            }
        }
    }

    /// <summary>The window becomes so wide; rows that are wider are broken, as most terminals do it. The cursor stays with what stands before it.</summary>
    public void Resize(int columns)
    {
        var rows = new List<char[]>();
        int cursor = 0;
        for (int r = 0; r < _rows.Count; r++)
        {
            if (r == _row) cursor = rows.Count;
            string text = new string(_rows[r]).TrimEnd();
            for (int at = 0; at == 0 || at < text.Length; at += columns)
                rows.Add(text[at..Math.Min(text.Length, at + columns)].PadRight(columns).ToCharArray());
        }

        (_rows, _row, _column, Width) = (rows, cursor, Math.Min(_column, columns - 1), columns);
    }

    /// <summary>Keys as they come from a keyboard; names of special keys stand in angle brackets: <c>ab&lt;left&gt;c&lt;enter&gt;</c>.</summary>
    public static IEnumerable<ConsoleKeyInfo> Keys(string script)
    {
        for (int i = 0; i < script.Length; i++)
        {
            int end = script[i] == '<' ? script.IndexOf('>', i) : -1;
            string name = end > i + 1 ? script[(i + 1)..end] : "";
            ConsoleKeyInfo? special = name switch
            {
                "enter" => new('\r', ConsoleKey.Enter, false, false, false),
                "tab" => new('\t', ConsoleKey.Tab, false, false, false),
                "left" => new('\0', ConsoleKey.LeftArrow, false, false, false),
                "right" => new('\0', ConsoleKey.RightArrow, false, false, false),
                "up" => new('\0', ConsoleKey.UpArrow, false, false, false),
                "down" => new('\0', ConsoleKey.DownArrow, false, false, false),
                "home" => new('\0', ConsoleKey.Home, false, false, false),
                "end" => new('\0', ConsoleKey.End, false, false, false),
                "delete" => new('\0', ConsoleKey.Delete, false, false, false),
                "back" => new('\x7f', ConsoleKey.Backspace, false, false, false),
                "escape" => new('\x1b', ConsoleKey.Escape, false, false, false),
                ['^', var letter] => new((char)(letter - '`'), ConsoleKey.A + (letter - 'a'), false, false, true),
                _ => null,
            };
            if (special is { } key)
            {
                yield return key;
                i = end;
            }
            else
            {
                yield return new ConsoleKeyInfo(script[i], 0, false, false, false);
            }
        }
    }

    private static char[] Blank(int width) => [.. Enumerable.Repeat(' ', width)];

    private void Down()
    {
        if (++_row == _rows.Count) _rows.Add(Blank(Width));
    }

    private int Sequence(string text, int i)
    {
        var number = new StringBuilder();
        bool mode = text[i] == '?';
        if (mode) i++;
        while (char.IsAsciiDigit(text[i]) || text[i] == ';') number.Append(text[i++]);
        int n = int.TryParse(number.ToString(), out int value) ? value : 1;
        switch (text[i])
        {
            case 'G': _column = n - 1; break;
            case 'A': _row = Math.Max(Math.Max(0, _rows.Count - Height), _row - n); break;
            case 'B': _row = Math.Min(_rows.Count - 1, _row + n); break;
            case 'C': _column = Math.Min(Width - 1, _column + n); break;
            case 'H': (_row, _column) = (0, 0); break;
            case 'J':
                int from = number.ToString() == "2" ? 0 : _column;
                for (int r = number.ToString() == "2" ? 0 : _row; r < _rows.Count; r++)
                {
                    Array.Fill(_rows[r], ' ', from, Width - from);
                    from = 0;
                }

                break;
            case 'K': Array.Fill(_rows[_row], ' ', _column, Width - _column); break;
            case 'm': break;
            case 'h' or 'l' when mode:
                if (n == 25) CursorHidden = text[i] == 'l';
                break;
            default: throw new InvalidOperationException($"the editor sent a sequence that this terminal does not know: {text[i]}");
        }

        return i;
    }
}
