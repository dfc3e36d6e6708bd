using System.CommandLine;
using Nn.Repl.Lsp;
using Nn.Repl.Session;

namespace Nn.Repl.Commands;

/// <summary><c>nn lsp</c>: the language server over standard input and output.</summary>
internal static class LspCommand
{
    private static readonly Option<bool> Stdio = new("--stdio") { Description = "as without it; some editors insist on saying so" };

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("lsp", CommandGroup.Around, "a language server for editors, over standard input and output")
    {
        Details = "mistakes, shapes behind each layer, formulas, completion, renaming; an extension for VS Code is in "
            + "[editors/vscode](editors/vscode/README.md)",
        Program = new(_ => Run()) { Options = [Stdio] },
    };

    /// <summary>Serves until the client goes.</summary>
    public static int Run()
    {
        using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
        // Whatever else is written must not get between the messages.
        Console.SetOut(Console.Error);
        return LanguageServer.Run(new BufferedStream(input), output);
    }
}
