namespace Nn.Training.Search;

/// <summary>How a trial ended.</summary>
public enum TrialState
{
    /// <summary>Trained to its end.</summary>
    Done,

    /// <summary>Given up as hopeless.</summary>
    Pruned,

    /// <summary>It diverged, did not fit the memory, or the script has mistakes with these values.</summary>
    Failed,
}

/// <summary>A trial that is over.</summary>
public sealed record Trial
{
    /// <summary>From 1.</summary>
    public required int Number { get; init; }

    /// <summary>A value for each axis.</summary>
    public required IReadOnlyList<string> Values { get; init; }

    /// <summary>How it ended.</summary>
    public required TrialState State { get; init; }

    /// <summary>All results of each fold at its end, or where the trial was given up; one without folds, none of a failed trial.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, double>> Results { get; init; } = [];

    /// <summary>The searched metric in each fold.</summary>
    public IReadOnlyList<double> Folds { get; init; } = [];

    /// <summary>The searched metric after each epoch of each fold.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Curves { get; init; } = [];

    /// <summary>Seconds it took.</summary>
    public double Seconds { get; init; }

    /// <summary>What a training that failed like this ends the program with.</summary>
    public ExitCode Code { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Why { get; init; }

    /// <summary>Epochs trained, those of all folds together.</summary>
    public int Epochs => Curves.Sum(c => c.Count);

    /// <summary>The searched metric: its mean over the folds; NaN of a failed trial.</summary>
    public double Objective => Folds.Count == 0 ? double.NaN : Folds.Average();

    /// <summary>Standard deviation of the metric over the folds (divisor: folds − 1); NaN of less than two.</summary>
    public double Deviation => StandardDeviation(Folds);

    /// <summary>√(Σ(v − mean)² ÷ (n − 1)); NaN of less than two values.</summary>
    public static double StandardDeviation(IReadOnlyList<double> values)
    {
        if (values.Count < 2) return double.NaN;
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }
}
