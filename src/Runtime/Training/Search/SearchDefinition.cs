namespace Nn.Training.Search;

/// <summary>How the values of the next trial are chosen.</summary>
public enum SearchMethod
{
    /// <summary>Every combination, the last name changing fastest.</summary>
    Grid,

    /// <summary>At random, independent of what was seen.</summary>
    Random,

    /// <summary>Where a Gaussian process expects the largest improvement.</summary>
    Bayes,
}

/// <summary>Which trials are given up before their end.</summary>
public enum Pruning
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those worse than the median of the others at the same point.</summary>
    Median,
}

/// <summary>Everything that a <c>search</c> block means.</summary>
public sealed record SearchDefinition
{
    /// <summary>How values are chosen.</summary>
    public required SearchMethod Method { get; init; }

    /// <summary>What is searched.</summary>
    public required IReadOnlyList<SearchAxis> Axes { get; init; }

    /// <summary>Most trials; a space that has fewer combinations ends before.</summary>
    public required int Trials { get; init; }

    /// <summary>Folds of the cross-validation of each trial; 0: the data's own validation part is used.</summary>
    public int Folds { get; init; }

    /// <summary>What is to be best, by the name under which an epoch reports it.</summary>
    public required string Metric { get; init; }

    /// <summary>Whether larger is better.</summary>
    public required bool Maximize { get; init; }

    /// <summary>Which trials are given up.</summary>
    public Pruning Pruning { get; init; }

    /// <summary>The choice of values is a function of it.</summary>
    public uint Seed { get; init; }

    /// <summary>Combinations of values; null where there is no end of them.</summary>
    public long? Combinations => Axes.Any(a => a.Count is null) ? null : (long)Math.Min(long.MaxValue / 2, Axes.Aggregate(1.0, (n, a) => n * a.Count!.Value));

    /// <summary>Trials that will be run if nobody interrupts.</summary>
    public int Planned => (int)Math.Min(Trials, Combinations ?? int.MaxValue);

    /// <summary>Whether a value of the metric is better than another; what is no number never is.</summary>
    public bool Better(double a, double b) => !double.IsNaN(a) && (double.IsNaN(b) || (Maximize ? a > b : a < b));

    /// <summary>Values by name, as a trial sets them.</summary>
    public IReadOnlyDictionary<string, string> Named(IReadOnlyList<string> values) =>
        Axes.Zip(values).ToDictionary(p => p.First.Name, p => p.Second);

    /// <summary>The best of the finished trials; null where none is.</summary>
    public Trial? Best(IEnumerable<Trial> trials) => trials
        .Where(t => t.State == TrialState.Done)
        .Aggregate((Trial?)null, (best, t) => best is null || Better(t.Objective, best.Objective) ? t : best);
}
