using System.CommandLine;
using Nn.Repl;
using Nn.Repl.Commands;
using Nn.Repl.Help;
using Nn.Repl.Terminal;

namespace Nn.Tests.Cli.Packaging;

/// <summary>The pages that <c>--help</c> shows.</summary>
public class HelpTests
{
    private static readonly RootCommand Root = CommandLine.Build();

    public static TheoryData<string> Commands => [.. Below(Root, "")];

    public static IEnumerable<object[]> Examples => CommandTable.All.SelectMany(c => c.Examples.Select(line => new object[] { c.Name, line }))
        .Concat(HelpPage.First.Select(line => new object[] { "", line }));

    [Fact]
    public void The_first_page_names_every_command_once()
    {
        string page = new HelpPage(CommandTable.All).Of(Root, new TextStyle(false, 80));
        string[] words = [.. page.Split('\n').Where(l => l.StartsWith("  ", StringComparison.Ordinal)).Select(l => l.Trim().Split(' ')[0])];
        Assert.All(Root.Subcommands.Where(c => !c.Hidden), c => Assert.Single(words, c.Name));
    }

    [Fact]
    public void No_two_commands_have_the_same_name() => Assert.Distinct(CommandTable.All.Select(c => c.Name));

    [Fact]
    public void Every_command_can_be_given_somewhere() =>
    Assert.All(CommandTable.All, c => Assert.True(c.Program is not null || c.Session is not null, c.Name));

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_page_fits_a_terminal_and_names_everything(string path)
    {
        Command command = path.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Aggregate((Command)Root, (c, word) => c.Subcommands.Single(s => s.Name == word));
        string page = new HelpPage(CommandTable.All).Of(command, new TextStyle(false, 80));
        Assert.All(page.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Contains($"Usage: nn {(path.Length > 0 ? path : "[COMMAND]")}", page);
        Assert.All(command.Options.Where(o => !o.Hidden && !o.Recursive), o => Assert.Contains(o.Name, page));
        Assert.All(command.Subcommands.Where(c => !c.Hidden), c => Assert.Contains($"\n  {c.Name} ", page));
        Assert.DoesNotContain("\n\n\n", page);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_is_a_right_command_line(string command, string line)
    {
        string typed = line.Split(" > ")[0].Split(" #")[0].Trim().Replace('\'', '"');
        Assert.StartsWith($"nn {(command is "" or "repl" ? "" : command)}".TrimEnd(), typed);
        ParseResult parsed = Root.Parse(typed["nn".Length..]);
        Assert.Empty(parsed.Errors);
        Assert.Empty(parsed.UnmatchedTokens);
    }

    [Theory]
    [InlineData("train", "-h")]
    [InlineData("train", "-h", "--sedd")]
    public void A_page_is_had_in_several_ways(params string[] args) => Assert.Equal(Nn.Run("train", "--help").Good().Out, Nn.Run(args).Good().Out);

    [Fact]
    public void The_version_is_that_of_the_packages() => Assert.Equal($"nn {Packages.Version}", Nn.Run("--version").Good().Out.Trim());

    private static IEnumerable<string> Below(Command command, string path) =>
        command.Subcommands.Where(c => !c.Hidden).SelectMany(c => Below(c, $"{path} {c.Name}".Trim())).Prepend(path);
}
