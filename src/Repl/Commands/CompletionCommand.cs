using System.CommandLine;
using Nn.Repl.Completion;
using Nn.Repl.Session;

namespace Nn.Repl.Commands;

/// <summary><c>nn completion</c>: a script that teaches a shell the commands, options and files of <c>nn</c>.</summary>
internal static class CompletionCommand
{
    /// <summary>The shells.</summary>
    public static string[] Shells { get; } = ["bash", "zsh", "pwsh"];

    private static readonly Argument<string> Shell = Named();

    /// <summary>The command.</summary>
    public static CommandRow Row { get; } = new("completion", CommandGroup.Around,
        "a script for a shell, which then completes nn's commands, options and files")
    {
        Details = "bash, zsh, PowerShell: [docs/install.md](docs/install.md)",
        Examples = ["nn completion bash > ~/.local/share/bash-completion/completions/nn"],
        Program = new(c => Run((RootCommand)c.RootCommandResult.Command, c.GetValue(Shell)!)) { Arguments = [Shell] },
    };

    private static Argument<string> Named()
    {
        var shell = new Argument<string>("shell") { Description = string.Join(", ", Shells) };
        shell.AcceptOnlyFromAmong(Shells);
        return shell;
    }

    private static int Run(RootCommand root, string shell)
    {
        CompletedCommand tree = CompletionTree.Of(root);
        Console.Out.Write(shell switch
        {
            "bash" => BashCompletion.Script(tree),
            "zsh" => ZshCompletion.Script(tree),
            _ => PowerShellCompletion.Script(tree),
        });
        return 0;
    }
}
