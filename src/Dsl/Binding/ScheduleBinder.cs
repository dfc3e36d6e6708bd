using Nn.Training;

namespace Nn.Dsl;

/// <summary>The schedules, and the setting that names one.</summary>
internal static class ScheduleBinder
{
    private const double DefaultFactor = 0.1;

    /// <summary>Of every schedule, and of the setting itself.</summary>
    public static OptionRow Warmup => new("warmup", OptionKind.Value, "", Meanings.Warmup);

    /// <summary>One row a schedule.</summary>
    public static IReadOnlyList<ScheduleRow> Rows { get; } =
    [
        new("constant", "the optimizer's rate all the time", "schedule constant", _ => new ConstantSchedule(), Warmup),
        new("step", "lr · factor^⌊t / every⌋", "schedule step(every: 20 epochs, factor: 0.5)", Step,
            new("every", OptionKind.Value, null, "how long each stage lasts, such as 20 epochs") { Positional = true },
            new("factor", OptionKind.Number, "0.1", Meanings.Factor) { Positional = true },
            Warmup),
        new("exponential", "lr · factor^epoch", "schedule exponential(0.95)", c => new ExponentialSchedule(Number(c, "factor") ?? 0.95),
            new("factor", OptionKind.Number, "0.95", Meanings.Factor) { Positional = true },
            Warmup),
        new("cosine", "half a cosine from lr to min over the training", "schedule cosine(warmup: 1 epoch)", c => new CosineSchedule(Number(c, "min") ?? 0),
            new("min", OptionKind.Number, "0", Meanings.EndRate),
            Warmup),
        new("cosine_restarts", "half a cosine from lr to min, again and again, each longer than the one before",
            "schedule cosine_restarts(every: 10 epochs, grow: 2)", Restarts,
            new("every", OptionKind.Value, null, "how long the first lasts, such as 10 epochs") { Positional = true },
            new("grow", OptionKind.Number, "1", "how many times as long each of the next is"),
            new("min", OptionKind.Number, "0", Meanings.EndRate),
            Warmup),
        new("linear", "a straight line from lr to its end over the training", "schedule linear(to: 0)", c => new LinearSchedule(Number(c, "to") ?? 0),
            new("to", OptionKind.Number, "0", Meanings.EndRate) { Positional = true },
            Warmup),
        new("one_cycle", "rises from lr / divisor to lr, then falls towards zero", "schedule one_cycle(rise: 0.3)", c =>
            new OneCycleSchedule(Number(c, "rise") ?? 0.3, Number(c, "divisor") ?? 25),
            new("rise", OptionKind.Number, "0.3", "share of the training in which the rate rises"),
            new("divisor", OptionKind.Number, "25", "the rate begins at lr divided by it"),
            Warmup),
        new("reduce_on_plateau", "lr · factor when a metric has not improved for some epochs", "schedule reduce_on_plateau(val_loss, patience: 5)", Plateau,
            new("metric", OptionKind.Metric, "val_loss", Meanings.Metric) { Positional = true },
            new("factor", OptionKind.Number, "0.1", Meanings.Factor),
            new("patience", OptionKind.Number, "10", Meanings.Patience),
            Warmup),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Rows.Select(r => r.Name)];

    /// <summary>What a line says: a schedule, stages one after the other, or a warmup alone.</summary>
    public static Schedule Bind(SettingCall c)
    {
        if (c.Arguments.Count == 0) throw BindError.MissingArgument(c.Span, "schedule", "a schedule, such as cosine");
        Argument[] warmups = [.. c.Arguments.Where(a => a.Name == "warmup")];
        Argument[] others = [.. c.Arguments.Where(a => a.Name != "warmup")];
        bool stages = others.Any(a => a.Value is StageExpr);
        if (others.Length > 1 && !stages) throw BindError.TooManyArguments(others[1].Span, "schedule", 1);
        Schedule schedule = stages ? Stages(others, c.Env) : others.Length == 0 ? new ConstantSchedule() : One(others[0].Value, c.Env);
        return warmups.Length == 0 ? schedule : new WarmupSchedule(SettingReader.Duration(warmups[0].Value), schedule);
    }

    private static Schedule One(Expr e, Env env)
    {
        (NameExpr name, IReadOnlyList<Argument> arguments) = e switch
        {
            NameExpr n => (n, (IReadOnlyList<Argument>)[]),
            CallExpr c => (c.Function, c.Arguments),
            _ => throw BindError.UnexpectedArgument(e.Span, "schedule", SyntaxText.Of(e), "write: schedule cosine, or 0.1 for 5 epochs, then 0.01"),
        };
        ScheduleRow row = Rows.FirstOrDefault(r => r.Name == name.Name) ?? throw BindError.UnknownChoice(name.Span, "schedule", name.Name, Names);
        var call = new SettingCall(row, e.Span, arguments, env);
        Schedule schedule = row.Make(call);
        return call.Find("warmup") is { } warm ? new WarmupSchedule(SettingReader.Duration(warm.Value), schedule) : schedule;
    }

    private static CosineRestartsSchedule Restarts(SettingCall c)
    {
        double grow = Number(c, "grow") ?? 1;
        if (!(grow >= 1)) throw BindError.OutOfRange(c.Find("grow")!.Value.Span, "grow", grow, "1 or more");
        return new CosineRestartsSchedule(
            c.Find("every") is { } every ? SettingReader.Duration(every.Value)
                : throw BindError.MissingArgument(c.Span, c.Name, "'every', such as every: 10 epochs"), grow, Number(c, "min") ?? 0);
    }

    private static StepSchedule Step(SettingCall c) => new(
        c.Find("every") is { } every ? SettingReader.Duration(every.Value)
            : throw BindError.MissingArgument(c.Span, "step", "'every', such as every: 20 epochs"), Number(c, "factor") ?? DefaultFactor);

    private static PlateauSchedule Plateau(SettingCall c)
    {
        string metric = c.Word("metric", "metric") ?? "val_loss";
        bool own = c.Env.Definitions.OwnMetrics.Contains(metric.StartsWith("val_", StringComparison.Ordinal) ? metric[4..] : metric);
        return new PlateauSchedule(
            metric, Number(c, "factor") ?? DefaultFactor, (int)(Number(c, "patience") ?? 10), !own && MetricRules.LargerIsBetter(metric));
    }

    private static double? Number(SettingCall c, string option) => c.Number(option, $"{c.Name}: {option}");

    // Each a rate, two with an arrow between, or a schedule by its name; the last one goes on to the end.
    private static StagesSchedule Stages(IReadOnlyList<Argument> stages, Env env) => new([.. stages.Select((a, i) =>
    {
        bool last = i == stages.Count - 1;
        if (a.Value is not StageExpr && !last) throw TrainingErrors.StageWithoutEnd(a.Span, SyntaxText.Of(a.Value));
        (Expr value, Expr? duration) = a.Value is StageExpr s ? (s.Value, s.Duration) : (a.Value, null);
        return (Stage(value, env), duration is null ? new Duration(double.MaxValue / 2, false) : SettingReader.Duration(duration));
    })]);

    private static Schedule Stage(Expr e, Env env)
    {
        if (e is BinaryExpr { Operator: "->" } sweep)
            return new SweepSchedule(Evaluator.Number(sweep.Left, env, "a rate"), Evaluator.Number(sweep.Right, env, "a rate"));
        NameExpr? name = e is CallExpr c ? c.Function : e as NameExpr;
        // A let has its value, whatever its name.
        if (name is null || !Names.Contains(name.Name) || (e is NameExpr && env.Definitions.Lets.ContainsKey(name.Name)))
            return new RateSchedule(Evaluator.Number(e, env, "a rate"));
        return One(e, env) is { Plateau: null } schedule ? schedule : throw TrainingErrors.PlateauInStages(e.Span);
    }
}
