using Nn.Training;

namespace Nn.Dsl;

/// <summary>The settings of an update: of a <c>step</c> block, and of a <c>train</c> block that has none.</summary>
internal static class StepSettings
{
    /// <summary>What is made small.</summary>
    public static Setting<UpdateParts> Loss { get; } = new(
        "train", "loss",
        "what is made small: the name of a loss, or an expression over models, the input `x` and the target `y`; the mean over the batch is taken",
        "loss cross_entropy + 1e-4 * l2",
        (c, s) => s with
        {
            Loss = c.Find("formula")?.Value ?? throw BindError.MissingArgument(c.Span, "loss", "a value"),
            Weights = c.Find("weights")?.Value,
        },
        OptionRow.Bare("formula", OptionKind.Formula), LossWeights.Option);

    /// <summary>How weights follow from gradients.</summary>
    public static Setting<UpdateParts> Optimizer { get; } = new(
        "train", "optimizer", "how weights follow from gradients", "optimizer adam(lr: 1e-3)",
        (c, s) => s with { Optimizer = OptimizerBinder.Bind(c, s.Owner, s.Batch) }, OptionRow.Bare("rule", OptionKind.Optimizer))
    { IsNumbersAlone = true };

    /// <summary>How rates change. Whether it means anything, the optimizer says, which is bound before.</summary>
    public static Setting<UpdateParts> Schedule { get; } = new(
        "train", "schedule", "how the learning rate changes while training", "schedule cosine(warmup: 1 epoch)", Scheduled,
        OptionRow.Bare("schedule", OptionKind.Schedule) with { Many = true }, ScheduleBinder.Warmup)
    { IsNumbersAlone = true };

    /// <summary>How large gradients may be, if the optimizer takes any.</summary>
    public static Setting<UpdateParts> Clip { get; } = new(
        "train", "clip", "limits gradients: the length of all together, or each value", "clip norm: 1", Clipped,
        new("norm", OptionKind.Number, "", "length that all gradients together may have"),
        new("value", OptionKind.Number, "", "size that each gradient may have") { Positional = true });

    /// <summary>Models whose weights stay as they are.</summary>
    public static Setting<UpdateParts> Freeze { get; } = new(
        "train", "freeze", "models within the trained one whose weights stay as they are; they are used as in prediction", "freeze encoder",
        (c, s) => s with
        {
            Frozen = [.. c.Arguments.Select(a => a.Value as NameExpr
                ?? throw BindError.UnexpectedArgument(a.Span, "freeze", "this", "name models: freeze encoder"))],
        },
        OptionRow.Bare("model", OptionKind.Model) with { Many = true });

    /// <summary>Those that only a <c>step</c> block has.</summary>
    public static IReadOnlyList<Setting<UpdateParts>> Own { get; } =
    [
        new("step", "every", "takes part in every n-th step only", "every 5", (c, s) => s with { Every = Evaluator.Whole(c.One(), c.Env, "every") },
            OptionRow.Bare("steps", OptionKind.Whole)),
        new("step", "after", "begins later", "after 10 epochs", (c, s) => s with { After = SettingReader.Duration(c.One()) },
            OptionRow.Bare("time", OptionKind.Value)),
        new("step", "until", "ends earlier", "until 500 steps", (c, s) => s with { Until = SettingReader.Duration(c.One()) },
            OptionRow.Bare("time", OptionKind.Value)),
    ];

    /// <summary>One row a setting.</summary>
    public static IReadOnlyList<Setting<UpdateParts>> Rows { get; } = [Loss, Optimizer, Schedule, Clip, Freeze, PartBinder.Row, .. Own];

    /// <summary>The words that begin such lines.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Rows.Select(r => r.Name)];

    private static UpdateParts Scheduled(SettingCall c, UpdateParts s) => s.Optimizer is { HasRate: false } without
        ? throw BindError.WithoutEffect(c.Span, "schedule", without.Name, "has no learning rate")
        : s with { Schedule = ScheduleBinder.Bind(c) };

    private static UpdateParts Clipped(SettingCall c, UpdateParts s)
    {
        if (s.Optimizer is { History: > 0 } searching) throw BindError.WithoutEffect(c.Span, "clip", searching.Name,
            "searches along its direction for the right length");
        if (s.Optimizer is { UsesGradient: false } without) throw BindError.WithoutEffect(c.Span, "clip", without.Name, "takes no gradient");
        double? Positive(string name) => c.Number(name, $"clip {name}") is not { } v ? null
            : v > 0 ? v : throw BindError.OutOfRange(c.Find(name)!.Value.Span, $"clip {name}", v, "above 0");
        return c.Count > 0 ? s with { Clip = new Clip(Positive("value"), Positive("norm")) }
            : throw BindError.MissingArgument(c.Span, "clip", "norm: 1 or value: 0.5");
    }
}
