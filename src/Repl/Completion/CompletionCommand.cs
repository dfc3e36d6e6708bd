using System.CommandLine;

namespace Nn.Repl.Completion;

/// <summary><c>nn completion</c>: a script that teaches a shell the commands, options and files of <c>nn</c>.</summary>
internal static class CompletionCommand
{
    /// <summary>The shells.</summary>
    public static string[] Shells { get; } = ["bash", "zsh", "pwsh"];

    /// <summary>The command.</summary>
    /// <param name="root">The command line that is completed.</param>
    public static Command Make(RootCommand root)
    {
        var shell = new Argument<string>("shell") { Description = string.Join(", ", Shells) };
        shell.AcceptOnlyFromAmong(Shells);
        var command = new Command("completion", "a script for a shell, which then completes nn's commands, options and files") { shell };
        command.SetAction(c =>
        {
            CompletedCommand tree = CompletionTree.Of(root);
            Console.Out.Write(c.GetValue(shell) switch
            {
                "bash" => BashCompletion.Script(tree),
                "zsh" => ZshCompletion.Script(tree),
                _ => PowerShellCompletion.Script(tree),
            });
            return 0;
        });
        return command;
    }
}
