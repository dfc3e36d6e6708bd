using System.Globalization;

namespace Nn.Repl.Session;

/// <summary>The words of a command of the session.</summary>
internal static class CommandWords
{
    /// <summary>Splits a line into words; quotes keep spaces.</summary>
    public static string[] Of(string line)
    {
        var words = new List<string>();
        var word = new System.Text.StringBuilder();
        bool quoted = false, begun = false;
        foreach (char c in line)
        {
            if (c == '"')
            {
                (quoted, begun) = (!quoted, true);
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (begun) words.Add(word.ToString());
                word.Clear();
                begun = false;
            }
            else
            {
                word.Append(c);
                begun = true;
            }
        }

        if (begun) words.Add(word.ToString());
        return [.. words];
    }

    /// <summary>The words before <c>&gt;</c>, and the file after it.</summary>
    public static (string[] What, string? File) Target(string[] words)
    {
        int at = Array.FindIndex(words, w => w.StartsWith('>'));
        if (at < 0) return (words, null);
        string file = words[at].Length > 1 ? words[at][1..]
            : words.ElementAtOrDefault(at + 1) ?? throw new NnException(ExitCode.Usage, "a file follows `>`, such as loss.svg");
        return (words[..at], file);
    }

    /// <summary>The only word.</summary>
    /// <exception cref="NnException">There is none, or more than one.</exception>
    public static string One(string[] words, string command, string what) =>
        words is [var only] ? only : throw new NnException(ExitCode.Usage, $":{command} takes {what}");

    /// <summary>The only word as a whole number.</summary>
    /// <exception cref="NnException">It is none, less than <paramref name="least"/>, or not alone; <paramref name="form"/> says what to write.</exception>
    public static int Whole(string[] words, int least, string form) =>
        words is [var only] && int.TryParse(only, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= least ? n
            : throw new NnException(ExitCode.Usage, form);
}
