namespace Nn.Repl;

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

/// <summary>The terminal that the program runs in.</summary>
internal sealed class SystemTerminal : ITerminal
{
    public int Width => Math.Max(20, Console.WindowWidth);

    public int Height => Math.Max(2, Console.WindowHeight);

    public bool KeyWaiting => Console.KeyAvailable;

    public ConsoleKeyInfo? ReadKey()
    {
        try
        {
            return Console.ReadKey(intercept: true);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public void Write(string text)
    {
        Console.Out.Write(text);
        Console.Out.Flush();
    }
}
