namespace Nn.Dsl;

/// <summary>Checks <c>search</c> blocks.</summary>
internal static class SearchBinder
{
    private static readonly string[] Methods = ["grid", "random", "bayes"];

    public static void Check(SearchStatement search, Definitions definitions)
    {
        Dictionary<string, Argument> o = SettingReader.Options("search", search.Options, ["method"], ["trials", "folds", "minimize", "maximize"]);
        var env = new Env(null, definitions);
        if (!o.TryGetValue("method", out Argument? method)) throw BindError.MissingArgument(search.Name.Span, "search", "a method: grid, random or bayes");
        SettingReader.Word(method, "search method", Methods);
        if (o.TryGetValue("trials", out Argument? trials)) Evaluator.Whole(trials.Value, env, "trials");
        if (o.TryGetValue("folds", out Argument? folds)) Evaluator.Whole(folds.Value, env, "folds", 2);
        foreach (SearchRange r in search.Ranges)
        {
            if (!definitions.Lets.ContainsKey(r.Name.Name)) throw BindError.UnknownChoice(r.Name.Span, "let", r.Name.Name, definitions.Lets.Keys);
            switch (r.Values)
            {
                case ListExpr { Items.Count: > 0 } list:
                    foreach (Expr item in list.Items) Evaluator.Evaluate(item, env);
                    break;
                case RangeExpr { From: { } from, To: { } to }: Ends(from, to, env, logarithmic: false); break;
                case CallExpr { Function.Name: "log", Arguments: [{ Value: RangeExpr { From: { } from, To: { } to } }] }: Ends(from, to, env, logarithmic: true); break;
                default: throw BindError.NotValues(r.Values.Span, r.Name.Name, SyntaxText.Of(r.Values));
            }
        }
    }

    private static void Ends(Expr from, Expr to, Env env, bool logarithmic)
    {
        double a = Evaluator.Number(from, env, "the range"), b = Evaluator.Number(to, env, "the range");
        if (b <= a) throw BindError.OutOfRange(to.Span, "the end of the range", b, $"above {a:R}");
        if (logarithmic && a <= 0) throw BindError.OutOfRange(from.Span, "the start of a logarithmic range", a, "above 0");
    }
}
