using System.Collections.Concurrent;
using Nn.Data;
using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>
/// What an editor is told of a script: its mistakes are those of <c>nn check</c>, and each of its names means what it means when the script is bound.
/// </summary>
public sealed class ScriptAnalysisTests
{
    private static readonly ConcurrentDictionary<string, ScriptAnalysis> Known = new();

    public static TheoryData<string> Wrong => Names("tests/golden/diagnostics");

    public static TheoryData<string> Right => Names("examples");

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_analysis_finds_the_mistakes_that_binding_finds(string name)
    {
        SourceText source = Source("tests/golden/diagnostics", name);
        string[] expected = [], found = [.. Analyse(source).Diagnostics.Select(d => d.ToString())];
        try
        {
            Scripts.Bind(source.Name, source.Text);
        }
        catch (ScriptException e)
        {
            expected = [.. e.Diagnostics.Select(d => d.ToString())];
        }

        // It may find more: a model that no training came to is bound by itself.
        Assert.Empty(expected.Except(found));
        Assert.NotEmpty(found);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    [MemberData(nameof(Right))]
    public void Names_stand_where_they_are_said_to(string name)
    {
        SourceText source = Source(File.Exists(Path.Combine(Scripts.Root, "examples", name)) ? "examples" : "tests/golden/diagnostics", name);
        NameUse[] uses = [.. Analyse(source).Names.Uses];
        int end = 0;
        foreach (NameUse u in uses)
        {
            Assert.Equal(u.Symbol.Name, source.Text.Substring(u.Span.Start, u.Span.Length));
            Assert.True(u.Span.Start >= end, $"'{u.Symbol.Name}' overlaps what stands before it");
            end = u.Span.End;
            if (u.Symbol.Definition is not { } definition) continue;
            Assert.Equal(u.Symbol.Name, source.Text.Substring(definition.Start, definition.Length));
            Assert.Contains(uses, d => d.Defines && d.Span == definition);
        }
    }

    [Theory]
    [MemberData(nameof(Right))]
    public void Every_word_of_a_script_without_mistakes_means_something(string name)
    {
        SourceText source = Source("examples", name);
        ScriptAnalysis analysis = Analyse(source);
        Assert.Empty(analysis.Diagnostics);
        var known = analysis.Names.Uses.Select(u => u.Span.Start).ToHashSet();
        string[] words = [.. Lexer.Tokenize(source, new Diagnostics(source)).Where(t => t.Kind == TokenKind.Name && !known.Contains(t.Span.Start))
            .Select(t => t.Text)];
        // What joins expressions, and units.
        Assert.DoesNotContain(words, w => !ScriptParser.IsReserved(w) && w is not ("epoch" or "epochs" or "step" or "steps"));
    }

    [Fact]
    public void A_statement_that_cannot_be_read_leaves_the_others_their_shapes()
    {
        ScriptAnalysis a = Analyse(
            new SourceText("a.nn", "model m { dense 3; dense classes }\ndata d { builtin moons }\ntrain { loss }\nlet x = (\nlet y = 2 + 1"));
        Assert.Equal(["3", "2"], a.Layers.Select(l => l.Output.ToString()));
        Assert.Equal("3", a.Values["y"]);
        Assert.All(a.Diagnostics,
            d => Assert.InRange(d.Span.Start, a.Script.Source.Text.IndexOf("let x", StringComparison.Ordinal), a.Script.Source.Text.Length));
    }

    [Fact]
    public void Without_data_what_does_not_need_them_is_known()
    {
        ScriptAnalysis a = ScriptAnalysis.Of(
            new SourceText("a.nn",
                "model m { input 4x4x1; conv 2, 3x3; flatten; dense classes }\nmodel n { dense 3 }\ndata d { csv \"f\"; target t }\ntrain m { loss mse; "
                    + "optimizer sgd }"), _ => null);
        // The number of classes is not known, which is no mistake.
        Assert.Empty(a.Diagnostics);
        Assert.Equal(["4x4x1", "2x2x2", "8"], a.Layers.Select(l => l.Output.ToString()));
    }

    private static ScriptAnalysis Analyse(SourceText source) => Known.GetOrAdd(source.Text, _ => ScriptAnalysis.Of(source, spec =>
    {
        try
        {
            return DataLoader.Describe(spec with { Samples = spec.Source == DataSource.Builtin ? 100 : null }, [Scripts.Kept, .. Scripts.Folders]).Schema;
        }
        catch (NnException)
        {
            return null;
        }
    }));

    private static TheoryData<string> Names(string folder) => [.. Scripts.Files(folder, "*.nn").Select(f => Path.GetFileName(f))];

    private static SourceText Source(string folder, string name) => new(name, File.ReadAllText(Path.Combine(Scripts.Root, folder, name)));
}
