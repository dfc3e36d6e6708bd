using Nn.Dsl;
using Nn.Repl.Session;

namespace Nn.Tests.Cli.Interactive;

public class WorkspaceTests
{
    [Fact]
    public void A_script_comes_back_word_for_word()
    {
        string text = """
            # What it is.
            let a = 1   # the size

            model m { dense a }; data d { builtin xor }
            # How.
            train {
              loss mse  # squared
              optimizer sgd
            }
            """;
        Snippet[] parts = [.. Workspace.Split(new SourceText("x", text))];
        Assert.Equal(["let a", "model m", "data d", "train train"], parts.Select(p => $"{p.Kind} {p.Name}"));
        Assert.Equal("# What it is.\nlet a = 1   # the size", parts[0].Text);
        Assert.Equal("data d { builtin xor }", parts[2].Text);
        Assert.StartsWith("# How.\ntrain {", parts[3].Text);
        Assert.EndsWith("}", parts[3].Text);
    }

    [Fact]
    public void What_defines_a_name_again_replaces_it_in_place_and_can_be_undone()
    {
        var w = new Workspace();
        void Type(string text) => w.Accept(w.With(Workspace.Split(new SourceText("x", text))));
        Type("let a = 1");
        Type("fn a(x) = x");
        Type("train { loss mse; optimizer sgd }");
        Type("let a = 2");
        Type("train { loss mae; optimizer sgd }");
        Assert.Equal("let a = 2\nfn a(x) = x\ntrain { loss mae; optimizer sgd }\n", w.Text);
        w.Undo();
        w.Undo();
        Assert.Equal("let a = 1\nfn a(x) = x\ntrain { loss mse; optimizer sgd }\n", w.Text);
    }

    [Theory]
    [InlineData("model m {", false)]
    [InlineData("model m { dense 1 }", true)]
    [InlineData("let a = [1,", false)]
    [InlineData("let a = (1 + 2)", true)]
    [InlineData(":load {", true)]
    [InlineData("}", true)]
    [InlineData("# {", true)]
    [InlineData("let a = \"{\"", true)]
    public void An_input_is_whole_when_its_brackets_are_closed(string text, bool whole) => Assert.Equal(whole, ReplSession.IsComplete(text));
}
