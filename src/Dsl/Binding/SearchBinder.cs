using Nn.Training.Search;

namespace Nn.Dsl;

/// <summary>Turns <c>search</c> blocks into definitions of searches.</summary>
internal static class SearchBinder
{
    private const int MostPoints = 10_000, DefaultTrials = 20;
    private const string DefaultMetric = "val_loss";

    /// <summary>One row a method, in the order of <see cref="SearchMethod"/>.</summary>
    public static IReadOnlyList<WordEntry> Methods { get; } =
    [
        new("search", "grid", "every combination", "search grid { hidden in [4, 8] }"),
        new("search", "random", "values at random", "search random, trials: 20 { lr in log(1e-4..1e-1) }"),
        new("search", "bayes", "after a few trials, those of which a Gaussian process expects the largest improvement",
            "search bayes, trials: 30 { hidden in 4..64 }"),
    ];

    /// <summary>Which trials are given up.</summary>
    public static IReadOnlyList<WordEntry> Prunings { get; } =
    [
        new("prune", "median", "gives up a trial that is worse than the median of the others at the same epoch", "prune: median"),
        new("prune", "none", "lets every trial end", "prune: none"),
    ];

    /// <summary>The statement.</summary>
    public static WordEntry Row { get; } = new(
        "statement", "search", "tries values of `let`s and says which are best", "search random, trials: 20 { lr in log(1e-4..1e-1) }",
        new("method", OptionKind.Word, null, "grid, random or bayes", [.. Methods.Select(m => m.Name)]) { Positional = true },
        new("trials", OptionKind.Whole, "20", "how many combinations are tried; all of a grid without it"),
        new("folds", OptionKind.Whole, "0", "parts of a cross-validation of each trial; 0: none"),
        new("minimize", OptionKind.Metric, "val_loss", "the metric that is to be small"),
        new("maximize", OptionKind.Metric, "", "the metric that is to be large"),
        new("prune", OptionKind.Word, "median", "median: gives up trials that are worse than half of the others; none (of a grid the default)",
            [.. Prunings.Select(m => m.Name)]));

    /// <summary>A line of its body.</summary>
    public static WordEntry Range { get; } = new(
        "in", "range", "values to try", "hidden in 4..64, points: 5",
        new OptionRow("points", OptionKind.Whole, "", "so many values of the range, ends included"),
        new OptionRow("step", OptionKind.Number, "", "distance from one value to the next"));

    public static SearchDefinition Bind(SearchStatement search, SourceText source, Definitions definitions)
    {
        var env = new Env(null, definitions);
        var c = new SettingCall(Row, search.Span, search.Options, env);
        if (c.Word("method", "search method") is not { } word) throw BindError.MissingArgument(search.Name.Span, "search", "a method: grid, random or bayes");
        var method = (SearchMethod)Methods.Select(m => m.Name).ToList().IndexOf(word);
        if (c.Has("minimize") && c.Find("maximize") is { } second) throw BindError.UnexpectedArgument(second.Span, "search", "both minimize and maximize",
            "keep one of them");
        if (search.Ranges.Count == 0) throw BindError.MissingArgument(search.Name.Span, "search", "values to try", "search random { lr in log(1e-4..1e-1) }");
        var named = new HashSet<string>();
        var axes = new List<SearchAxis>();
        foreach (SearchRange r in search.Ranges)
        {
            if (!definitions.Lets.ContainsKey(r.Name.Name)) throw BindError.UnknownChoice(r.Name.Span, "let", r.Name.Name, definitions.Lets.Keys);
            if (!named.Add(r.Name.Name)) throw BindError.GivenTwice(r.Name.Span, "search", r.Name.Name);
            SearchAxis axis = Axis(r, source, env);
            if (method == SearchMethod.Grid && (axis.Count ?? int.MaxValue) > MostPoints)
                throw BindError.UnexpectedArgument(r.Values.Span, "search grid", SyntaxText.Of(r.Values),
                    $"say how many of its values: {r.Name.Name} in {SyntaxText.Of(r.Values)}, points: 4");
            axes.Add(axis);
        }

        string? prune = c.Word("prune", "way of pruning"), maximize = c.Word("maximize", "metric");
        return new SearchDefinition
        {
            Method = method,
            Axes = axes,
            Trials = c.Whole("trials", WholeRange.Positive) ?? (method == SearchMethod.Grid ? int.MaxValue : DefaultTrials),
            Folds = c.Whole("folds", new WholeRange(2)) ?? 0,
            Metric = maximize ?? c.Word("minimize", "metric") ?? DefaultMetric,
            Maximize = maximize is not null,
            // Who asks for every combination wants to see every result.
            Pruning = prune == "median" || (prune is null && method != SearchMethod.Grid) ? Pruning.Median : Pruning.None,
        };
    }

    private static SearchAxis Axis(SearchRange r, SourceText source, Env env)
    {
        WordEntry row = Range with { Name = r.Name.Name };
        var c = new SettingCall(r.Values is ListExpr ? row with { Arguments = [] } : row, r.Span, r.Options, env);
        c.Check();
        switch (r.Values)
        {
            case ListExpr { Items.Count: > 0 } list:
                return Choice(r.Name.Name, list, source, env);
            case RangeExpr { From: { } from, To: { } to }:
                return Thinned(Between(r.Name.Name, from, to, env, logarithmic: false), c);
            case CallExpr { Function.Name: "log", Arguments: [{ Value: RangeExpr { From: { } from, To: { } to } }] }:
                return Thinned(Between(r.Name.Name, from, to, env, logarithmic: true), c);
            default:
                throw BindError.NotValues(r.Values.Span, r.Name.Name, SyntaxText.Of(r.Values));
        }
    }

    private static ChoiceAxis Choice(string name, ListExpr list, SourceText source, Env env)
    {
        var values = new List<string>();
        var numbers = new List<double>();
        foreach (Expr item in list.Items)
        {
            if (Evaluator.Evaluate(item, env) is NumberValue n) numbers.Add(n.Number);
            string text = source.Text.Substring(item.Span.Start, item.Span.Length);
            if (values.Contains(text)) throw BindError.GivenTwice(item.Span, name, text);
            values.Add(text);
        }

        int[] bySize = [.. Enumerable.Range(0, numbers.Count).OrderBy(i => numbers[i])];
        return new ChoiceAxis(name, values, numbers.Count == values.Count ? [.. Enumerable.Range(0, numbers.Count).Select(i => Array.IndexOf(bySize, i))]
            : null);
    }

    private static RangeAxis Between(string name, Expr from, Expr to, Env env, bool logarithmic)
    {
        double a = Evaluator.Number(from, env, "the range"), b = Evaluator.Number(to, env, "the range");
        if (b <= a) throw BindError.OutOfRange(to.Span, "the end of the range", b, $"above {a:R}");
        if (logarithmic && a <= 0) throw BindError.OutOfRange(from.Span, "the start of a logarithmic range", a, "above 0");
        return new RangeAxis(name, a, b, logarithmic, IsWhole(from, a) && IsWhole(to, b));
    }

    // 1..8 are whole numbers, 1.0..8.0 are not.
    private static bool IsWhole(Expr e, double value) => e switch
    {
        NumberExpr n => n.Text.All(char.IsAsciiDigit),
        NegateExpr n => IsWhole(n.Operand, -value),
        _ => double.IsInteger(value),
    };

    private static SearchAxis Thinned(RangeAxis axis, SettingCall c)
    {
        if (c.Find("points") is { } points)
        {
            if (c.Find("step") is { } both) throw BindError.UnexpectedArgument(both.Span, axis.Name, "points and a step", "one of them is enough");
            return axis.Points(Evaluator.Whole(points.Value, c.Env, "points", new WholeRange(2, MostPoints)));
        }

        if (c.Find("step") is not { } step) return axis;
        if (axis.Logarithmic) throw BindError.UnexpectedArgument(step.Span, "a logarithmic range", "a step",
            "its values are equal ratios apart; say how many: points: 4");
        double by = Evaluator.Number(step.Value, c.Env, "step");
        double least = (axis.To - axis.From) / MostPoints;
        if (!(by >= least) || (axis.Whole && !double.IsInteger(by))) throw BindError.OutOfRange(step.Value.Span, "the step", by, axis.Whole
            ? "a whole number of at least 1" : $"at least {least:R}");
        return axis.Steps(by);
    }
}
