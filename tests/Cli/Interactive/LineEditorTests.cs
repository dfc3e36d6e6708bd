using Nn.Repl.Commands;
using Nn.Repl.Interactive;
using Nn.Repl.Session;

namespace Nn.Tests.Cli.Interactive;

public class LineEditorTests
{
    private static readonly string[] Past = ["let a = 1", "model m {\n  dense 1\n}", ":train"];

    [Theory]
    [InlineData("abc<enter>", "abc")]
    [InlineData("abc<left><left>X<enter>", "aXbc")]
    [InlineData("abc<home>X<end>Y<enter>", "XabcY")]
    [InlineData("abc<^a>X<^e>Y<enter>", "XabcY")]
    [InlineData("abc<back><enter>", "ab")]
    [InlineData("abc<left><left><delete><enter>", "ac")]
    [InlineData("abc def<^w>x<enter>", "abc x")]
    [InlineData("abc<left><^u><enter>", "c")]
    [InlineData("abc<left><left><^k><enter>", "a")]
    [InlineData("<back><left><delete>a<right><right>b<enter>", "ab")]
    public void Keys_edit_the_line(string keys, string expected) => Assert.Equal(expected, Read(keys).Text);

    [Fact]
    public void Enter_within_braces_begins_an_indented_line_and_the_closing_brace_goes_back() =>
        Assert.Equal("model m {\n  dense 1\n}", Read("model m {<enter>dense 1<enter>}<enter>").Text);

    [Theory]
    [InlineData("<up><enter>", ":train")]
    [InlineData("<up><up><end><enter>", "model m {\n  dense 1\n}")]
    [InlineData("<up><up><up><up><up><up><up><enter>", "let a = 1")]
    [InlineData("draft<up><down><enter>", "draft")]
    [InlineData("<^r>tra<enter>", ":train")]
    [InlineData("<^r>e<^r><^r><enter>", "let a = 1")]
    [InlineData("<^r>let<right>X<enter>", "let a = 1X")]
    [InlineData("<^r>let<escape>x<enter>", "x")]
    public void History_is_walked_and_searched(string keys, string expected) => Assert.Equal(expected, Read(keys).Text);

    [Theory]
    [InlineData("dr<tab>0.2<enter>", "dropout 0.2")]
    [InlineData("den<tab><enter>", "dense ")]
    [InlineData("zz<tab><enter>", "zz")]
    [InlineData("{<enter><tab>a }<enter>", "{\n    a }")]
    public void Tab_completes_what_is_clear(string keys, string expected) => Assert.Equal(expected, Read(keys).Text);

    [Fact]
    public void A_second_tab_lists_what_is_not()
    {
        (string? text, FakeTerminal terminal) = Read("d<tab><tab><enter>");
        Assert.Equal("d", text);
        Assert.Equal(["nn> d", "dense    dropout", "nn> d"], terminal.Screen);
    }

    [Fact]
    public void Ctrl_C_drops_the_line_and_Ctrl_D_on_an_empty_one_ends()
    {
        Assert.Equal("", Read("abc<^c>").Text);
        Assert.Null(Read("<^d>").Text);
        Assert.Equal("ac", Read("abc<left><left><^d><enter>").Text);
    }

    [Fact]
    public void A_pasted_script_is_taken_as_it_is()
    {
        string script = "model m {\n  dense 1\n  }";
        var terminal = new FakeTerminal(60, FakeTerminal.Keys(script.Replace("\n", "<enter>"))) { Pasting = true };
        var editor = new LineEditor(terminal, new History(false), (_, _) => (0, []), ReplSession.IsComplete,
            new InputColours(w => CommandRow.Find(CommandTable.All, w) is not null).Colour);
        // The paste ends without Enter.
        Assert.Null(editor.Read());
        Assert.Equal(["nn> model m {", "  >   dense 1", "  >   }"], terminal.Screen);
    }

    [Theory]
    [InlineData("0123456789", 10, new[] { "nn> 012345", "6789" }, 1, 4)]
    [InlineData("012345", 10, new[] { "nn> 012345" }, 1, 0)]
    [InlineData("01234567890123456", 10, new[] { "nn> 012345", "6789012345", "6" }, 2, 1)]
    [InlineData("0123456789<home>", 10, new[] { "nn> 012345", "6789" }, 0, 4)]
    [InlineData("0123456789<home><delete>", 10, new[] { "nn> 123456", "789" }, 0, 4)]
    [InlineData("{<enter>ab<up>", 10, new[] { "nn> {", "  >   ab" }, 0, 5)]
    public void Long_lines_go_on_in_the_next_row_and_the_cursor_with_them(string keys, int width, string[] screen, int row, int column)
    {
        (_, FakeTerminal terminal) = Read(keys, width);
        Assert.Equal(screen, terminal.Screen);
        Assert.Equal((row, column), terminal.Cursor);
    }

    [Fact]
    public void Shrinking_text_leaves_nothing_behind()
    {
        (_, FakeTerminal terminal) = Read("01234567890123456<^u>ab", 10);
        Assert.Equal(["nn> ab"], terminal.Screen);
    }

    private static (string? Text, FakeTerminal Terminal) Read(string keys, int width = 60)
    {
        var terminal = new FakeTerminal(width, FakeTerminal.Keys(keys));
        var history = new History(false);
        foreach (string entry in Past) history.Add(entry);
        string[] words = ["dense", "dropout"];
        var editor = new LineEditor(terminal, history, (text, cursor) => (0, [.. words.Where(w => w.StartsWith(text[..cursor], StringComparison.Ordinal))]),
            ReplSession.IsComplete, new InputColours(w => CommandRow.Find(CommandTable.All, w) is not null).Colour);
        return (editor.Read(), terminal);
    }
}
