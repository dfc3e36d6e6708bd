namespace Nn.Repl.Terminal;

/// <summary>What the line editor needs of a terminal.</summary>
internal interface ITerminal
{
    /// <summary>Columns.</summary>
    int Width { get; }

    /// <summary>Rows.</summary>
    int Height { get; }

    /// <summary>The next key; null when the input has ended.</summary>
    ConsoleKeyInfo? ReadKey();

    /// <summary>Whether a key is waiting: what follows in the same breath is pasted, not typed.</summary>
    bool KeyWaiting { get; }

    /// <summary>Writes text with ANSI sequences.</summary>
    void Write(string text);
}
