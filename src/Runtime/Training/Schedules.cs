namespace Nn.Training;

/// <summary>The rate times <paramref name="Factor"/> after every <paramref name="Every"/> steps.</summary>
public sealed record StepSchedule(Duration Every, double Factor) : Schedule
{
    /// <inheritdoc/>
    public override string Text => FormattableString.Invariant($"step(every: {Every}, factor: {Factor})");

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length) => rate * Math.Pow(Factor, Math.Floor(step / Every.Steps(length)));
}

/// <summary>The rate times <paramref name="Factor"/> to the power of the epoch, continuously.</summary>
public sealed record ExponentialSchedule(double Factor) : Schedule
{
    /// <inheritdoc/>
    public override string Text => FormattableString.Invariant($"exponential({Factor})");

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length) => rate * Math.Pow(Factor, (double)step / length.StepsPerEpoch);
}

/// <summary>
/// Half a cosine from the rate down to <paramref name="Minimum"/> at the last step (Loshchilov and Hutter 2017, without restarts).
/// </summary>
public sealed record CosineSchedule(double Minimum) : Schedule
{
    /// <inheritdoc/>
    public override string Text => FormattableString.Invariant($"cosine(min: {Minimum})");

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length) =>
        Minimum + (rate - Minimum) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, (double)step / Math.Max(1, length.TotalSteps))));
}

/// <summary>A straight line from the rate to <paramref name="End"/> at the last step.</summary>
public sealed record LinearSchedule(double End) : Schedule
{
    /// <inheritdoc/>
    public override string Text => FormattableString.Invariant($"linear(to: {End})");

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length) =>
        rate + (End - rate) * Math.Min(1, (double)step / Math.Max(1, length.TotalSteps));
}

/// <summary>
/// From rate ÷ <paramref name="Divisor"/> up to the rate in the share <paramref name="Rise"/> of the steps, then down to rate ÷ (divisor · 10⁴), both along
/// half a
/// cosine (Smith and Topin 2018).
/// </summary>
public sealed record OneCycleSchedule(double Rise, double Divisor) : Schedule
{
    /// <inheritdoc/>
    public override string Text => FormattableString.Invariant($"one_cycle(rise: {Rise}, divisor: {Divisor})");

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length)
    {
        double last = Math.Max(1, length.TotalSteps - 1), peak = Math.Max(1, Rise * length.TotalSteps - 1);
        double low = rate / Divisor, end = low / 1e4;
        return step <= peak ? Between(low, rate, step / peak) : Between(rate, end, Math.Min(1, (step - peak) / Math.Max(1, last - peak)));
    }

    private static double Between(double from, double to, double share) => to + (from - to) * 0.5 * (1 + Math.Cos(Math.PI * share));
}

/// <summary>A line from rate ÷ steps up to the rate over the first steps; then another schedule over the steps that remain.</summary>
public sealed record WarmupSchedule(Duration Warmup, Schedule Then) : Schedule
{
    /// <inheritdoc/>
    public override string Text => $"{Then}, warmup: {Warmup}";

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length)
    {
        double warm = Warmup.Steps(length);
        if (step < warm) return rate * (step + 1) / warm;
        long skipped = (long)warm;
        return Then.Rate(rate, step - skipped, length with { TotalSteps = Math.Max(1, length.TotalSteps - skipped) });
    }

    /// <inheritdoc/>
    public override PlateauSchedule? Plateau => Then.Plateau;

    /// <inheritdoc/>
    public override bool StatesRates => Then.StatesRates;
}

/// <summary>
/// Half a cosine from the rate down to <paramref name="Minimum"/>, again and again: the first takes <paramref name="Every"/>, each of the next
/// <paramref name="Grow"/> times as long as the one before (Loshchilov and Hutter 2017, warm restarts).
/// </summary>
public sealed record CosineRestartsSchedule(Duration Every, double Grow, double Minimum) : Schedule
{
    /// <inheritdoc/>
    public override string Text => FormattableString.Invariant($"cosine_restarts(every: {Every}, grow: {Grow}, min: {Minimum})");

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length)
    {
        double cycle = Every.Steps(length), at = step;
        if (Grow == 1) at %= cycle;
        for (; at >= cycle; cycle *= Grow) at -= cycle;
        return Minimum + (rate - Minimum) * 0.5 * (1 + Math.Cos(Math.PI * at / cycle));
    }
}

/// <summary>A given rate, whatever the optimizer's is.</summary>
public sealed record RateSchedule(double Stated) : Schedule
{
    /// <inheritdoc/>
    public override string Text => Stated.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override bool StatesRates => true;

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length) => Stated;
}

/// <summary>From one given rate to another: in equal ratios between two positive ones, else in equal differences.</summary>
public sealed record SweepSchedule(double From, double To) : Schedule
{
    /// <inheritdoc/>
    public override string Text => FormattableString.Invariant($"{From} -> {To}");

    /// <inheritdoc/>
    public override bool StatesRates => true;

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length) => new Hyperparameter("", From, To).At(step, length);
}

/// <summary>Schedules one after the other, each as if the training were as long as its stage; the last one goes on to the end.</summary>
public sealed record StagesSchedule(IReadOnlyList<(Schedule Schedule, Duration For)> Stages) : Schedule
{
    /// <inheritdoc/>
    public override string Text => string.Join(", ", Stages.Select((t, i) =>
        i == Stages.Count - 1 ? $"then {t.Schedule}" : $"{t.Schedule} for {t.For}"));

    /// <inheritdoc/>
    public override bool StatesRates => Stages.All(s => s.Schedule.StatesRates);

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length)
    {
        long start = 0;
        for (int i = 0; i < Stages.Count - 1; i++)
        {
            long steps = (long)Stages[i].For.Steps(length);
            if (step < start + steps) return Stages[i].Schedule.Rate(rate, step - start, length with { TotalSteps = steps });
            start += steps;
        }

        return Stages[^1].Schedule.Rate(rate, step - start, length with { TotalSteps = Math.Max(1, length.TotalSteps - start) });
    }

    /// <inheritdoc/>
    public bool Equals(StagesSchedule? other) => other is not null && Stages.SequenceEqual(other.Stages);

    /// <inheritdoc/>
    public override int GetHashCode() => Stages.Count;
}

/// <summary>
/// The rate times <paramref name="Factor"/> whenever <paramref name="Metric"/> has not improved for more than <paramref name="Patience"/> epochs; the trainer
/// applies it at the end of an epoch.
/// </summary>
public sealed record PlateauSchedule(string Metric, double Factor, int Patience, bool Maximize) : Schedule
{
    /// <inheritdoc/>
    public override string Text => FormattableString.Invariant($"reduce_on_plateau({Metric}, factor: {Factor}, patience: {Patience})");

    /// <inheritdoc/>
    public override double Rate(double rate, long step, TrainingLength length) => rate;

    /// <inheritdoc/>
    public override PlateauSchedule? Plateau => this;
}

/// <summary>A length of training in epochs or steps.</summary>
public readonly record struct Duration(double Count, bool Epochs)
{
    /// <summary>As a number of steps, at least 1.</summary>
    public double Steps(TrainingLength length) => Math.Max(1, Epochs ? Math.Round(Count * length.StepsPerEpoch) : Count);

    /// <summary>As a whole number of steps, 0 of none.</summary>
    internal int WholeSteps(int stepsPerEpoch) => (int)Math.Min(int.MaxValue, Epochs ? Math.Round(Count * stepsPerEpoch) : Count);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Count} {(Epochs ? "epoch" : "step")}{(Count == 1 ? "" : "s")}");
}
