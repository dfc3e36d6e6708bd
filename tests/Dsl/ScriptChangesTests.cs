using System.Text;
using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>What is told to have changed between two scripts.</summary>
public sealed class ScriptChangesTests
{
    private const string Script = """
        let rate = 0.1
        fn squash(x, k = 2) = tanh(k * x)
        layer scaled(n) {
          w = param(n, init: ones)
          it * w
        }
        block pair(width) { dense width, relu; dense width }
        model body { input 4; repeat 2 { pair 8; dropout 0.1 }; residual { dense 8 } { dense 8, squash }; scaled 8 }
        model head { input 8; dense 1 }
        data d { csv "d.csv"; target y; split 80/20; augment flip }
        train body on d {
          step body { loss mse; optimizer adam(lr: rate); every 2 }
          step head { loss mae; optimizer sgd(lr: 0.1) }
          epochs 4; batch 32
          metrics mae, rmse
        }
        search random, trials: 20 { rate in [0.1, 0.2] }
        """;

    private static readonly Dictionary<string, string> None = [];

    public static TheoryData<string> Scripts =>
        [Script, .. Directory.GetFiles(Path.Combine(Checkout.Root, "examples"), "*.nn").Order(StringComparer.Ordinal).Select(File.ReadAllText)];

    private static IReadOnlyList<string> Changes(string then, string now) => ScriptChanges.Between(then, None, now, None);

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Comments_and_blanks_are_no_change(string script)
    {
        Assert.Empty(Changes(script, script));
        Assert.Empty(Changes(script, Formatter.Format(new SourceText("a.nn", script))));
        // Every gap between two tokens as wide as it may be.
        var wide = new StringBuilder();
        foreach (Token t in Tokens(script))
            wide.Append("  ").Append(t.Kind == TokenKind.String ? $"\"{t.Text}\"" : t.Kind == TokenKind.Separator ? "  # a note\n\n" : t.Text);
        Assert.Empty(Changes(script, wide.ToString()));
    }

    // Every word, number and text of every statement, but for what a search would try.
    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_change_of_any_word_is_told(string script)
    {
        int search = script.IndexOf("search ", StringComparison.Ordinal);
        int tried = 0;
        foreach (Token t in Tokens(script).Where(t => t.Kind is TokenKind.Name or TokenKind.Number or TokenKind.String or TokenKind.Shape))
        {
            if (search >= 0 && t.Span.Start >= search) continue;
            string word = t.Kind == TokenKind.Number ? "77" : t.Kind == TokenKind.Shape ? "7x7" : "other";
            string changed = script.Remove(t.Span.Start, t.Span.Length).Insert(t.Span.Start, t.Kind == TokenKind.String ? $"\"{word}\"" : word);
            IReadOnlyList<string> told = Changes(script, changed);
            Assert.True(told.Any(c => c.Contains(word)), $"'{t.Text}' became '{word}': {string.Join("; ", told)}");
            tried++;
        }

        Assert.True(tried > 10);
    }

    [Theory]
    [InlineData("lr: rate", "lr: 0.3", "train, step body: `optimizer adam(lr: rate)` is now `optimizer adam(lr: 0.3)`")]
    [InlineData("rate = 0.1", "rate = 0.01", "`let rate = 0.1` is now `let rate = 0.01`")]
    [InlineData("batch 32", "batch 16", "train: `batch 32` is now `batch 16`")]
    [InlineData("; batch 32", "", "train: `batch 32` is gone")]
    [InlineData("; every 2", "; every 2; after 3 epochs", "train, step body: `after 3 epochs` is new")]
    [InlineData("augment flip", "augment flip, shift: 2", "data d: `augment flip` is now `augment flip, shift: 2`")]
    [InlineData("pair 8", "dense 8", "model body, repeat 2: `pair 8` is now `dense 8`")]
    [InlineData("dense 1 }", "dense 1, tanh }", "model head: `dense 1` is now `dense 1, tanh`")]
    [InlineData("train body on d", "train head on d", "`train body on d` is now `train head on d`")]
    [InlineData("k = 2", "k = 3", "`fn squash(x, k = 2) = tanh(k * x)` is now `fn squash(x, k = 3) = tanh(k * x)`")]
    [InlineData("dense width, relu; ", "dense width, relu; dropout 0.5; ", "block pair: `dropout 0.5` is new")]
    [InlineData("search random", "let spare = 1\nsearch random", "let spare is new")]
    public void A_change_is_one_line_that_shows_both(string from, string to, string told) => Assert.Equal([told], Changes(Script, Script.Replace(from, to)));

    [Fact]
    public void The_order_of_layers_is_told_that_of_settings_and_what_a_search_would_do_are_not()
    {
        Assert.Equal(["block pair: `dense width, relu` stands at another place"],
            Changes(Script, Script.Replace("dense width, relu; dense width }", "dense width; dense width, relu }")));
        Assert.Empty(Changes(Script, Script.Replace("epochs 4; batch 32", "batch 32; epochs 4")));
        Assert.Empty(Changes(Script, Script.Replace("trials: 20", "trials: 5")));
        // The same lines in the other of two steps are another training.
        Assert.NotEmpty(Changes(Script, Script.Replace("loss mse", "x").Replace("loss mae", "loss mse").Replace("{ x", "{ loss mae")));
    }

    // A line is paired with the one of the same place that begins alike, not with what merely stands there.
    [Theory]
    [InlineData("epochs 4; batch 32", "clip norm: 1; batch 16; epochs 4", "train: `batch 32` is now `batch 16`", "train: `clip norm: 1` is new")]
    [InlineData("dropout 0.1 }", "relu; dropout 0.2 }", "model body, repeat 2: `dropout 0.1` is now `dropout 0.2`", "model body, repeat 2: `relu` is new")]
    [InlineData("metrics mae, rmse", "loss mse", "train: `metrics mae, rmse` is gone", "train: `loss mse` is new")]
    [InlineData("pair 8; dropout 0.1", "dropout 0.1; tanh; pair 8", "model body, repeat 2: `pair 8` stands at another place",
        "model body, repeat 2: `tanh` is new")]
    public void Changes_beside_each_other_are_told_apart(string from, string to, params string[] told) =>
        Assert.Equal(told, Changes(Script, Script.Replace(from, to)));

    // Of a list with one line moved, the others have stayed.
    [Theory]
    [InlineData("a; b; c; d; e", "e; a; b; c; d", "e")]
    [InlineData("a; b; c; d; e", "b; c; d; e; a", "a")]
    [InlineData("a; b; c; d; e", "a; d; b; c; e", "d")]
    public void The_fewest_lines_that_explain_an_order_are_told(string then, string now, string moved) =>
        Assert.Equal([$"model m: `{moved}` stands at another place"], Changes($"model m {{ {then} }}", $"model m {{ {now} }}"));

    [Fact]
    public void Values_from_outside_count_as_written_ones()
    {
        var set = new Dictionary<string, string> { ["rate"] = "0.2" };
        Assert.Equal(["`let rate = 0.2` is now `let rate = 0.1`"], ScriptChanges.Between(Script, set, Script, None));
        Assert.Empty(ScriptChanges.Between(Script, set, Script.Replace("rate = 0.1", "rate = 0.2"), None));
    }

    [Fact]
    public void Texts_that_are_no_scripts_have_no_mistakes_to_tell() => Assert.NotNull(Changes("model {{{ ) \" \0", "}}} ("));

    private static IReadOnlyList<Token> Tokens(string script)
    {
        var source = new SourceText("a.nn", script);
        return Lexer.Tokenize(source, new Diagnostics(source));
    }
}
