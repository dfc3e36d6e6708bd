using Nn.Data;
using Nn.Dsl;
using Nn.Graphs;

namespace Nn.Tests.Dsl;

/// <summary>
/// Mistakes planted in every kind of statement are told at once, each on its line and nothing else: when a script is bound, and when an editor looks at it.
/// </summary>
public class AllMistakesTests
{
    private const string Missing = "csv \"missing.csv\"; target y";

    // A statement a line, as it should be and with a mistake that has nothing to do with those of the others.
    private static readonly (string Kind, string Right, string Wrong)[] Statements =
    [
        ("let", "let width = 4", "let width = hiden + 1"),
        ("let by itself", "let rate = 0.1", "let rate = sqrt(two)"),
        ("fn", "fn act(x) = tanh(x)", "fn act(x) = tanhh(x)"),
        ("fn by itself", "fn unused(x) = x + 1", "fn unused(x) = x + z"),
        ("layer", "layer scale { s = param [it.features]; it * s }", "layer scale { s = param [it.features]; it * r }"),
        ("layer by itself", "layer alone { it }", "layer alone { exp(itt) }"),
        ("optimizer", "optimizer mine(lr) { w -= lr * g }", "optimizer mine(lr) { w -= lr * h }"),
        ("optimizer by itself", "optimizer other(lr) { state v = 0; v = g; w -= lr * v }", "optimizer other(lr) { state v = 0; v = gg; w -= lr * v }"),
        ("block", "block part { dense 4 }", "block part { dnse 4 }"),
        ("block by itself", "block spare(n) { dense n }", "block spare(n) { dense n, rleu }"),
        ("model", "model net { scale; part; act; dense width; dense classes, softmax }",
            "model net { scale; part; act; dense width, biass: false; dense classes, softmax }"),
        ("model by itself", "model second { dense 3, relu }", "model second { dense 3; dropot 0.1 }"),
        ("model with its input", "model third { input 3; dense 2 }", "model third { input 3; dense 0 }"),
        ("data", "data d { builtin moons; split 80/20 }", "data d { builtin moons; splt 80/20 }"),
        ("data by itself", "data e { builtin xor }", "data e { builtin xorr }"),
        ("train", "train net on d { loss cross_entropy; optimizer mine(lr: 0.1); epochs 2 }",
            "train net on d { loss cross_entropy; optimizer mine(lr: 0.1); epoch 2 }"),
        ("search", "search grid { width in [2, 4] }", "search grid { wide in [2, 4] }"),
    ];

    private static readonly int DataLine = Array.FindIndex(Statements, s => s.Kind == "data") + 1;

    public static TheoryData<string, string> Pairs()
    {
        var pairs = new TheoryData<string, string>();
        for (int a = 0; a < Statements.Length; a++)
        {
            for (int b = a; b < Statements.Length; b++) pairs.Add(Statements[a].Kind, Statements[b].Kind);
        }

        return pairs;
    }

    [Fact]
    public void Without_a_mistake_none_is_told()
    {
        Assert.Empty(Bound(Script()));
        Assert.Empty(Seen(Script(), Moons));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Two_mistakes_are_told_where_they_are(string first, string second)
    {
        int[] lines = Lines(first, second);
        Assert.Equal(lines, Bound(Script(first, second)));
        Assert.Equal(lines, Seen(Script(first, second), Moons));
        // Data that cannot be read hide nothing either, and are told at the name of the file.
        if (first == "data" || second == "data") return;
        string unread = Script(first, second).Replace("builtin moons", Missing, StringComparison.Ordinal);
        Assert.Equal([.. lines.Append(DataLine).Order()], Bound(unread));
        // An editor knows by itself what it says of the data.
        Assert.Equal(lines, Seen(unread, _ => null));
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        string[] kinds = [.. Statements.Select(s => s.Kind)];
        Assert.Equal(Lines(kinds), Bound(Script(kinds)));
        Assert.Equal(Lines(kinds), Seen(Script(kinds), Moons));
    }

    /// <summary>A script without data and training is looked at as closely as names can be.</summary>
    [Theory]
    [InlineData("let", "fn")]
    [InlineData("layer", "optimizer")]
    [InlineData("block", "model")]
    [InlineData("model by itself", "block by itself")]
    [InlineData("model with its input", "layer by itself")]
    [InlineData("optimizer by itself", "fn by itself")]
    public void Definitions_alone_have_their_mistakes_told(string first, string second)
    {
        string Alone(params string[] wrong) => string.Join('\n', Script(wrong).Split('\n').Select(l => l.StartsWith("data", StringComparison.Ordinal)
            || l.StartsWith("train", StringComparison.Ordinal) || l.StartsWith("search", StringComparison.Ordinal) ? "" : l));
        Assert.Empty(Bound(Alone()));
        Assert.Equal(Lines(first, second), Bound(Alone(first, second)));
        Assert.Equal(Lines(first, second), Seen(Alone(first, second), _ => null));
    }

    [Fact]
    public void Every_setting_of_data_has_its_mistake_told()
    {
        const string text = """
            data d {
              builtin moon
              split 80/0/0/20
              normalize standrd
              limit -1
            }
            """;
        Assert.Equal([2, 3, 4, 5], Bound(text));
    }

    [Fact]
    public void Data_that_cannot_be_read_are_told_with_their_place_and_the_code_of_files()
    {
        string text = Script().Replace("builtin moons", Missing, StringComparison.Ordinal);
        var e = Assert.Throws<ScriptException>(() => Scripts.Bind("test.nn", text));
        Assert.Equal(ExitCode.BadFile, e.Code);
        Diagnostic d = Assert.Single(e.Diagnostics);
        Assert.Equal("\"missing.csv\"", text.Substring(d.Span.Start, d.Span.Length));
        Assert.Contains("there is no file 'missing.csv'", d.Message);
        // Mistakes of the script come first: it ends with their code.
        Assert.Equal(ExitCode.Script, Assert.Throws<ScriptException>(() => Scripts.Bind("test.nn", text.Replace("tanh(x)", "tanhh(x)"))).Code);
    }

    private static Schema Moons(DataSpec spec) => DataLoader.Load(spec, []).Schema;

    private static string Script(params string[] wrong) => string.Join('\n', Statements.Select(s => wrong.Contains(s.Kind) ? s.Wrong : s.Right));

    private static int[] Lines(params string[] wrong) => [.. Statements.Select((s, i) => wrong.Contains(s.Kind) ? i + 1 : 0).Where(l => l > 0)];

    private static int[] Bound(string text)
    {
        try
        {
            Scripts.Bind("test.nn", text);
            return [];
        }
        catch (ScriptException e)
        {
            return [.. e.Diagnostics.Select(d => d.Source.Position(d.Span.Start).Line)];
        }
    }

    private static int[] Seen(string text, Func<DataSpec, Schema?> describe) =>
        [.. ScriptAnalysis.Of(new SourceText("test.nn", text), describe).Diagnostics.Select(d => d.Source.Position(d.Span.Start).Line)];
}
