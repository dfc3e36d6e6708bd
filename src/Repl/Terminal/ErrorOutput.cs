namespace Nn.Repl.Terminal;

/// <summary>The error output. Where messages cannot be written the program goes on: its exit code still tells.</summary>
internal static class ErrorOutput
{
    /// <summary>Writes a line.</summary>
    public static void Tell(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
        }
    }
}
