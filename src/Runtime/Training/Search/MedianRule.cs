namespace Nn.Training.Search;

/// <summary>
/// Gives up a trial whose best value so far is worse than the median of what the finished trials had reached at the same point. What is compared is the mean
/// over the folds begun, with the best value of each so far; all trials have the same folds.
/// </summary>
internal static class MedianRule
{
    /// <summary>Finished trials that there must be.</summary>
    public const int FirstTrials = 5;

    /// <summary>Epochs of each fold in which nothing is given up: a fifth of them, at least three.</summary>
    public static int FirstEpochs(int epochs) => Math.Max(3, (epochs + 4) / 5);

    /// <summary>Whether to give up a trial.</summary>
    /// <param name="definition">What is better.</param>
    /// <param name="before">The trials before.</param>
    /// <param name="curves">The metric after each epoch of each fold so far.</param>
    /// <param name="epochs">Epochs of a whole training.</param>
    public static bool Hopeless(SearchDefinition definition, IReadOnlyList<Trial> before, IReadOnlyList<IReadOnlyList<double>> curves, int epochs)
    {
        int fold = curves.Count - 1, epoch = curves[fold].Count - 1;
        if (epoch + 1 < FirstEpochs(epochs)) return false;
        Trial[] finished = [.. before.Where(t => t.State == TrialState.Done)];
        if (finished.Length < FirstTrials) return false;
        double[] others = [.. finished.Select(t => Reached(definition, t.Curves, fold, epoch)).Order()];
        double median = 0.5 * (others[(others.Length - 1) / 2] + others[others.Length / 2]);
        return definition.Better(median, Reached(definition, curves, fold, epoch));
    }

    private static double Reached(SearchDefinition definition, IReadOnlyList<IReadOnlyList<double>> curves, int fold, int epoch)
    {
        double worst = definition.Maximize ? double.NegativeInfinity : double.PositiveInfinity;
        double Best(IEnumerable<double> values) => values.Aggregate(worst, (best, v) => definition.Better(v, best) ? v : best);
        return Enumerable.Range(0, fold + 1).Average(f => Best(f < fold ? curves[f] : curves[f].Take(epoch + 1)));
    }
}
