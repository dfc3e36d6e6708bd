using System.Text.RegularExpressions;
using Nn.Data;
using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>
/// Words that the tables of the binder do not hold have rows of their own: none may be missing, and none may be about something that is not there.
/// </summary>
public sealed class WordReferenceTests
{
    [Fact]
    public void Every_word_has_its_help_and_every_help_its_word()
    {
        Same(ScriptParser.Statements, "statement");
        Same(Generators.Names, "builtin");
        Same(["labelled", "param", "pi", "scan", "state", "training"], "formula");
        // What the binder says when it knows no such word.
        Same(Named("model m { input 3; dense 4, init: zzzzzzzzzzzz }"), "init");
        Same(Named("let a = 1\nsearch zzzzzzzzzzzz { a in [1, 2] }"), "search");
        Same(Named("let a = 1\nsearch grid, prune: zzzzzzzzzzzz { a in [1, 2] }"), "prune");
        Same(Named("data d { builtin moons; augment flip: zzzzzzzzzzzz }"), "flip");
        Same(Named("data d { images \"x\", colours: zzzzzzzzzzzz }"), "images");
        Same(Named("data d { builtin moons; normalize zzzzzzzzzzzz }"), "normalize");
    }

    [Fact]
    public void Every_word_of_a_layer_has_its_help()
    {
        foreach (StandardLayer l in StandardLayers.All.Values)
        {
            foreach (OptionRow p in l.Parameters)
            {
                foreach (string word in p.Words.Where(w => w is not ("true" or "false" or "number")))
                    Assert.True(WordReference.Find(p.Name, word) is not null, $"{l.Name} {p.Name}: {word}");
            }
        }
    }

    [Theory]
    [InlineData("data d { builtin moons, zzzzzzzzzzzz: 1 }", "builtin", "data")]
    [InlineData("data d { csv \"f\", zzzzzzzzzzzz: 1; target t }", "csv", "data")]
    [InlineData("data d { images \"f\", zzzzzzzzzzzz: 1 }", "images", "data")]
    [InlineData("data d { text \"f\", zzzzzzzzzzzz: 1 }", "text", "data")]
    [InlineData("data d { npz \"f\", zzzzzzzzzzzz: 1 }", "npz", "data")]
    [InlineData("data d { csv \"f\"; target t; window 3, zzzzzzzzzzzz: 1 }", "window", "data")]
    [InlineData("data d { builtin moons; split 80/20, zzzzzzzzzzzz: 1 }", "split", "data")]
    [InlineData("data d { builtin moons; normalize zzzzzzzzzzzz: 1 }", "normalize", "data")]
    [InlineData("data d { builtin moons; augment zzzzzzzzzzzz: 1 }", "augment", "data")]
    [InlineData("train { loss mse; optimizer sgd; early_stop val_loss, zzzzzzzzzzzz: 1 }", "early_stop", "train")]
    [InlineData("train { loss mse; optimizer sgd; clip zzzzzzzzzzzz: 1 }", "clip", "train")]
    [InlineData("train { loss mse; optimizer sgd; schedule step(zzzzzzzzzzzz: 1) }", "step", "schedule")]
    [InlineData("train { loss mse; optimizer sgd; schedule exponential(zzzzzzzzzzzz: 1) }", "exponential", "schedule")]
    [InlineData("train { loss mse; optimizer sgd; schedule cosine(zzzzzzzzzzzz: 1) }", "cosine", "schedule")]
    [InlineData("train { loss mse; optimizer sgd; schedule linear(zzzzzzzzzzzz: 1) }", "linear", "schedule")]
    [InlineData("train { loss mse; optimizer sgd; schedule one_cycle(zzzzzzzzzzzz: 1) }", "one_cycle", "schedule")]
    [InlineData("train { loss mse; optimizer sgd; schedule reduce_on_plateau(zzzzzzzzzzzz: 1) }", "reduce_on_plateau", "schedule")]
    [InlineData("let a = 1\nsearch grid, zzzzzzzzzzzz: 1 { a in [1, 2] }", "search", "statement")]
    [InlineData("let a = 1\nsearch grid { a in 1..2, zzzzzzzzzzzz: 1 }", "range", "in")]
    public void Options_are_those_that_are_read(string script, string of, string where)
    {
        // The value that needs no name is not among the help's options: it has a name for mistakes only.
        string[] unnamed = ["path", "parts", "kind", "rows", "colours", "flip", "metric", "value", "every", "factor", "to", "method"];
        string[] read = [.. Named(script)], told = [.. WordReference.Find(where, of)!.Options.Select(o => o.Name)];
        Assert.Empty(told.Except(read));
        Assert.Empty(read.Except(told).Except(unnamed));
    }

    [Fact]
    public void Every_option_has_a_meaning()
    {
        string[] missing =
        [
            .. from e in LanguageReference.Entries.Values
               where e.Kind is "layer" or "optimizer"
               from o in e.Options
               where o.Meaning.Length == 0
               select $"{e.Name}: {o.Name}",
            .. from e in LanguageReference.Entries.Values
               where e.Kind is "activation" or "loss"
               from o in e.Options
               where o.Default is not null && o.Meaning.Length == 0
               select $"{e.Name}: {o.Name}",
            .. from w in WordReference.All
               from o in w.Options
               where o.Meaning.Length == 0
               select $"{w.Name}: {o.Name}",
        ];
        Assert.Empty(missing);
    }

    [Fact]
    public void Examples_can_be_parsed()
    {
        foreach (WordEntry w in WordReference.All.Where(w => w.Example.Length > 0))
        {
            string script = w.Where switch
            {
                "statement" => w.Example,
                "model" => $"model m {{ {w.Example} }}",
                "data" or "builtin" or "draw" => $"data d {{ {w.Example} }}",
                "init" => $"model m {{ dense 3, {w.Example} }}",
                "formula" => $"layer l {{ {w.Example} }}",
                "in" => $"search grid {{ {w.Example} }}",
                "search" => w.Example,
                "prune" => $"search grid, {w.Example} {{ a in [1, 2] }}",
                _ => $"train {{ {w.Example} }}",
            };
            var diagnostics = new Diagnostics(new SourceText(w.Name, script));
            ScriptParser.Parse(diagnostics.Source, diagnostics);
            Assert.True(!diagnostics.Any, string.Join('\n', diagnostics.All));
        }
    }

    private static void Same(IEnumerable<string> words, string where) =>
        Assert.Equal(words.Order(StringComparer.Ordinal), WordReference.In(where).Select(w => w.Name).Order(StringComparer.Ordinal));

    // The names in the help of the mistake about the word or option that cannot be meant.
    private static IEnumerable<string> Named(string script)
    {
        ScriptAnalysis analysis = ScriptAnalysis.Of(new SourceText("a.nn", script), _ => null);
        Diagnostic mistake = analysis.Diagnostics.First(d => d.Message.Contains("zzzzzzzzzzzz"));
        return Regex.Matches(mistake.Help![(mistake.Help!.IndexOf(mistake.Help.Contains("it has ") ? "has " : "are ", StringComparison.Ordinal) + 4)..], @"\w+")
            .Select(m => m.Value).Where(w => w != "or");
    }
}
