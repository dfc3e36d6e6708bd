using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Nn.Data;
using Nn.Dsl;

namespace Nn.Tests.Dsl;

/// <summary>
/// The TextMate grammar of the editor extension: its lists of words are those of the language (NN_UPDATE_GOLDEN=1 writes them), and its expressions take
/// what they should. Editors run them with Oniguruma; nothing in them means something else there.
/// </summary>
public sealed class EditorGrammarTests
{
    private static readonly string Path = System.IO.Path.Combine(Scripts.Root, "editors", "vscode", "syntaxes", "nn.tmLanguage.json");

    private static readonly Lazy<JsonNode> Grammar = new(() => JsonNode.Parse(File.ReadAllText(Path))!);

    public static TheoryData<string> Lists => [.. Words.Keys];

    private static Dictionary<string, IEnumerable<string>> Words { get; } = new()
    {
        ["statements"] = ScriptParser.Statements,
        ["joining"] = Nn.Dsl.Grammar.Reserved,
        ["structural"] = StructuralRow.All.Keys,
        ["settings"] = [.. DataBinder.Settings, .. TrainSettings.Names, .. StepSettings.Names, TrainSettings.Step.Name],
        ["layers"] = StandardLayers.All.Keys,
        ["activations"] = OfKind("activation"),
        ["losses"] = OfKind("loss"),
        ["optimizers"] = OfKind("optimizer"),
        ["schedules"] = ScheduleBinder.Names,
        ["metrics"] = MetricBinder.Names,
        ["generators"] = Generators.Names,
        ["functions"] = OfKind("function"),
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public void The_lists_of_words_are_those_of_the_language(string list)
    {
        string expected = $@"\b(?:{string.Join('|', Words[list].Distinct().Order(StringComparer.Ordinal))})\b";
        if (Checkout.UpdatesGoldens) Update(list, expected);
        Assert.Equal(expected, (string)Grammar.Value["repository"]![list]!["match"]!);
    }

    [Fact]
    public void Everything_in_the_repository_is_used_and_everything_used_is_there()
    {
        string[] used = [.. Grammar.Value["patterns"]!.AsArray().Select(p => ((string)p!["include"]!)[1..])];
        Assert.Equal(Grammar.Value["repository"]!.AsObject().Select(r => r.Key).Order(), used.Order());
        Assert.Equal("source.nn", (string)Grammar.Value["scopeName"]!);
    }

    [Theory]
    [InlineData("let lr = 1e-3 # 2", "let keyword.control|lr entity.name.function|= keyword.operator|1e-3 constant.numeric|# 2 comment.line.number-sign")]
    [InlineData("  conv 6, 5x5, same, relu; maxpool 2x2",
        "conv support.class|6 constant.numeric|5x5 constant.numeric.shape|relu support.function.activation|maxpool support.class|2x2 constant.numeric.shape")]
    [InlineData("optimizer adam(lr: .5, beta1: 50%)",
        "optimizer keyword.control|adam support.function|lr variable.parameter|.5 constant.numeric|beta1 variable.parameter|50% constant.numeric")]
    [InlineData("schedule cosine, warmup: 3 epochs",
        "schedule support.type.property-name|cosine support.function.schedule|warmup variable.parameter|3 constant.numeric|epochs keyword.other.unit")]
    [InlineData("csv \"data # 1.csv\"", "csv support.type.property-name|\"data # 1.csv\" string.quoted.double")]
    [InlineData("w -= lr * g", "-= keyword.operator|* keyword.operator")]
    [InlineData("x[.., 0..3]", ".. keyword.operator|0 constant.numeric|.. keyword.operator|3 constant.numeric")]
    [InlineData("if x > 0 then x else 0.1",
        "if keyword.operator.word|> keyword.operator|0 constant.numeric|then keyword.operator.word|else keyword.operator.word|0.1 constant.numeric")]
    [InlineData("m = if training then it else 0",
        "= keyword.operator|if keyword.operator.word|training variable.language|then keyword.operator.word|it variable.language|else "
            + "keyword.operator.word|0 constant.numeric")]
    [InlineData("model net { dense 4 }", "model keyword.control|net entity.name.function|dense support.class|4 constant.numeric")]
    [InlineData("layer_2 dense_layer my_relu x2", "")]
    [InlineData("metrics accuracy, val_loss", "metrics support.type.property-name|accuracy support.constant.metric")]
    [InlineData("if (a) then swish(b)", "if keyword.operator.word|then keyword.operator.word|swish support.function")]
    public void Lines_are_coloured(string line, string expected)
    {
        var found = new List<string>();
        int at = 0;
        // As an editor does: the leftmost match, of the rules that begin there the first.
        while (Rules().Select(r => (Rule: r.Rule, Match: r.Regex.Match(line, at))).Where(r => r.Match is { Success: true, Length: > 0 })
            .OrderBy(r => r.Match.Index).FirstOrDefault() is { Rule: { } rule } first)
        {
            if (rule["name"] is { } name) found.Add($"{first.Match.Value} {Scope(name)}");
            else found.AddRange(rule["captures"]!.AsObject().Select(c => $"{first.Match.Groups[int.Parse(c.Key)].Value} {Scope(c.Value!["name"]!)}"));
            at = first.Match.Index + first.Match.Length;
        }

        Assert.Equal(expected, string.Join('|', found));
    }

    public static TheoryData<string> Snippets => [.. SnippetFile.Select(s => s.Key)];

    private static JsonObject SnippetFile =>
        JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(Scripts.Root, "editors", "vscode", "snippets", "nn.json")))!.AsObject();

    [Theory]
    [MemberData(nameof(Snippets))]
    public void Snippets_are_scripts_without_mistakes_and_well_formatted(string name)
    {
        string text = string.Join('\n', SnippetFile[name]!["body"]!.AsArray().Select(l => (string)l!)).Replace("$0", "");
        // What stands in the places to be filled, from the innermost on.
        for (string before = ""; before != text;) (before, text) = (text, Regex.Replace(text, @"\$\{\d+:([^${}]*)\}", "$1"));
        Assert.DoesNotContain("$", text);
        ScriptAnalysis analysis = ScriptAnalysis.Of(new SourceText(name, text), spec => DataLoader.Describe(spec with { Samples = 100 }, []).Schema);
        Assert.Empty(analysis.Diagnostics);
        Assert.Equal(text, Formatter.Format(new SourceText(name, text)));
        if (name is "Classifier" or "Images") Assert.NotNull(analysis.Training);
    }

    private static string Scope(JsonNode name) => ((string)name!)[..^".nn".Length];

    private static IEnumerable<(JsonNode Rule, Regex Regex)> Rules() =>
        from p in Grammar.Value["patterns"]!.AsArray()
        let rule = Grammar.Value["repository"]![((string)p["include"]!)[1..]]!
        select (rule, new Regex((string)rule["match"]!));

    private static IEnumerable<string> OfKind(string kind) => LanguageReference.Entries.Values.Where(e => e.Kind == kind).Select(e => e.Name);

    private static void Update(string list, string match)
    {
        Grammar.Value["repository"]![list]!["match"] = match;
        File.WriteAllText(Path,
            Grammar.Value.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n");
    }
}
