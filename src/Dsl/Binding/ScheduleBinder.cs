using Nn.Training;

namespace Nn.Dsl;

/// <summary>Reads the <c>schedule</c> setting.</summary>
internal static class ScheduleBinder
{
    internal static readonly string[] Names = ["constant", "step", "exponential", "cosine", "linear", "one_cycle", "reduce_on_plateau"];

    public static Schedule Bind(Item item, SettingReader r, Env env)
    {
        if (item.Arguments.Count == 0) throw BindError.MissingArgument(item.Span, "schedule", "a schedule, such as cosine");
        if (item.Arguments.Any(a => a.Value is StageExpr)) return Stages(item, r, env);
        Argument[] warmups = [.. item.Arguments.Where(a => a.Name == "warmup")];
        Argument[] others = [.. item.Arguments.Where(a => a.Name != "warmup")];
        if (others.Length > 1) throw BindError.TooManyArguments(others[1].Span, "schedule", 1);
        Schedule schedule = others.Length == 0 ? new ConstantSchedule() : One(others[0].Value, r, env);
        return warmups.Length == 0 ? schedule : new WarmupSchedule(r.Duration(warmups[0].Value), schedule);
    }

    private static Schedule One(Expr e, SettingReader r, Env env)
    {
        (NameExpr name, IReadOnlyList<Argument> arguments) = e switch
        {
            NameExpr n => (n, (IReadOnlyList<Argument>)[]),
            CallExpr c => (c.Function, c.Arguments),
            _ => throw BindError.UnexpectedArgument(e.Span, "schedule", SyntaxText.Of(e), "write: schedule cosine, or 0.1 for 5 epochs, then 0.01"),
        };
        (string[] positional, string[] named) = name.Name switch
        {
            "constant" => (Array.Empty<string>(), Array.Empty<string>()),
            "step" => (["every", "factor"], []),
            "exponential" => (["factor"], []),
            "cosine" => ([], ["min"]),
            "linear" => (["to"], []),
            "one_cycle" => ([], ["rise", "divisor"]),
            "reduce_on_plateau" => (["metric"], ["factor", "patience"]),
            _ => throw BindError.UnknownChoice(name.Span, "schedule", name.Name, Names),
        };
        Dictionary<string, Argument> o = SettingReader.Options(name.Name, arguments, positional, [.. named, "warmup"]);
        double Number(string option, double otherwise) => o.TryGetValue(option, out Argument? a) ? Evaluator.Number(a.Value, env, $"{name.Name}: {option}") : otherwise;
        string metric = o.TryGetValue("metric", out Argument? m) ? SettingReader.Word(m, "metric") : "val_loss";
        Schedule schedule = name.Name switch
        {
            "constant" => new ConstantSchedule(),
            "step" => new StepSchedule(
                o.TryGetValue("every", out Argument? every) ? r.Duration(every.Value) : throw BindError.MissingArgument(e.Span, "step", "'every', such as every: 20 epochs"), Number("factor", 0.1)),
            "exponential" => new ExponentialSchedule(Number("factor", 0.95)),
            "cosine" => new CosineSchedule(Number("min", 0)),
            "linear" => new LinearSchedule(Number("to", 0)),
            "one_cycle" => new OneCycleSchedule(Number("rise", 0.3), Number("divisor", 25)),
            _ => new PlateauSchedule(metric, Number("factor", 0.1), (int)Number("patience", 10), MetricRules.LargerIsBetter(metric)),
        };
        return o.TryGetValue("warmup", out Argument? warm) ? new WarmupSchedule(r.Duration(warm.Value), schedule) : schedule;
    }

    private static StagesSchedule Stages(Item item, SettingReader r, Env env)
    {
        var stages = new List<(double, Duration)>();
        foreach (Argument a in item.Arguments)
        {
            if (a.Value is StageExpr s) stages.Add((Evaluator.Number(s.Value, env, "a rate"), r.Duration(s.Duration)));
            else stages.Add((Evaluator.Number(a.Value, env, "a rate"), new Duration(double.MaxValue / 2, false)));
        }

        return new StagesSchedule(stages);
    }
}
