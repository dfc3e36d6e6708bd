using System.Text;

namespace Nn.Dsl;

/// <summary>A mistake in a script: where, what, and how to put it right.</summary>
public sealed record Diagnostic(SourceText Source, TextSpan Span, string Message, string? Help)
{
    // Characters of a line that are shown; of a longer one those around the place.
    private const int Window = 140;

    /// <summary>What the user may do about it outside of the script; null where the message and the help say all.</summary>
    public Remedy? Remedy { get; init; }

    /// <summary>Whether the script means something all the same.</summary>
    public bool IsWarning { get; init; }

    /// <summary>The word that was probably meant, to be written at the place in the other's stead; null where there is none.</summary>
    public string? Replacement
    {
        get
        {
            ReadOnlySpan<char> written = Source.Text.AsSpan(Math.Min(Span.Start, Source.Text.Length));
            written = written[..Math.Min(Span.Length, written.Length)];
            if (Suggest.Meant(Help) is { } meant && !written.IsEmpty && written.IndexOfAnyExcept(Suggest.Letters) < 0) return meant;
            // Text in other quotes.
            return Suggest.Quoted(Help) is { } text && written.Length > 1 && written[1..^1].SequenceEqual(text.AsSpan(1, text.Length - 2)) ? text : null;
        }
    }

    /// <summary>
    /// As shown to the user: <c>file:line:column: error: message</c> (or <c>warning</c>), the line with a mark under the place, and help.
    /// </summary>
    public override string ToString()
    {
        (int line, int column) = Source.Position(Math.Min(Span.Start, Source.Text.Length));
        (int shown, string text) = (column, Source.Line(line));
        if (text.Length > Window) (text, column) = Cut(text, column);
        // Tabs are kept in front of the mark, so that it stands below its place.
        string margin = string.Concat(text.Take(column - 1).Select(c => c == '\t' ? '\t' : ' '));
        int length = Math.Clamp(Span.Length, 1, Math.Max(1, text.Length - column + 1));
        string number = line.ToString();
        var s = new StringBuilder();
        s.Append($"{Source.Name}:{line}:{shown}: {(IsWarning ? "warning" : "error")}: {Message}\n");
        s.Append($" {number} | {text}\n");
        s.Append($" {new string(' ', number.Length)} | {margin}{new string('^', length)}");
        if (Help is not null) s.Append($"\n help: {Help}");
        return s.ToString();
    }

    private static (string Text, int Column) Cut(string text, int column)
    {
        int start = Math.Clamp(column - 1 - Window / 2, 0, text.Length - Window);
        string head = start > 0 ? "…" : "", tail = start + Window < text.Length ? "…" : "";
        return (string.Concat(head, text.AsSpan(start, Window), tail), column - start + head.Length);
    }
}

/// <summary>A script with mistakes, or with data that cannot be read; the message shows all of them.</summary>
public sealed class ScriptException(IReadOnlyList<Diagnostic> diagnostics, ExitCode code = ExitCode.Script, Exception? inner = null)
    : NnException(code, string.Join("\n", diagnostics.Select(d => d.ToString())), inner)
{
    /// <summary>All mistakes, in the order of the script.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; } = diagnostics;
}
