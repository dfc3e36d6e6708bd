using Nn.Training;

namespace Nn.Dsl;

/// <summary>The settings of a <c>train</c> block that are about the training as a whole.</summary>
internal static class TrainSettings
{
    /// <summary>The word before how many steps a training takes in all.</summary>
    public const string StepsWord = "steps";

    private static readonly Setting<TrainingNumbers>[] Course =
    [
        new("train", "epochs", "how often every training sample is seen; 1 without it", "epochs 20",
            (c, s) => s with { Epochs = Evaluator.Whole(Count(c.One()), c.Env, "epochs", WholeRange.FromZero) },
            OptionRow.Bare("epochs", OptionKind.Whole)) { IsNumbersAlone = true },
        new("train", StepsWord, "how many steps there are, where samples are drawn or nothing is looked at", "steps 4000",
            (c, s) => s with { Steps = Evaluator.Whole(Count(c.One()), c.Env, StepsWord) },
            OptionRow.Bare("steps", OptionKind.Whole)) { IsNumbersAlone = true },
        new("train", "batch", "samples of a step; 32 without it, `all` for the whole training part", "batch 64",
            (c, s) => s with { Batch = c.One() is NameExpr { Name: "all" } ? 0 : Evaluator.Whole(c.One(), c.Env, "batch") },
                OptionRow.Bare("samples", OptionKind.Whole, PlainWords.In("batch"))),
        new("train", "metrics", "what is measured beside the loss, on both parts; with a name, a formula of one's own", "metrics accuracy, f1",
            (c, s) => s with { Metrics = [.. c.Arguments.Where(a => a.Name is not null || MetricBinder.Of(a) != "loss")] },
                OptionRow.Bare("metric", OptionKind.Metric) with { Many = true }),
        new("train", "early_stop", "ends the training when a metric no longer improves; the best weights count", "early_stop val_loss, patience: 3",
            EarlyStopping,
            OptionRow.Bare("metric", OptionKind.Metric),
            new("patience", OptionKind.Whole, "5", Meanings.Patience),
            new("min_delta", OptionKind.Number, "0", "smaller changes are no improvement")) { IsNumbersAlone = true },
    ];

    private static readonly Setting<TrainingNumbers>[] Learning = [LearningSettings.Accumulate, LearningSettings.Average, LearningSettings.OnDivergence];

    private static readonly Setting<TrainingNumbers>[] Kept =
    [
        new("train", "seed", "of first weights, order and noise; 0 without it. The same seed gives the same bits", "seed 42",
            (c, s) => s with { Seed = Evaluator.Whole(c.One(), c.Env, "seed", WholeRange.FromZero) },
            OptionRow.Bare("seed", OptionKind.Whole)) { IsNumbersAlone = true },
        new("train", "checkpoint", "a file for the best epoch so far, and to go on from the last", "checkpoint \"model.safetensors\"", Checkpoint,
            OptionRow.Bare("path", OptionKind.Value)),
        new("train", "show", "shows the picture that a model makes of nothing but its weights, when the training ends", "show picture",
            (c, s) => s with
            {
                Shown = c.One() as NameExpr ?? throw BindError.UnexpectedArgument(c.One().Span, "show", SyntaxText.Of(c.One()), "name a model: show picture"),
            },
            OptionRow.Bare("model", OptionKind.Model)),
    ];

    /// <summary>One row a setting.</summary>
    public static IReadOnlyList<Setting<TrainingNumbers>> Rows { get; } = [.. Course, .. Learning, .. Kept];

    /// <summary>An update of one model, of which a training may have several.</summary>
    public static WordEntry Step { get; } = new("train", "step", "one update of one model, where several are trained",
        "step net { loss mse(net(x), y); optimizer adam }", OptionRow.Bare("model", OptionKind.Model));

    /// <summary>
    /// The words of a training that has steps: what they do not state themselves. Steps that take turns see each other's weights in each batch, so none waits.
    /// </summary>
    public static IReadOnlyList<string> Common { get; } = [.. Rows.Select(r => r.Name).Except([LearningSettings.Accumulate.Name])];

    /// <summary>What a line of a training of one step may be, in the order in which people meet them.</summary>
    public static IReadOnlyList<WordEntry> OfOneStep { get; } = [StepSettings.Loss, StepSettings.Optimizer, StepSettings.Schedule, .. Course,
        StepSettings.Clip, StepSettings.Freeze, PartBinder.Row, .. Learning, .. Kept];

    /// <summary>Their words.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. OfOneStep.Select(r => r.Name)];

    // "5 epochs" is as good as 5.
    private static Expr Count(Expr e) => e is DurationExpr d ? new NumberExpr(d.Span, d.Count, "") : e;

    private static TrainingNumbers EarlyStopping(SettingCall c, TrainingNumbers s)
    {
        Argument? m = c.Find("metric");
        string metric = m is null ? "val_loss" : m.Value is MemberExpr { Target: NameExpr output } member ? $"{output.Name}.{member.Name}"
            : SettingReader.Word(m, "metric");
        string bare = metric.StartsWith("val_", StringComparison.Ordinal) ? metric[4..] : metric;
        bare = bare[(bare.IndexOf('.') + 1)..];
        HashSet<string> own = c.Env.Definitions.OwnMetrics;
        if (!own.Contains(bare) && !MetricBinder.Names.Contains(bare) && !bare.StartsWith("top_", StringComparison.Ordinal))
            throw BindError.UnknownChoice(m!.Span, "metric", metric, MetricBinder.Names.Concat(own).Select(n => "val_" + n));
        int patience = c.Find("patience") is { } p ? Evaluator.Whole(Count(p.Value), c.Env, "patience", WholeRange.FromZero) : 5;
        return s with
        {
            EarlyStop = new EarlyStop(metric, patience, c.Number("min_delta", "min_delta") ?? 0,
            Maximize: !own.Contains(bare) && MetricRules.LargerIsBetter(bare))
        };
    }

    private static TrainingNumbers Checkpoint(SettingCall c, TrainingNumbers s) => c.One() is StringExpr file ? s with { Checkpoint = file.Value }
        : throw BindError.UnexpectedArgument(c.One().Span, "checkpoint", SyntaxText.Of(c.One()), "write: checkpoint \"model.safetensors\"");
}
