using Nn.Repl.Lsp;

namespace Nn.Repl.Commands;

/// <summary><c>nn lsp</c>: the language server over standard input and output.</summary>
internal static class LspCommand
{
    /// <summary>Serves until the client goes.</summary>
    public static int Run()
    {
        using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
        // Whatever else is written must not get between the messages.
        Console.SetOut(Console.Error);
        return LanguageServer.Run(new BufferedStream(input), output);
    }
}
