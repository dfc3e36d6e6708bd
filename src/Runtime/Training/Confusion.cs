namespace Nn.Training;

/// <summary>How one class was recognised.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Precision">Of what was taken for it, the share that is it; 0 where nothing was.</param>
/// <param name="Recall">Of what is it, the share that was taken for it; 0 where nothing is.</param>
/// <param name="F1">Their harmonic mean.</param>
/// <param name="Support">How often it is there.</param>
/// <param name="Predicted">How often it was predicted.</param>
public sealed record ClassScore(int Class, double Precision, double Recall, double F1, long Support, long Predicted);

/// <summary>How often each true class was taken for each predicted one. Only pairs that occur are stored.</summary>
public sealed class Confusion
{
    private readonly Dictionary<(int Actual, int Predicted), long> _counts = [];
    private readonly long[] _support, _predicted;

    /// <summary>Counts pairs; classes are numbered from 0, and there are at least <paramref name="classes"/>.</summary>
    public Confusion(ReadOnlySpan<int> actual, ReadOnlySpan<int> predicted, int classes)
    {
        foreach (int c in actual) classes = Math.Max(classes, c + 1);
        Classes = classes;
        (_support, _predicted) = (new long[classes], new long[classes]);
        for (int i = 0; i < actual.Length; i++)
        {
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_counts, (actual[i], predicted[i]), out _)++;
            _support[actual[i]]++;
            _predicted[predicted[i]]++;
        }

        Total = actual.Length;
        Scores = [.. Enumerable.Range(0, classes).Select(Score)];
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Number of positions counted: samples, or the steps or pixels of all samples.</summary>
    public long Total { get; }

    /// <summary>Every class, in order.</summary>
    public IReadOnlyList<ClassScore> Scores { get; }

    /// <summary>Classes that are there or were predicted: the ones that a macro mean is about.</summary>
    public IEnumerable<ClassScore> Seen => Scores.Where(s => s.Support + s.Predicted > 0);

    /// <summary>How often a class was taken for another, or for itself.</summary>
    public long this[int actual, int predicted] => _counts.GetValueOrDefault((actual, predicted));

    /// <summary>Share of positions whose class was recognised.</summary>
    public double Accuracy => Total == 0 ? double.NaN : _counts.Where(c => c.Key.Actual == c.Key.Predicted).Sum(c => c.Value) / (double)Total;

    /// <summary>The mean of a score over the classes seen, each counting alike.</summary>
    public double Macro(Func<ClassScore, double> score) => Total == 0 ? double.NaN : Seen.Average(score);

    /// <summary>The mean of a score over the classes, each counting as often as it is there.</summary>
    public double Weighted(Func<ClassScore, double> score) => Total == 0 ? double.NaN : Scores.Sum(s => score(s) * s.Support) / Total;

    /// <summary>The pairs most often confused, the most frequent first.</summary>
    public IEnumerable<(int Actual, int Predicted, long Count)> Mistakes => _counts
        .Where(c => c.Key.Actual != c.Key.Predicted)
        .Select(c => (c.Key.Actual, c.Key.Predicted, c.Value))
        .OrderByDescending(c => c.Value).ThenBy(c => c.Actual).ThenBy(c => c.Predicted);

    private ClassScore Score(int c)
    {
        double hits = this[c, c];
        double precision = _predicted[c] == 0 ? 0 : hits / _predicted[c], recall = _support[c] == 0 ? 0 : hits / _support[c];
        return new ClassScore(c, precision, recall, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall), _support[c], _predicted[c]);
    }
}
