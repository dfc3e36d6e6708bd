namespace Nn.Dsl;

/// <summary>A name of the language with all that there is to say about it.</summary>
/// <param name="Name">As written in scripts.</param>
/// <param name="Kind">layer, activation or function, loss, optimizer, statement.</param>
/// <param name="Summary">One line.</param>
/// <param name="Options">Its options.</param>
/// <param name="Formula">Its definition in the language, if it is written there.</param>
/// <param name="Gradients">Derivatives by argument, those that fit a line.</param>
/// <param name="Example">A line of a script.</param>
public sealed record ReferenceEntry(
    string Name, string Kind, string Summary, IReadOnlyList<OptionRow> Options, string? Formula,
    IReadOnlyList<(string By, string Formula)> Gradients, string? Example);

/// <summary>What there is in the language, taken from the tables and the prelude that define it.</summary>
public static partial class LanguageReference
{
    private static readonly Lazy<IReadOnlyDictionary<string, ReferenceEntry>> Table = new(Make);

    /// <summary>Every name.</summary>
    public static IReadOnlyDictionary<string, ReferenceEntry> Entries => Table.Value;

    /// <summary>
    /// The words that may begin a line of a body: layers in models and blocks, settings in data, train and step; those that begin statements outside.
    /// </summary>
    public static IReadOnlyList<string> LineStarts(string? body) => body switch
    {
        null => ScriptParser.Statements,
        "data" => DataBinder.Settings,
        "train" => [.. TrainSettings.Names, TrainSettings.Step.Name],
        "step" => StepSettings.Names,
        _ when HoldsLayers(body) => [.. StandardLayers.All.Keys, .. StructuralRow.All.Keys, .. OfKind("activation")],
        _ => [],
    };

    /// <summary>Whether the lines of a body are layers: of a model or block, or of what joins and repeats within them.</summary>
    /// <param name="body">The word before it.</param>
    public static bool HoldsLayers(string body) => body is "model" or "block" || StructuralRow.All.TryGetValue(body, out StructuralRow? row) && row.HasBody;

    /// <summary>Whether a word within a model is given values of it by their names.</summary>
    /// <param name="word">The first of a line.</param>
    public static bool TakesNames(string word) => StructuralRow.All.TryGetValue(word, out StructuralRow? row) && row.TakesNames;

    /// <summary>The words that may follow a line's first: options, names of optimizers, schedules, metrics.</summary>
    public static IReadOnlyList<string> Following(string head) => head switch
    {
        "optimizer" => OfKind("optimizer"),
        "loss" => OfKind("loss"),
        "schedule" => ScheduleBinder.Names,
        "metrics" => MetricBinder.Names,
        "early_stop" => [.. MetricBinder.Names.Select(m => "val_" + m), .. OptionReference.Of(head, "train").Select(o => o.Name + ":")],
        "builtin" => Data.Generators.Names,
        _ when DataBinder.Rows.FirstOrDefault(r => r.Name == head) is { } row => [.. PlainWords.In(head), .. row.Options.Select(o => o.Name + ":")],
        _ when StandardLayers.All.TryGetValue(head, out StandardLayer? layer) =>
            [.. layer.Parameters.Select(p => p.Name + ":"), .. layer.Parameters.SelectMany(p => p.Words).Where(w => w is not ("true" or "false" or "number")),
                .. layer.Activation ? OfKind("activation") : []],
        _ => [.. Entries.Values.Where(e => e.Kind != "layer").Select(e => e.Name)],
    };

    /// <summary>The options of a layer that numbers, or shapes, without a name are, in their order.</summary>
    /// <param name="layer">A standard layer.</param>
    /// <param name="shape">Whether the value is a shape, such as 3x3.</param>
    public static IEnumerable<string> Values(string layer, bool shape) => StandardLayers.All[layer].Parameters
        .Where(p => p.Kind == OptionKind.Shape || !shape && p.Kind is OptionKind.Whole or OptionKind.Number).Select(p => p.Name);

    /// <summary>The words that an option of a layer may be; empty for numbers and shapes.</summary>
    public static IReadOnlyList<string> Words(string layer, string option) =>
        StandardLayers.All.TryGetValue(layer, out StandardLayer? l) && l.Parameters.FirstOrDefault(p => p.Name == option) is { } p
            ? [.. p.Words.Where(w => w != "number")]
            : [];

    /// <summary>The layers without weights, which may be called in expressions.</summary>
    public static IEnumerable<string> Callable => StandardLayers.All.Values.Where(l => l.InExpressions).Select(l => l.Name);

    /// <summary>The built-in functions of one number, which are activations as well.</summary>
    public static IEnumerable<string> Elementwise => Builtins.Functions.Keys.Where(Builtins.IsUnary);

    /// <summary>Whether an activation may follow the arguments of a layer.</summary>
    public static bool TakesActivation(string layer) => StandardLayers.All.TryGetValue(layer, out StandardLayer? l) && l.Activation;

    private static string[] OfKind(string kind) => [.. Entries.Values.Where(e => e.Kind == kind).Select(e => e.Name)];

    private static Dictionary<string, ReferenceEntry> Make()
    {
        var all = new Dictionary<string, ReferenceEntry>();
        foreach ((string name, string summary) in Builtins.Functions)
        {
            all[name] = new ReferenceEntry(name, Builtins.IsLoss(name) ? "loss" : "function", summary, [], null,
                Builtins.IsUnary(name) ? Gradients(Call(name)) : [], FunctionExamples.GetValueOrDefault(name));
        }

        string text = PreludeScript.Text;
        foreach (DefinitionStatement d in PreludeScript.Statements.OfType<DefinitionStatement>())
        {
            all[d.Name.Name] = Of(d, text);
        }

        WordEntry lbfgs = OptimizerBinder.Lbfgs;
        all[lbfgs.Name] = new ReferenceEntry(lbfgs.Name, lbfgs.Where, lbfgs.Summary, lbfgs.Options, null, [], lbfgs.Example);
        foreach (StandardLayer l in StandardLayers.All.Values)
            all[l.Name] = new ReferenceEntry(l.Name, "layer", l.Summary, l.Parameters, null, [], l.Example);
        return all;
    }

    /// <summary>What there is to say about a definition of a script, as about those of the prelude.</summary>
    /// <param name="d">The definition.</param>
    /// <param name="text">The script that it stands in.</param>
    public static ReferenceEntry Of(DefinitionStatement d, string text)
    {
        string name = d.Name.Name, kind = KindOf(d);
        return new ReferenceEntry(
            name, kind, CommentBefore(text, d.Span.Start),
            [.. d.Parameters.Select(
                p => new OptionRow(p.Name, OptionKind.Value, p.Default is null ? null : SyntaxText.Of(p.Default), ParameterMeanings.Of(name, p.Name)))],
            text.Substring(d.Span.Start, d.Span.Length), Gradients(d), ExampleOf(d, kind));
    }

    private static (string By, string Formula)[] Gradients(DefinitionStatement d) => d.Kind != "fn" || d.Lines.Count == 0 ? [] :
    [
        .. d.Parameters.Where(p => p.Default is null && p.Name != "y").Select(p => (p.Name, Derivative.Of(d, p.Name))).Where(g => g.Item2 is not null)
            .Select(g => (g.Name, g.Item2!)),
    ];

    // fn f(x) = NAME(x)
    private static DefinitionStatement Call(string name) => (DefinitionStatement)ScriptParser.Parse(new SourceText(name, $"fn f(x) = {name}(x)")).Statements[0];

    private static string KindOf(DefinitionStatement d) => d switch
    {
        { Kind: "optimizer" or "layer" } => d.Kind,
        _ when d.Parameters.Count > 0 && d.Parameters[0].Name == "x" => "activation",
        _ when d.Parameters.Any(p => p.Name is "y" or "a") => "loss",
        _ => "function",
    };

    private static string? ExampleOf(DefinitionStatement d, string kind) => FunctionExamples.GetValueOrDefault(d.Name.Name) ?? kind switch
    {
        "optimizer" => $"optimizer {d.Name.Name}({string.Join(", ", d.Parameters.Take(1).Select(p => $"{p.Name}: {SyntaxText.Of(p.Default!)}"))})",
        "activation" => $"dense 64, {d.Name.Name}",
        "loss" when d.Parameters.Count(p => p.Default is null) == 2 => $"loss {d.Name.Name}",
        _ => null,
    };

    // The comment that stands right above a definition.
    private static string CommentBefore(string text, int start)
    {
        var lines = new List<string>();
        string[] before = text[..start].Split('\n');
        int i = before.Length - 2;
        for (; i >= 0 && before[i].StartsWith('#'); i--) lines.Insert(0, before[i].TrimStart('#', ' '));
        // What begins a script is about the whole of it.
        if (i < 0) return "";
        return string.Join(' ', lines);
    }
}
