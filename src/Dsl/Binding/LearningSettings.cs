using Nn.Training;

namespace Nn.Dsl;

/// <summary>Lines of a <c>train</c> block about how weights come about over several steps: averages, sums of gradients, another attempt.</summary>
internal static class LearningSettings
{
    /// <summary>Moving averages of the weights.</summary>
    public static Setting<TrainingNumbers> Average { get; } = new(
        "train", "average", "keeps a moving average of the weights, which evaluation and predictions take", "average weights: 0.999", Averaged,
        new OptionRow("weights", OptionKind.Number, null, "the share that the average keeps at each update; less at first"));

    /// <summary>Gradients of several batches for one update.</summary>
    public static Setting<TrainingNumbers> Accumulate { get; } = new(
        "train", "accumulate", "adds up the gradients of so many batches before weights change", "accumulate 4",
        (c, s) => s with { Accumulate = Evaluator.Whole(c.One(), c.Env, "accumulate") }, OptionRow.Bare("batches", OptionKind.Whole));

    /// <summary>What becomes of a training that diverges.</summary>
    public static Setting<TrainingNumbers> OnDivergence { get; } = new(
        "train", "on_divergence", "when the loss is no number any more, goes back to the last good epoch and on from there with a smaller rate",
        "on_divergence divide_lr: 10, retries: 3", Retried,
        new("divide_lr", OptionKind.Number, "10", "by which the learning rates are divided"),
        new("retries", OptionKind.Whole, "3", "how often at most"))
    { IsNumbersAlone = true };

    /// <summary>Refuses what the optimizer of a training has no use for.</summary>
    /// <param name="numbers">What the block says.</param>
    /// <param name="steps">Its updates.</param>
    /// <param name="r">The lines.</param>
    /// <returns>What the block says.</returns>
    public static TrainingNumbers Check(TrainingNumbers numbers, IReadOnlyList<TrainingStep> steps, SettingReader r)
    {
        if (numbers.Average is not null && steps.FirstOrDefault(s => s.Optimizer.History > 0) is { } searching)
            throw BindError.WithoutEffect(r.Find("average")!.Span, "average", searching.Optimizer.Name, "comes to rest at a minimum by itself");
        if (numbers.OnDivergence is not null && steps.All(s => !s.Optimizer.HasRate))
            throw BindError.WithoutEffect(r.Find("on_divergence")!.Span, "on_divergence", steps[0].Optimizer.Name, "has no learning rate");
        if (numbers.Accumulate == 1) return numbers;
        TextSpan accumulate = r.Find("accumulate")!.Span;
        Optimizer optimizer = steps[0].Optimizer;
        if (optimizer.History > 0) throw BindError.WithoutEffect(accumulate, "accumulate", optimizer.Name, "takes the whole training part in each step");
        if (!optimizer.UsesGradient) throw BindError.WithoutEffect(accumulate, "accumulate", optimizer.Name, "takes no gradient");
        if (optimizer.AsksForLoss) throw TrainingErrors.LooksAtOneBatch(accumulate, optimizer.Name);
        return numbers;
    }

    private static TrainingNumbers Averaged(SettingCall c, TrainingNumbers s)
    {
        double share = c.Number("weights", "average weights") ?? throw BindError.MissingArgument(c.Span, "average", "weights: 0.999");
        return share > 0 && share < 1 ? s with { Average = share }
            : throw BindError.OutOfRange(c.Find("weights")!.Value.Span, "average weights", share, "above 0 and below 1");
    }

    private static TrainingNumbers Retried(SettingCall c, TrainingNumbers s)
    {
        double by = c.Number("divide_lr", "divide_lr") ?? 10;
        if (!(by > 1)) throw BindError.OutOfRange(c.Find("divide_lr")!.Value.Span, "divide_lr", by, "above 1");
        return s with { OnDivergence = new DivergenceRule(by, c.Whole("retries", new WholeRange(1)) ?? 3) };
    }
}
