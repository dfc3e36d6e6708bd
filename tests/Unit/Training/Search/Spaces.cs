using Nn.Training.Search;

namespace Nn.Tests.Unit.Training.Search;

/// <summary>Searches over functions that need no training, for tests.</summary>
internal static class Spaces
{
    public static SearchDefinition Definition(SearchMethod method, int trials, params SearchAxis[] axes) => new()
    {
        Method = method,
        Axes = axes,
        Trials = trials,
        Metric = "val_loss",
        Maximize = false,
    };

    /// <summary>All trials of a search whose metric is a function of the values; NaN is a failure.</summary>
    public static List<Trial> Run(SearchDefinition definition, Func<IReadOnlyList<string>, double> metric, int stopAfter = int.MaxValue,
        IEnumerable<Trial>? before = null)
    {
        List<Trial> trials = [.. before ?? []];
        while (trials.Count < stopAfter && Proposals.Next(definition, trials) is { } values)
        {
            double value = metric(values);
            trials.Add(new Trial
            {
                Number = trials.Count + 1,
                Values = values,
                State = double.IsNaN(value) ? TrialState.Failed : TrialState.Done,
                Folds = double.IsNaN(value) ? [] : [value],
            });
        }

        return trials;
    }
}
