using System.Text;

namespace Nn.Repl.Terminal;

/// <summary>
/// Standard output and standard error: whatever is written, no control character of a file, a script or a driver reaches a terminal (CWE-150), only lines,
/// tabs and the sequences of <see cref="Ansi"/>. It is so as well where the output goes to a file or a pipe, which may end on a terminal.
/// </summary>
internal sealed class TerminalWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    private static volatile bool _trusting;

    public override Encoding Encoding => inner.Encoding;

    /// <summary>Puts itself before both outputs of the process.</summary>
    public static void Install()
    {
        Console.SetOut(new TerminalWriter(Console.Out));
        Console.SetError(new TerminalWriter(Console.Error));
    }

    /// <summary>
    /// Lets a library draw that writes sequences of its own, while <paramref name="draw"/> runs; all text that it is given has been made
    /// <see cref="Ansi.Visible"/>.
    /// </summary>
    public static T Drawing<T>(Func<T> draw)
    {
        _trusting = true;
        try
        {
            return draw();
        }
        finally
        {
            _trusting = false;
        }
    }

    public override void Write(char value) => inner.Write(Text(value.ToString()));

    public override void Write(char[] buffer, int index, int count) => inner.Write(Text(new string(buffer, index, count)));

    public override void Write(ReadOnlySpan<char> buffer) => inner.Write(Text(buffer.ToString()));

    public override void Write(string? value) => inner.Write(Text(value));

    public override void WriteLine() => inner.WriteLine();

    public override void WriteLine(string? value) => inner.WriteLine(Text(value));

    public override void WriteLine(ReadOnlySpan<char> buffer) => inner.WriteLine(Text(buffer.ToString()));

    public override void Flush() => inner.Flush();

    private static string Text(string? value) => Ansi.ForTerminal(value ?? "", _trusting);
}
