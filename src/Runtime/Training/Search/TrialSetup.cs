using Nn.Data;

namespace Nn.Training.Search;

/// <summary>What is trained in a trial.</summary>
/// <param name="Training">The training with the trial's values.</param>
/// <param name="Folds">Its data, once for each fold; one without folds.</param>
/// <param name="Form">Setups of one form have the same models and losses, and differ in numbers of their trainings only.</param>
public sealed record TrialSetup(TrainingDefinition Training, IReadOnlyList<LoadedData> Folds, string Form)
{
    /// <summary>What an epoch will report.</summary>
    public IReadOnlyList<string> Metrics =>
        MetricRules.Names(Training, TrainingSizes.Of(Folds[0], Training));

    /// <summary>Finds out whether epochs will report a metric.</summary>
    /// <exception cref="NnException">They will not, or not after they have been cut into folds.</exception>
    public void CheckMetric(string metric)
    {
        IReadOnlyList<string> names = Metrics;
        if (names.Contains(metric)) return;
        bool split = metric.StartsWith("val_", StringComparison.Ordinal) && Folds[0].Validation.Samples == 0;
        throw new NnException(
            ExitCode.Script,
            $"the search looks for the best {metric}, but there is {string.Join(", ", names)}; "
                + $"{(split ? "split the data or use `folds: 5`" : "add it to metrics, or name another")}");
    }
}
