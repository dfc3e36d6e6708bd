using Nn.Training.Search;

namespace Nn.Dsl;

/// <summary>Turns <c>search</c> blocks into definitions of searches.</summary>
internal static class SearchBinder
{
    private const int MostPoints = 10_000, DefaultTrials = 20;
    private const string DefaultMetric = "val_loss";
    private static readonly string[] Methods = ["grid", "random", "bayes"];

    public static SearchDefinition Bind(SearchStatement search, SourceText source, Definitions definitions)
    {
        Dictionary<string, Argument> o = SettingReader.Options("search", search.Options, ["method"], ["trials", "folds", "minimize", "maximize", "prune"]);
        var env = new Env(null, definitions);
        if (!o.TryGetValue("method", out Argument? word)) throw BindError.MissingArgument(search.Name.Span, "search", "a method: grid, random or bayes");
        var method = (SearchMethod)Array.IndexOf(Methods, SettingReader.Word(word, "search method", Methods));
        if (o.ContainsKey("minimize") && o.TryGetValue("maximize", out Argument? second)) throw BindError.UnexpectedArgument(second.Span, "search", "both minimize and maximize", "keep one of them");
        if (search.Ranges.Count == 0) throw BindError.MissingArgument(search.Name.Span, "search", "values to try", "search random { lr in log(1e-4..1e-1) }");
        var named = new HashSet<string>();
        var axes = new List<SearchAxis>();
        foreach (SearchRange r in search.Ranges)
        {
            if (!definitions.Lets.ContainsKey(r.Name.Name)) throw BindError.UnknownChoice(r.Name.Span, "let", r.Name.Name, definitions.Lets.Keys);
            if (!named.Add(r.Name.Name)) throw BindError.GivenTwice(r.Name.Span, "search", r.Name.Name);
            SearchAxis axis = Axis(r, source, env);
            if (method == SearchMethod.Grid && (axis.Count ?? int.MaxValue) > MostPoints)
                throw BindError.UnexpectedArgument(r.Values.Span, "search grid", SyntaxText.Of(r.Values), $"say how many of its values: {r.Name.Name} in {SyntaxText.Of(r.Values)}, points: 4");
            axes.Add(axis);
        }

        int? Whole(string option, int least) => o.TryGetValue(option, out Argument? a) ? Evaluator.Whole(a.Value, env, option, new WholeRange(least)) : null;
        string? Metric(string option) => o.TryGetValue(option, out Argument? a) ? SettingReader.Word(a, "metric") : null;
        string? prune = o.TryGetValue("prune", out Argument? p) ? SettingReader.Word(p, "way of pruning", ["median", "none"]) : null;
        string? maximize = Metric("maximize");
        return new SearchDefinition
        {
            Method = method,
            Axes = axes,
            Trials = Whole("trials", 1) ?? (method == SearchMethod.Grid ? int.MaxValue : DefaultTrials),
            Folds = Whole("folds", 2) ?? 0,
            Metric = maximize ?? Metric("minimize") ?? DefaultMetric,
            Maximize = maximize is not null,
            // Who asks for every combination wants to see every result.
            Pruning = prune == "median" || (prune is null && method != SearchMethod.Grid) ? Pruning.Median : Pruning.None,
        };
    }

    private static SearchAxis Axis(SearchRange r, SourceText source, Env env)
    {
        Dictionary<string, Argument> o = SettingReader.Options(r.Name.Name, r.Options, [], r.Values is ListExpr ? [] : ["step", "points"]);
        switch (r.Values)
        {
            case ListExpr { Items.Count: > 0 } list:
                return Choice(r.Name.Name, list, source, env);
            case RangeExpr { From: { } from, To: { } to }:
                return Thinned(Range(r.Name.Name, from, to, env, logarithmic: false), o, env);
            case CallExpr { Function.Name: "log", Arguments: [{ Value: RangeExpr { From: { } from, To: { } to } }] }:
                return Thinned(Range(r.Name.Name, from, to, env, logarithmic: true), o, env);
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
        return new ChoiceAxis(name, values, numbers.Count == values.Count ? [.. Enumerable.Range(0, numbers.Count).Select(i => Array.IndexOf(bySize, i))] : null);
    }

    private static RangeAxis Range(string name, Expr from, Expr to, Env env, bool logarithmic)
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

    private static SearchAxis Thinned(RangeAxis axis, Dictionary<string, Argument> options, Env env)
    {
        if (options.TryGetValue("points", out Argument? points))
        {
            if (options.TryGetValue("step", out Argument? both)) throw BindError.UnexpectedArgument(both.Span, axis.Name, "points and a step", "one of them is enough");
            return axis.Points(Evaluator.Whole(points.Value, env, "points", new WholeRange(2, MostPoints)));
        }

        if (!options.TryGetValue("step", out Argument? step)) return axis;
        if (axis.Logarithmic) throw BindError.UnexpectedArgument(step.Span, "a logarithmic range", "a step", "its values are equal ratios apart; say how many: points: 4");
        double by = Evaluator.Number(step.Value, env, "step");
        double least = (axis.To - axis.From) / MostPoints;
        if (!(by >= least) || (axis.Whole && !double.IsInteger(by))) throw BindError.OutOfRange(step.Value.Span, "the step", by, axis.Whole ? "a whole number of at least 1" : $"at least {least:R}");
        return axis.Steps(by);
    }
}
