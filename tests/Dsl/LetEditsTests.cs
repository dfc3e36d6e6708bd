using Nn.Dsl;

namespace Nn.Tests.Dsl;

public class LetEditsTests
{
    private static readonly Dictionary<string, string> Found = new() { ["width"] = "32", ["act"] = "swish(beta: 2)", ["rate"] = "0.003" };

    [Theory]
    [InlineData("let width = 4\n", "let width = 32\n")]
    [InlineData("let  width=4# as many\n", "let  width=32# as many\n")]
    [InlineData("\tlet width =  2 * (3 + 1)   # ünits\r\nlet other = width", "\tlet width =  32   # ünits\r\nlet other = width")]
    [InlineData("let width = (1) * (2); let act = tanh # one\n", "let width = 32; let act = swish(beta: 2) # one\n")]
    [InlineData("let rate = -(1)\nlet width = 4", "let rate = 0.003\nlet width = 32")]
    [InlineData("let act = if width > 3 then tanh else relu\nlet width = 5\nmodel m { dense width, act }",
        "let act = swish(beta: 2)\nlet width = 32\nmodel m { dense width, act }")]
    public void Values_are_replaced_and_every_other_character_stays(string before, string after) => Assert.Equal(after, LetEdits.Apply(Parse(before), Found));

    [Fact]
    public void Every_example_keeps_all_but_the_values_of_its_lets()
    {
        foreach (string file in Scripts.Files("examples", "*.nn"))
        {
            string text = File.ReadAllText(file);
            Script script = Parse(text);
            string[] names = [.. script.Statements.OfType<LetStatement>().Select(l => l.Name.Name)];
            string edited = LetEdits.Apply(script, names.ToDictionary(n => n, _ => "12345"));
            Assert.All(Parse(edited).Statements.OfType<LetStatement>(), l => Assert.Equal(12345, Assert.IsType<NumberExpr>(l.Value).Value));
            string[] old = text.Split('\n'), now = edited.Split('\n');
            Assert.Equal(old.Where(l => !l.StartsWith("let ")), now.Where(l => !l.StartsWith("let ")));
        }
    }

    private const string Script = "let width = 4\nlet deep = 2\nmodel m { dense width }\nsearch random, trials: 20 { width in [4, 8] }\n";

    [Theory]
    [InlineData("let width = 4", "let width = 8")]
    [InlineData("trials: 20", "trials: 50")]
    [InlineData("let width = 4", "let   width = 4 # comment")]
    [InlineData("\nlet deep", "\n\n\nlet deep")]
    public void What_makes_no_difference_to_a_search_does_not_change_its_identity(string from, string to) =>
    Assert.Equal(Identity(Script), Identity(Script.Replace(from, to)));

    [Theory]
    [InlineData("let deep = 2", "let deep = 3")]
    [InlineData("[4, 8]", "[4, 9]")]
    [InlineData("[4, 8]", "[8, 4]")]
    [InlineData("random", "bayes")]
    [InlineData("dense width", "dense 3")]
    public void What_makes_a_difference_changes_it(string from, string to) => Assert.NotEqual(Identity(Script), Identity(Script.Replace(from, to)));

    [Fact]
    public void Seed_epochs_and_set_belong_to_the_identity()
    {
        string[] all =
        [
            Identity(Script), Identity(Script, BindOptions.None with { Seed = 1 }), Identity(Script, BindOptions.None with { Epochs = 1 }),
            Identity(Script, new BindOptions(new Dictionary<string, string> { ["deep"] = "5" })),
        ];
        Assert.Equal(4, all.Distinct().Count());
    }

    private static string Identity(string text, BindOptions? options = null) => LetEdits.Identity(Parse(text), ["width"], options ?? BindOptions.None);

    private static Script Parse(string text)
    {
        var diagnostics = new Diagnostics(new SourceText("a.nn", text));
        Script script = ScriptParser.Parse(diagnostics.Source, diagnostics);
        Assert.False(diagnostics.Any);
        return script;
    }
}
