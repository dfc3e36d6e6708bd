namespace Nn.Repl.Terminal;

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
