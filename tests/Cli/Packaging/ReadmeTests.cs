using Nn.Repl.Commands;
using Nn.Repl.Help;
using Nn.Repl.Session;

namespace Nn.Tests.Cli.Packaging;

/// <summary>The table of commands in the README, which is written from their rows.</summary>
public class ReadmeTests
{
    private const string Before = "## Commands\n\n", After = "\n\nOn a terminal";

    [Fact]
    public void The_table_of_commands_is_that_of_the_program()
    {
        string file = Checkout.File("README.md"), readme = File.ReadAllText(file), table = Table();
        int start = readme.IndexOf(Before, StringComparison.Ordinal) + Before.Length, end = readme.IndexOf(After, start, StringComparison.Ordinal);
        Assert.True(start >= Before.Length && end > start, "the README has no table of commands");
        string there = readme[start..end];
        if (Checkout.UpdatesGoldens) File.WriteAllText(file, readme[..start] + table + readme[end..]);
        Assert.True(there == table || Checkout.UpdatesGoldens, $"the README's commands are not those of the program; NN_UPDATE_GOLDEN=1 writes\n{table}");
    }

    private static string Table() => string.Join('\n',
    [
        "| | in the session | |",
        "|---|---|---|",
        .. CommandTable.All.Where(c => c.Program is not null).OrderBy(c => c.Group).Select(Line),
    ]);

    private static string Line(CommandRow c)
    {
        string form = HelpPage.Form(c.Program!.Make(c.Name, c.Summary)), session = c.Session is null ? "" : $"`:{c.Name}`";
        string more = c.Details.Length == 0 ? "" : $"; {c.Details}";
        return $"| `nn {form}` | {session} | {c.Summary.Replace("|", "\\|")}{more} |";
    }
}
