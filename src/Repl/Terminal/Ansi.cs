using System.Buffers;
using System.Text;

namespace Nn.Repl.Terminal;

/// <summary>
/// Sequences that style a terminal, and what is done with text that comes from elsewhere. This program's own sequences begin with a character that no
/// file holds; <see cref="TerminalWriter"/> turns it into the escape character, and shows whatever else a terminal would obey.
/// </summary>
internal static class Ansi
{
    /// <summary>Begins a sequence of this program: half a character, which decoding a file never gives.</summary>
    public const char Mark = '\uDC1B';

    /// <summary>The beginning of all sequences that are written.</summary>
    public const string Csi = "\uDC1B[";

    /// <summary>Brings the cursor to the first column: a bare return, of which a file could make use, is shown and not obeyed.</summary>
    public const string Return = $"{Csi}G";

    private const char Escape = '\x1b';

    // C0, DEL and C1; what turns the direction of writing round, so that a name could look like another; and the mark.
    private static readonly SearchValues<char> Special = SearchValues.Create(
        [.. Enumerable.Range(0, 0xa0).Where(c => c is < 0x20 and not ('\t' or '\n') or >= 0x7f).Select(c => (char)c),
            .. "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", Mark]);

    /// <summary>
    /// The text as it may be measured and shown: control characters, and those that turn the direction of writing, become visible (<c>\x1b</c>, <c>\u202e</c>).
    /// Lines, tabs and the sequences of this program stay.
    /// </summary>
    public static string Visible(string text) => Written(text, Mark, trusted: false);

    /// <summary>The text as a terminal gets it.</summary>
    /// <param name="text">Text with sequences of this program.</param>
    /// <param name="trusted">Whether a library that draws sends sequences of its own; it must have been given visible text.</param>
    public static string ForTerminal(string text, bool trusted) => Written(text, Escape, trusted);

    private static string Written(string text, char escape, bool trusted)
    {
        int at = text.AsSpan().IndexOfAny(Special);
        if (at < 0) return text;
        var s = new StringBuilder(text.Length + 16).Append(text, 0, at);
        while (at < text.Length)
        {
            char c = text[at];
            int length = !Special.Contains(c) ? 0 : c == Mark || trusted && c == Escape ? Sequence(text, at) : 0;
            if (length > 0) s.Append(escape).Append(text, at + 1, length - 1);
            else s.Append(Shown(text, at, trusted));
            at += Math.Max(1, length);
        }

        return s.ToString();
    }

    private static string Shown(string text, int at, bool trusted)
    {
        char c = text[at];
        bool plain = c switch
        {
            _ when !Special.Contains(c) => true,
            '\r' => trusted || at + 1 < text.Length && text[at + 1] == '\n',
            // The second half of a character is no mark, written with the first or after it.
            Mark => text.Length == 1 || at > 0 && char.IsHighSurrogate(text[at - 1]),
            _ => false,
        };
        return plain ? c.ToString() : c == Mark ? "\ufffd" : c < 0x100 ? $"\\x{(int)c:x2}" : $"\\u{(int)c:x4}";
    }

    // The characters of a sequence that this program writes: colours, steps of the cursor, clearing, modes; 0 for anything else.
    private static int Sequence(string text, int at)
    {
        if (at > 0 && char.IsHighSurrogate(text[at - 1]) || at + 1 >= text.Length || text[at + 1] != '[') return 0;
        int end = at + 2;
        if (end < text.Length && text[end] == '?') end++;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == ';')) end++;
        return end < text.Length && "mABCGHJKhl".Contains(text[end]) ? end + 1 - at : 0;
    }
}
