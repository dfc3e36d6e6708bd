using System.CommandLine;
using Nn.Repl;
using Nn.Repl.Help;

namespace Nn.Tests.Cli.Packaging;

/// <summary>The pages that <c>--help</c> shows.</summary>
public class HelpTests
{
    private static readonly RootCommand Root = CommandLine.Build();

    public static TheoryData<string> Commands => [.. Below(Root, "")];

    public static IEnumerable<object[]> Examples => CommandGuide.Examples.SelectMany(e => e.Value.Select(line => new object[] { e.Key, line }));

    [Fact]
    public void Every_command_stands_in_one_group()
    {
        string[] shown = [.. Root.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).Order(StringComparer.Ordinal)];
        Assert.Equal(shown, CommandGuide.Groups.SelectMany(g => g.Commands).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_page_fits_a_terminal_and_names_everything(string path)
    {
        Command command = path.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate((Command)Root, (c, word) => c.Subcommands.Single(s => s.Name == word));
        string page = HelpPage.Of(command, new TextStyle(false, 80));
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
