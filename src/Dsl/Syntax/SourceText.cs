using Nn.Files;

namespace Nn.Dsl;

/// <summary>A range of characters of a script.</summary>
public readonly record struct TextSpan(int Start, int Length)
{
    /// <summary>Past the last character.</summary>
    public int End => Start + Length;

    /// <summary>From the start of one to the end of another.</summary>
    public static TextSpan Between(TextSpan first, TextSpan last) => new(first.Start, Math.Max(0, last.End - first.Start));
}

/// <summary>A script with its name and lines.</summary>
public sealed class SourceText
{
    /// <summary>Longest script accepted.</summary>
    public const int MaxLength = 1 << 20;

    private readonly List<int> _lineStarts = [0];

    /// <summary>Wraps the text of a script.</summary>
    public SourceText(string name, string text)
    {
        (Name, Text) = (name, text);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n') _lineStarts.Add(i + 1);
        }
    }

    /// <summary>File name, as shown in messages.</summary>
    public string Name { get; }

    /// <summary>The whole text.</summary>
    public string Text { get; }

    /// <summary>Reads a script file.</summary>
    /// <exception cref="NnException">It is missing, too large or no text.</exception>
    public static SourceText Load(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists) throw new NnException(ExitCode.BadFile, $"there is no script '{path}'");
            if (info.Length > MaxLength)
                throw new NnException(ExitCode.Script,
                    $"{path} has {info.Length:N0} bytes; a script may have {MaxLength:N0}. Data belong into files of their own");
            // A named pipe would be waited for; one that the shell has put there is meant.
            if (InputFile.LengthOf(path) == 0 && !InputFile.IsOwnStream(path)) return new SourceText(path, "");
            return new SourceText(path, File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NnException(ExitCode.BadFile, $"cannot read {path}: {e.Message}", e);
        }
    }

    /// <summary>Line and column of a character, from 1.</summary>
    public (int Line, int Column) Position(int offset)
    {
        int line = _lineStarts.BinarySearch(offset);
        if (line < 0) line = ~line - 1;
        return (line + 1, offset - _lineStarts[line] + 1);
    }

    /// <summary>The text of a line, from 1, without its end.</summary>
    public string Line(int line)
    {
        int start = _lineStarts[line - 1], end = line < _lineStarts.Count ? _lineStarts[line] - 1 : Text.Length;
        return Text[start..end].TrimEnd('\r');
    }
}
