using Nn.Repl.Terminal;
using Nn.Tests.Cli.Interactive;

namespace Nn.Tests.Cli.Live;

public sealed class LiveRegionTests
{
    [Fact]
    public void Lines_are_drawn_over_those_before_and_others_stay_above()
    {
        var terminal = new FakeTerminal(20, []);
        terminal.Write("first\r\n");
        var region = new LiveRegion(terminal);
        region.Draw([], ["one, long", "two", "three"]);
        Assert.Equal(["first", "one, long", "two", "three"], terminal.Screen);
        region.Draw(["kept"], ["1", "2"]);
        Assert.Equal(["first", "kept", "1", "2"], terminal.Screen);
        // Below them, where the next line of anybody else belongs.
        Assert.Equal((4, 0), terminal.Cursor);
        Assert.False(terminal.CursorHidden);
        region.Leave();
        region.Draw([], ["below"]);
        Assert.Equal(["first", "kept", "1", "2", "below"], terminal.Screen);
    }

    [Fact]
    public void A_frame_at_the_end_of_the_screen_scrolls_only_as_far_as_it_must()
    {
        var terminal = new FakeTerminal(20, []) { Height = 5 };
        for (int i = 1; i <= 6; i++) terminal.Write($"{i}\r\n");
        var region = new LiveRegion(terminal);
        for (int i = 0; i < 3; i++) region.Draw([], [$"a{i}", $"b{i}"]);
        Assert.Equal(["1", "2", "3", "4", "5", "6", "a2", "b2"], terminal.Screen);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(7)]
    [InlineData(40)]
    public void Nothing_is_left_over_when_the_window_changes_its_width(int columns)
    {
        var terminal = new FakeTerminal(20, []);
        terminal.Write("before\r\n");
        var region = new LiveRegion(terminal);
        region.Draw([], [$"{Ansi.Csi}31m123456789012345678{Ansi.Csi}0m", "short", ""]);
        terminal.Resize(columns);
        region.Draw([], ["new", "frame"]);
        Assert.Equal(["before", "new", "frame"], terminal.Screen);
    }

    [Theory]
    [InlineData("plain text", 5, "plain")]
    [InlineData("short", 5, "short")]
    [InlineData("<31m>red<0m> and more", 5, "<31m>red<0m> a<0m>")]
    public void Lines_are_cut_by_what_is_seen_of_them(string line, int width, string expected)
    {
        // An attribute cannot hold half a character.
        static string Styled(string text) => text.Replace("<", Ansi.Csi).Replace(">", "");
        Assert.Equal(Styled(expected), LiveRegion.Cut(Styled(line), width));
    }

    [Fact]
    public void Colours_take_no_room() => Assert.Equal(5, LiveRegion.VisibleWidth($"{Ansi.Csi}38;2;1;2;3mab{Ansi.Csi}0mcde"));
}
